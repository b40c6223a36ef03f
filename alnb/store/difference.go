package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Differences says in which fields two JSON documents differ, each as "path: old, now new".
func Differences(old, now []byte) ([]string, error) {
	a, b := map[string]string{}, map[string]string{}
	for raw, into := range map[*[]byte]map[string]string{&old: a, &now: b} {
		var value any
		if err := json.Unmarshal(*raw, &value); err != nil {
			return nil, err
		}
		flatten("", value, into)
	}
	all := maps.Clone(a)
	maps.Copy(all, b)
	var out []string
	for _, path := range slices.Sorted(maps.Keys(all)) {
		before, had := a[path]
		after, has := b[path]
		switch {
		case before == after && had == has:
		case !had:
			out = append(out, fmt.Sprintf("%s is %s, there was none", path, after))
		case !has:
			out = append(out, fmt.Sprintf("%s was %s, there is none", path, before))
		default:
			out = append(out, fmt.Sprintf("%s was %s, is %s", path, before, after))
		}
	}
	return out, nil
}

func flatten(path string, value any, into map[string]string) {
	switch v := value.(type) {
	case map[string]any:
		for key, field := range v {
			if path != "" {
				key = path + "." + key
			}
			flatten(key, field, into)
		}
	case []any:
		for i, element := range v {
			flatten(fmt.Sprintf("%s[%d]", path, i), element, into)
		}
	default:
		raw, _ := json.Marshal(v)
		into[path] = string(raw)
	}
}
