// Package corpus holds documents, their labels and the splits they come in.
package corpus

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// A Document is one text of a corpus, or one list of words.
type Document struct {
	ID    string   // stable and unique in its split
	Text  string   // as given, less U+0000; empty where words came without a text
	Words []string `json:",omitempty"` // for tagging; none is empty
}

// An Example is a document with its gold class.
type Example struct {
	Document
	Label int // index into Dataset.Classes
}

// A Dataset is a labeled corpus for text classification, in two splits.
type Dataset struct {
	Name    string   // short, such as "ag_news"
	Origin  string   // a sentence naming the files or the generator the data came from
	Classes []string // in declared order; Example.Label is an index into it
	Train   []Example
	Test    []Example
}

// Check finds the mistakes that would spoil results in silence: IDs that are missing or come up twice in a split,
// classes that stand twice, and labels that are no index into Classes.
func (d *Dataset) Check() error {
	if err := checkNames(d.Name, "class", d.Classes); err != nil {
		return err
	}
	for _, split := range []struct {
		name     string
		examples []Example
	}{{"training", d.Train}, {"test", d.Test}} {
		seen := make(seenIDs, len(split.examples))
		for i, e := range split.examples {
			if err := seen.add(e.ID, i, d.Name, split.name); err != nil {
				return err
			}
			if e.Label < 0 || e.Label >= len(d.Classes) {
				return fmt.Errorf("corpus: %s: document %q of the %s split has the class number %d; there are %d classes, "+
					"numbered from 0", d.Name, e.ID, split.name, e.Label, len(d.Classes))
			}
		}
	}
	return nil
}

// checkNames refuses a class or type that stands twice: which of the two is meant can't be told.
func checkNames(dataset, what string, names []string) error {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return fmt.Errorf("corpus: %s: the %s %q stands twice in %q", dataset, what, name, names)
		}
	}
	return nil
}

// seenIDs are those of a split's documents so far.
type seenIDs map[string]bool

// add refuses the ID of the i-th document where it is missing or came up before.
func (s seenIDs) add(id string, i int, dataset, split string) error {
	switch {
	case id == "":
		return fmt.Errorf("corpus: %s: document %d of the %s split has no ID", dataset, i+1, split)
	case s[id]:
		return fmt.Errorf("corpus: %s: the %s split has two documents with the ID %q", dataset, split, id)
	}
	s[id] = true
	return nil
}

// A Source describes a dataset that is read when first needed.
type Source interface {
	// Name identifies the kind of source in a run's configuration, where its exported fields and a fingerprint of the
	// data stand beside it.
	Name() string
	// Load reads the data. Its errors say what is missing and what to do.
	Load(ctx context.Context) (*Dataset, error)
}

// Limited is the first Pool training and the first Test test documents of a source.
type Limited struct {
	Of   Source
	Pool int // 0 takes all
	Test int // 0 takes all
}

// Limit takes the first pool training and the first test test documents of a source; 0 takes all.
func Limit(of Source, pool, test int) Limited { return Limited{Of: of, Pool: pool, Test: test} }

// Name implements Source.
func (l Limited) Name() string { return limitedName(l.Of.Name(), l.Pool, l.Test) }

func limitedName(of string, pool, test int) string {
	if pool == 0 && test == 0 {
		return of
	}
	return fmt.Sprintf("%s, %s of the pool and %s of the test split", of, some(pool), some(test))
}

func some(n int) string {
	if n == 0 {
		return "all"
	}
	return fmt.Sprintf("the first %d", n)
}

// Load implements Source. Asking for more documents than there are is an error.
func (l Limited) Load(ctx context.Context) (*Dataset, error) {
	full, err := l.Of.Load(ctx)
	if err != nil {
		return nil, err
	}
	cut := *full
	if cut.Train, err = first(l.Pool, full.Train, "training", full.Name); err != nil {
		return nil, err
	}
	if cut.Test, err = first(l.Test, full.Test, "test", full.Name); err != nil {
		return nil, err
	}
	return &cut, nil
}

func first[T any](n int, of []T, split, name string) ([]T, error) {
	switch {
	case n == 0:
		return of, nil
	case n < 0 || n > len(of):
		return nil, fmt.Errorf("corpus: the %s split of %s has %d documents, %d were asked for", split, name, len(of), n)
	}
	return of[:n], nil
}

// Clean returns the text as it is stored: as given, without U+0000, at which tokenizers would cut it.
func Clean(text string) string { return strings.ReplaceAll(text, "\x00", "") }

// An IDMaker gives documents without an ID of their own a stable one: the first 16 hexadecimal digits of their text's
// SHA-256 and, from the second time the same text comes up, the number of the occurrence.
// The zero value is ready for use.
type IDMaker struct {
	seen map[string]int
}

// ID returns the ID of the next document with this text.
func (m *IDMaker) ID(text string) string {
	sum := sha256.Sum256([]byte(text))
	id := hex.EncodeToString(sum[:8])
	if m.seen == nil {
		m.seen = make(map[string]int)
	}
	m.seen[id]++
	if n := m.seen[id]; n > 1 {
		return fmt.Sprintf("%s-%d", id, n)
	}
	return id
}
