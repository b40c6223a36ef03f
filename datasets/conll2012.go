package datasets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
)

// Where the word and its part of a name stand in the columns of CoNLL-2012, counted from 0.
const wordColumn, nameColumn = 3, 10

// CoNLL2012 is a corpus in the columns of the CoNLL-2012 shared task (Pradhan et al. 2012), in which OntoNotes 5.0 is in use: the
// word in column 4, its part of a name in column 11 as brackets, such as (PERSON*, * and *), or (GPE). Documents are sentences.
// Those whose file's name, in column 1, begins with pt/ are left out: the New Testament has no names marked.
type CoNLL2012 struct {
	Train string `json:"train"` // the training split, the pool: a file, or a folder of which all *gold_conll are read, also in its folders
	Test  string `json:"test"`  // the test split, likewise

	// Types are the types of spans in order. Empty takes those of the training split, sorted. A span of another type is an error.
	Types []string `json:"types"`

	Encoding string `json:"encoding"` // UTF8, the default, or Latin1
}

// Name implements corpus.TaggedSource.
func (CoNLL2012) Name() string { return "conll2012" }

// LoadTagged implements corpus.TaggedSource. Errors name the file and the line.
func (c CoNLL2012) LoadTagged(ctx context.Context) (*corpus.TaggedDataset, error) {
	data := &corpus.TaggedDataset{
		Name: strings.TrimSuffix(filepath.Base(c.Train), filepath.Ext(c.Train)), Types: c.Types,
		Origin: fmt.Sprintf("%s and %s", c.Train, c.Test),
	}
	return data, loadSplits(ctx, data, c.Train, c.Test, c.read)
}

// read reads a file, or those of a folder in the order of their paths. IDs are unique over all.
func (c CoNLL2012) read(path string) iter.Seq2[corpus.Tagged, error] {
	return func(yield func(corpus.Tagged, error) bool) {
		files, err := goldFiles(path)
		if err != nil {
			yield(corpus.Tagged{}, err)
			return
		}
		var ids corpus.IDMaker
		for _, file := range files {
			for doc, err := range inFile(file, c.bracketed) {
				doc.ID = ids.ID(strings.Join(doc.Words, " "))
				if !yield(doc, err) || err != nil {
					return
				}
			}
		}
	}
}

func goldFiles(path string) (files []string, err error) {
	path, err = filepath.EvalSymlinks(path) // WalkDir doesn't follow a link to a folder
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return []string{path}, err
	}
	err = filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasSuffix(file, "gold_conll") {
			files = append(files, file)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: no file in it, or in its folders, has a name that ends with gold_conll", path)
	}
	slices.Sort(files)
	return files, err
}

// bracketed reads the sentences of a file, without IDs.
func (c CoNLL2012) bracketed(f *os.File) iter.Seq2[corpus.Tagged, error] {
	return func(yield func(corpus.Tagged, error) bool) {
		text, err := decoded(f, c.Encoding)
		if err != nil {
			yield(corpus.Tagged{}, err)
			return
		}
		var of string // the document's file, in the line that was read last
		columns := 0  // of the sentence's lines: one for each of its predicates, after the names
		pick := func(fields []string, _ *int) (word, tag string, err error) {
			switch {
			case len(fields) <= nameColumn:
				return "", "", fmt.Errorf("it has %d columns; the word is to stand in column %d, the name's brackets in column %d", len(fields),
					wordColumn+1, nameColumn+1)
			case columns > 0 && len(fields) != columns: // what stands in the names' column may be another's
				return "", "", fmt.Errorf("it has %d columns, the lines before it in its sentence have %d", len(fields), columns)
			}
			columns = len(fields)
			if err := checkUTF8(fields[wordColumn], fields[nameColumn]); err != nil {
				return "", "", err
			}
			if word = corpus.Clean(fields[wordColumn]); word == "" {
				return "", "", errors.New("the word is only U+0000")
			}
			of = fields[0]
			return word, fields[nameColumn], nil
		}
		for b, err := range blocks(text, pick) {
			columns = 0
			if err == nil && strings.HasPrefix(of, "pt/") {
				continue
			}
			var spans []corpus.Span
			if err == nil {
				spans, err = bracketSpans(b)
			}
			if !yield(corpus.Tagged{Words: b.words, Spans: spans}, err) || err != nil {
				return
			}
		}
	}
}

// bracketSpans turns a sentence's brackets into spans. They can't be nested.
func bracketSpans(b block) (spans []corpus.Span, err error) {
	open := -1 // where the span that is open begins
	var kind string
	for i, tag := range b.tags {
		rest, opens := strings.CutPrefix(tag, "(")
		inner, closes := strings.CutSuffix(rest, ")")
		name, star := strings.CutSuffix(inner, "*")
		switch {
		case opens && open >= 0:
			return nil, fmt.Errorf("line %d: %q opens a name within the %s that begins in line %d", b.line+i, tag, kind, b.line+open)
		case opens == (name == "") || !star && !(opens && closes) || strings.ContainsAny(name, "()*"):
			return nil, fmt.Errorf("line %d: the name's part is %q; expected is such as (PERSON*, *, *) or (GPE)", b.line+i, tag)
		case closes && !opens && open < 0:
			return nil, fmt.Errorf("line %d: %q closes a name, and none is open", b.line+i, tag)
		}
		if opens {
			open, kind = i, name
		}
		if closes {
			spans = append(spans, corpus.Span{Start: open, End: i + 1, Type: kind})
			open = -1
		}
	}
	if open >= 0 {
		return nil, fmt.Errorf("line %d: the bracket of the %s that begins here is never closed in its sentence", b.line+open, kind)
	}
	return spans, nil
}
