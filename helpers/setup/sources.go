package setup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A source is one way to get something. get returns a few words on what it did.
type source struct {
	name string
	get  func(context.Context) (how string, err error)
}

// first takes the first source that works, and says of each that didn't why.
func (j *job) first(ctx context.Context, part string, sources ...source) (how string, err error) {
	var reasons []string
	for _, s := range sources {
		how, err := s.get(ctx)
		if err == nil {
			return how, nil
		}
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		j.log.printf("%-13s %s: %v", part, s.name, err)
		reasons = append(reasons, s.name+": "+err.Error())
	}
	return "", errors.New("no source worked:\n    " + strings.Join(reasons, "\n    "))
}

// trustUnpinned tells whether official files that nobody has pinned may be used.
func trustUnpinned() bool { return os.Getenv("ALNB_TRUST_UNPINNED") == "1" }

// release is the official source of a binary: the member of the project's own archive whose name matches pattern.
func (j *job) release(part string, assets map[string]asset, pattern, dest string) source {
	a, ok := assets[platform]
	return source{name: "official release", get: func(ctx context.Context) (string, error) {
		switch {
		case !ok:
			return "", fmt.Errorf("there is none for %s", platform)
		case a.SHA256 == "" && !trustUnpinned():
			return "", errors.New("not used, as no SHA-256 is pinned for it (ALNB_TRUST_UNPINNED=1 would take it)")
		}
		archive := filepath.Join(j.temp, filepath.Base(a.URL))
		sha, err := j.net.fetch(ctx, a.URL, file{SHA256: a.SHA256}, archive)
		if err != nil {
			return "", err
		}
		how := "from " + a.URL
		if a.SHA256 == "" {
			j.log.printf("%-13s WARNING: ALNB_TRUST_UNPINNED=1 accepts %s as it is, unverified; SHA-256 %s", part, a.URL, sha)
			how += " (not verified)"
		}
		return how, untar(archive, pattern, dest)
	}}
}
