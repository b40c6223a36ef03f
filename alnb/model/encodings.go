package model

import "maps"

// maxCached bounds the memory that cached documents take, in bytes: 120,000 short news items take 60 MB.
const maxCached = 256 << 20

// encodings keeps documents as the network reads them, so that the rounds of a run tokenize a text once.
type encodings struct {
	docs  map[string]document
	bytes int
}

// get returns a document for each key, in order. encode makes those that are missing, given the keys' positions.
func (e *encodings) get(keys []string, encode func(missing []int) ([]document, error)) ([]document, error) {
	var missing []int
	fresh := make(map[string]document)
	for i, key := range keys {
		_, known := e.docs[key]
		if _, listed := fresh[key]; !known && !listed {
			fresh[key] = document{}
			missing = append(missing, i)
		}
	}
	made, err := encode(missing)
	if err != nil {
		return nil, err
	}
	for i, position := range missing {
		fresh[keys[position]] = made[i]
	}
	out := make([]document, len(keys))
	for i, key := range keys {
		var known bool
		if out[i], known = e.docs[key]; !known {
			out[i] = fresh[key]
		}
	}
	e.keep(fresh)
	return out, nil
}

// keep keeps documents, and forgets all others when there is too much of it.
func (e *encodings) keep(fresh map[string]document) {
	size := 0
	for key, doc := range fresh {
		size += len(key) + doc.bytes()
	}
	if e.docs == nil || e.bytes+size > maxCached {
		e.docs, e.bytes = make(map[string]document), 0
	}
	if size <= maxCached {
		maps.Copy(e.docs, fresh)
		e.bytes += size
	}
}
