package datasets

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
)

// CoNLL is a sequence-tagging corpus in files of columns, as those of the CoNLL shared tasks: a word a line, columns
// separated by spaces or tabs, a blank line after each document, the word in one column and its tag in another. Tags
// are in IOB1, IOB2, IO, IOBES or BILOU (see [corpus.Spans]). Lines that begin with -DOCSTART-, "#begin document" or "#end document"
// are no words. Spans in brackets, as of the CoNLL-2012 shared task, are read by [CoNLL2012].
type CoNLL struct {
	Train string `json:"train"` // path of the training split, the pool
	Test  string `json:"test"`  // path of the test split

	Word int `json:"word"` // column of the words, counted from 1; 0 is the first
	Tag  int `json:"tag"`  // column of the tags, counted from 1; 0 is the last

	// Types are the types of spans in order. Empty takes those of the training split, sorted. A span of another type is
	// an error.
	Types []string `json:"types"`

	Encoding string `json:"encoding"` // UTF8, the default, or Latin1
}

// Name implements corpus.TaggedSource.
func (CoNLL) Name() string { return "conll" }

// LoadTagged implements corpus.TaggedSource: it reads both splits. Errors name the file and the line.
func (c CoNLL) LoadTagged(ctx context.Context) (*corpus.TaggedDataset, error) {
	data := &corpus.TaggedDataset{
		Name: strings.TrimSuffix(filepath.Base(c.Train), filepath.Ext(c.Train)), Types: c.Types,
		Origin: fmt.Sprintf("%s and %s", c.Train, c.Test),
	}
	return data, loadSplits(ctx, data, c.Train, c.Test, c.read)
}

// loadSplits reads both splits, and finds the types of spans where the dataset has none. To its origin it adds what is to be known
// of duplicates.
func loadSplits(ctx context.Context, data *corpus.TaggedDataset, train, test string, read func(path string) iter.Seq2[corpus.Tagged, error]) error {
	for _, split := range []struct {
		path string
		into *[]corpus.Tagged
	}{{train, &data.Train}, {test, &data.Test}} {
		path, into := split.path, split.into
		for doc, err := range read(path) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return fmt.Errorf("datasets: %w", err)
			}
			*into = append(*into, doc)
		}
		if len(*into) == 0 {
			return fmt.Errorf("datasets: %s: there are no documents in it", path)
		}
	}
	if len(data.Types) == 0 {
		found := make(map[string]bool)
		for _, doc := range data.Train {
			for _, span := range doc.Spans {
				found[span.Type] = true
			}
		}
		data.Types = slices.Sorted(maps.Keys(found))
	}
	for i, docs := range [][]corpus.Tagged{data.Train, data.Test} {
		for _, doc := range docs {
			for _, span := range doc.Spans {
				if !slices.Contains(data.Types, span.Type) {
					return fmt.Errorf("datasets: %s: document %s (%.60q) has a span of the type %q; the types are %q",
						[]string{train, test}[i], doc.ID, strings.Join(doc.Words, " "), span.Type, data.Types)
				}
			}
		}
	}
	if notes := duplicates(taggedTexts(data.Train), taggedTexts(data.Test)); notes != "" {
		data.Origin += " (" + notes + ")"
	}
	return nil
}

func taggedTexts(docs []corpus.Tagged) iter.Seq2[string, string] {
	return func(yield func(text, label string) bool) {
		for _, doc := range docs {
			if !yield(strings.Join(doc.Words, " "), fmt.Sprint(doc.Spans)) {
				return
			}
		}
	}
}

// read reads the documents of one file, as they come.
func (c CoNLL) read(path string) iter.Seq2[corpus.Tagged, error] {
	return inFile(path, func(f *os.File) iter.Seq2[corpus.Tagged, error] { return c.parse(f) })
}

// parse reads documents up to the first that can't be used.
func (c CoNLL) parse(r io.Reader) iter.Seq2[corpus.Tagged, error] {
	return func(yield func(corpus.Tagged, error) bool) {
		text, err := decoded(r, c.Encoding)
		if err != nil {
			yield(corpus.Tagged{}, err)
			return
		}
		var ids corpus.IDMaker
		for b, err := range blocks(text, c.pick) {
			var spans []corpus.Span
			if err == nil {
				spans, err = b.spans()
			}
			if err != nil {
				yield(corpus.Tagged{}, err)
				return
			}
			if !yield(corpus.Tagged{ID: ids.ID(strings.Join(b.words, " ")), Words: b.words, Spans: spans}, nil) {
				return
			}
		}
	}
}

// A block is the lines of one document.
type block struct {
	line        int // the first, counted from 1
	words, tags []string
}

func (b block) spans() ([]corpus.Span, error) {
	spans, err := corpus.Spans(b.tags)
	if err != nil {
		return nil, fmt.Errorf("in the document that begins in line %d: %w", b.line, err)
	}
	return spans, nil
}

// blocks reads the documents of a file in columns up to the first that can't be used. pick takes the word and its tag
// out of a line; columns is how many those before it have, 0 where it is the first.
func blocks(r io.Reader, pick func(fields []string, columns *int) (word, tag string, err error)) iter.Seq2[block, error] {
	return func(yield func(block, error) bool) {
		lines := bufio.NewReader(r)
		var b block
		line, columns := 0, 0
		flush := func() bool {
			done := b
			b = block{}
			return len(done.words) == 0 || yield(done, nil)
		}
		for {
			raw, err := lines.ReadString('\n')
			if raw == "" && errors.Is(err, io.EOF) {
				flush()
				return
			}
			if err != nil && !errors.Is(err, io.EOF) {
				yield(block{}, fmt.Errorf("after line %d: %w", line, err))
				return
			}
			line++
			if strings.Contains(strings.TrimRight(raw, "\r\n"), "\r") {
				yield(block{}, fmt.Errorf("line %d: it has a carriage return within it; let lines end with a line feed", line))
				return
			}
			fields := splitColumns(raw)
			switch {
			case len(fields) == 0, strings.HasPrefix(fields[0], "-DOCSTART-"), strings.HasPrefix(raw, "#begin document"),
				strings.HasPrefix(raw, "#end document"):
				if !flush() {
					return
				}
				continue
			case len(b.words) == 0 && comment(raw, fields, columns):
				continue
			}
			word, tag, err := pick(fields, &columns)
			if err != nil {
				yield(block{}, fmt.Errorf("line %d: %w", line, err))
				return
			}
			if len(b.words) == 0 {
				b.line = line
			}
			b.words, b.tags = append(b.words, word), append(b.tags, tag)
		}
	}
}

// comment tells whether a line is one about the document that follows, such as "# id 1 domain=en".
func comment(raw string, fields []string, columns int) bool {
	return fields[0] == "#" && (columns > 0 && len(fields) != columns || strings.Contains(raw, "="))
}

// splitColumns splits a line at its tabs where it has some, so that words may have spaces in them, else at its spaces.
func splitColumns(line string) []string {
	line = strings.TrimRight(line, "\r\n")
	if strings.Trim(line, " \t") == "" {
		return nil
	}
	if strings.Contains(line, "\t") {
		fields := strings.Split(line, "\t")
		for i, f := range fields {
			fields[i] = strings.Trim(f, " ")
		}
		return fields
	}
	return strings.FieldsFunc(line, func(r rune) bool { return r == ' ' })
}

// pick takes the word and its tag out of a line; see [blocks].
func (c CoNLL) pick(fields []string, columns *int) (word, tag string, err error) {
	if *columns == 0 {
		*columns = len(fields)
	}
	w, t := c.Word-1, c.Tag-1
	if c.Word == 0 {
		w = 0
	}
	if c.Tag == 0 {
		t = len(fields) - 1
	}
	switch {
	case len(fields) != *columns:
		return "", "", fmt.Errorf("it has %d columns, the lines before it have %d", len(fields), *columns)
	case w < 0 || w >= len(fields) || t < 0 || t >= len(fields):
		return "", "", fmt.Errorf("it has %d columns; the word is to stand in column %d, the tag in column %d", len(fields), w+1, t+1)
	case w == t:
		return "", "", fmt.Errorf("the word and its tag are to stand in one column, %d; columns are separated by spaces or tabs", w+1)
	}
	if err := checkUTF8(fields[w], fields[t]); err != nil {
		return "", "", err
	}
	if word = corpus.Clean(fields[w]); word == "" {
		return "", "", errors.New("the word is empty, or only U+0000")
	}
	return word, corpus.Clean(fields[t]), nil
}
