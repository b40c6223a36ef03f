package store

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alnb/alnb/alnb/corpus"
)

// split is a part of a pool.
type split struct {
	name string
	test bool
	docs []corpus.Judged
}

// splits returns the parts of a pool in the order in which their documents are numbered.
func splits(pool *corpus.Pool) []split {
	return []split{{"pool", false, pool.Docs}, {"test split", true, pool.Test}}
}

// checkPool finds what a session can't be made of. Judgments are checked when they are kept.
func checkPool(pool *corpus.Pool) error {
	if len(pool.Docs) == 0 {
		return fmt.Errorf("the pool %q has no documents", pool.Name)
	}
	names := make(map[string]bool, len(pool.Classes))
	for _, name := range pool.Classes {
		if err := checkClassName(name); err != nil {
			return fmt.Errorf("the pool %q: %w", pool.Name, err)
		}
		if names[name] {
			return fmt.Errorf("the pool %q names the class %q twice", pool.Name, name)
		}
		names[name] = true
	}
	for _, s := range splits(pool) {
		seen := make(map[string]bool, len(s.docs))
		for i, doc := range s.docs {
			switch {
			case doc.ID == "":
				return fmt.Errorf("document %d of the %s has no ID", i+1, s.name)
			case seen[doc.ID]:
				return fmt.Errorf("the %s has two documents with the ID %q", s.name, doc.ID)
			}
			seen[doc.ID] = true
			if err := checkDocument(doc.Document, pool.Spans); err != nil {
				return fmt.Errorf("document %q of the %s: %w", doc.ID, s.name, err)
			}
		}
	}
	return nil
}

func checkDocument(doc corpus.Document, spans bool) error {
	for _, s := range append([]string{doc.ID, doc.Text}, doc.Words...) {
		if !utf8.ValidString(s) {
			return fmt.Errorf("%.40q is not UTF-8; convert the file that it comes from", s)
		}
	}
	if !spans {
		return nil
	}
	if len(doc.Words) == 0 {
		return errors.New("it has no words; leave it out")
	}
	for i, word := range doc.Words {
		if word == "" {
			return fmt.Errorf("word %d is empty", i+1)
		}
	}
	if doc.Text == "" {
		return nil
	}
	_, err := corpus.Offsets(doc.Text, doc.Words)
	return err
}

// checkClassName refuses a name that no class can have.
func checkClassName(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return errors.New("a class needs a name")
	case !utf8.ValidString(name) || strings.ContainsRune(name, 0):
		return fmt.Errorf("the class name %q is not UTF-8, or holds U+0000", name)
	}
	return nil
}
