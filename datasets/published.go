package datasets

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/download"
	"github.com/alnb/alnb/alnb/home"
)

// A published corpus is read from a folder of $ALNB_DATA or, where that isn't set and its licence allows it, from where it was
// published, once.
type published struct {
	title  string // as people call it
	folder string // below $ALNB_DATA, and among the downloads
	where  string // one may get it, where it may not be fetched; the end of a sentence
}

// A webFile is a file of a published corpus that may be fetched.
type webFile struct {
	name, url string
	size      int64  // in bytes
	sha256    string // in hexadecimal digits
}

// dataFolder is a folder of $ALNB_DATA; "" where that isn't set.
func dataFolder(name string) (string, error) {
	root := os.Getenv("ALNB_DATA")
	if root == "" {
		return "", nil
	}
	if !filepath.IsAbs(root) {
		return "", fmt.Errorf("datasets: ALNB_DATA is %q, which depends on the current folder; set it to an absolute path", root)
	}
	return filepath.Join(root, name), nil
}

// files returns the paths of the corpus' files, and a sentence on where they are from.
func (p published) files(ctx context.Context, files ...webFile) (paths []string, origin string, err error) {
	dir, err := dataFolder(p.folder)
	if err != nil {
		return nil, "", err
	}
	if dir != "" {
		for _, f := range files {
			path, err := p.local(dir, f.name)
			if err != nil {
				return nil, "", err
			}
			paths = append(paths, path)
		}
		return paths, fmt.Sprintf("%s from %s", p.title, strings.Join(paths, " and ")), nil
	}
	alnb, err := home.Dir()
	if err != nil {
		return nil, "", err
	}
	var client download.Client
	for _, f := range files {
		path := filepath.Join(alnb, home.Hub, "corpora", p.folder, f.sha256[:12]+"-"+f.name)
		paths = append(paths, path)
		if info, err := os.Stat(path); err == nil && info.Size() == f.size { // it came into place whole and checked
			continue
		}
		err := client.Fetch(ctx, download.File{
			URL: f.url, Size: f.size, Sum: f.sha256, NewHash: func(int64) hash.Hash { return sha256.New() },
		}, path)
		if err != nil {
			return nil, "", fmt.Errorf("datasets: %s can't be fetched: %w; check the connection, or set ALNB_DATA to a folder that holds "+
				"%s/%s", p.title, err, p.folder, f.name)
		}
	}
	return paths, fmt.Sprintf("%s from %s", p.title, files[0].url), nil
}

// licensed returns the folder of a corpus that may not be fetched.
func (p published) licensed() (string, error) {
	dir, err := dataFolder(p.folder)
	if err == nil && dir == "" {
		err = fmt.Errorf("datasets: %s may not be fetched by a program: %s. Set ALNB_DATA to a folder that holds it as %s; "+
			"docs/datasets.md says which files", p.title, p.where, p.folder)
	}
	return dir, err
}

// local returns the first of these names that is in the folder.
func (p published) local(dir string, names ...string) (string, error) {
	for _, name := range names {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("datasets: %s, as ALNB_DATA says: %w", p.title, err)
		}
	}
	return "", fmt.Errorf("datasets: %s, as ALNB_DATA says: %s has no %s; docs/datasets.md says which files are expected", p.title, dir,
		strings.Join(names, ", and no "))
}

// A splitSize is how large a split is known to be.
type splitSize struct{ docs, words int }

// tagged reads the splits of a corpus of sentences, and compares them with their known sizes: a file that was cut short, or is of
// another version, would give other results in silence.
func (p published) tagged(ctx context.Context, origin string, types []string, train, test string,
	read func(path string) iter.Seq2[corpus.Tagged, error], trainSize, testSize splitSize) (*corpus.TaggedDataset, error) {
	data := &corpus.TaggedDataset{Name: p.folder, Origin: origin, Types: types}
	if err := loadSplits(ctx, data, train, test, read); err != nil {
		return nil, err
	}
	return data, errors.Join(p.check("training", train, data.Train, trainSize), p.check("test", test, data.Test, testSize))
}

func (p published) check(split, path string, docs []corpus.Tagged, want splitSize) error {
	got := splitSize{docs: len(docs)}
	for _, doc := range docs {
		got.words += len(doc.Words)
	}
	if got == want {
		return nil
	}
	return fmt.Errorf("datasets: the %s split of %s has %d sentences and %d words; in %s there are %d and %d: the file was cut short, "+
		"or is of another version, for which there are datasets.CoNLL and datasets.CoNLL2012", split, p.title, want.docs, want.words,
		path, got.docs, got.words)
}
