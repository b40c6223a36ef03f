package datasets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
)

// A poolRow is a document as it is read, with its label where it has one.
type poolRow struct {
	doc     corpus.Document // its ID is empty where the file has none
	labeled bool
	class   string
	spans   []corpus.Span
	place   string // for errors: the file, and the line in it
}

// judgment returns the label as a judgment; nil where there is none.
func (r poolRow) judgment() *corpus.Judgment {
	if !r.labeled {
		return nil
	}
	return &corpus.Judgment{Verdict: corpus.Labeled, Class: r.class, Spans: r.spans}
}

// rows reads the documents of a file or folder. Errors name it.
func (t Texts) rows(ctx context.Context, path string) iter.Seq2[poolRow, error] {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return t.folderRows(ctx, path)
	}
	ending := strings.ToLower(filepath.Ext(path))
	switch _, isTable := formats[ending]; {
	case ending == ".jsonl" || ending == ".ndjson":
		return t.fileRows(path, t.lineRows)
	case !isTable && t.Spans:
		return t.fileRows(path, t.columnRows)
	}
	return t.tableRows(path)
}

// textRow makes a row of a text, whose label may be empty.
func (t Texts) textRow(text, label, id, place string) poolRow {
	r := poolRow{doc: corpus.Document{ID: id, Text: corpus.Clean(text)}, place: place}
	if t.Spans {
		r.doc.Words = corpus.Segments(r.doc.Text)
	} else if label = corpus.Clean(label); strings.TrimSpace(label) != "" {
		r.class, r.labeled = label, true
	}
	return r
}

func (t Texts) folderRows(ctx context.Context, dir string) iter.Seq2[poolRow, error] {
	return func(yield func(poolRow, error) bool) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			yield(poolRow{}, err)
			return
		}
		folders := []string{""} // dir itself
		for _, entry := range entries {
			if entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") {
				folders = append(folders, entry.Name())
			}
		}
		for _, folder := range folders {
			label := folder
			if t.Label == NoLabel {
				label = ""
			}
			for doc, err := range folderTexts(ctx, dir, folder, t.Encoding) {
				if !yield(t.textRow(doc.Text, label, doc.ID, dir+", "+doc.ID+".txt"), err) || err != nil {
					return
				}
			}
		}
	}
}

func (t Texts) tableRows(path string) iter.Seq2[poolRow, error] {
	return func(yield func(poolRow, error) bool) {
		in, err := openTable(path, t.Encoding)
		if err != nil {
			yield(poolRow{}, err)
			return
		}
		defer in.file.Close()
		text, label, id, err := t.columns(in)
		if err != nil {
			yield(poolRow{}, fmt.Errorf("%s: %w", path, err))
			return
		}
		wanted := []string{text}
		for _, column := range []string{label, id} {
			if column != "" {
				wanted = append(wanted, column)
			}
		}
		in.optional = label
		for r, err := range in.rows(wanted) {
			row := poolRow{}
			if err == nil {
				values := make(map[string]string, len(wanted))
				for i, column := range wanted {
					values[column] = r.values[i]
				}
				row = t.textRow(values[text], values[label], values[id], path+", "+r.place)
				if id != "" && values[id] == "" {
					err = fmt.Errorf("%s: the ID is empty", row.place)
				}
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// columns returns the columns of a table. Those of the label and the ID are empty where there is none.
func (t Texts) columns(in *table) (text, label, id string, err error) {
	if text, err = in.column("text", t.Text, textColumns); err != nil {
		return "", "", "", err
	}
	switch {
	case t.Label == NoLabel:
	case t.Spans && t.Label != "":
		err = errors.New(`a column can't hold the labels of words; write JSON lines with "spans" or "tags", or CoNLL`)
	case !t.Spans:
		if label, err = in.column("label", t.Label, labelColumns); t.Label == "" {
			err = nil
		}
	}
	if err != nil {
		return "", "", "", err
	}
	if t.ID != NoID {
		if id, err = in.column("ID", t.ID, idColumns); t.ID == "" {
			err = nil
		}
	}
	return text, label, id, err
}

// fileRows is inFile for a reader of rows, whose places it completes, too.
func (t Texts) fileRows(path string, read func(io.ReadSeeker) iter.Seq2[poolRow, error]) iter.Seq2[poolRow, error] {
	return func(yield func(poolRow, error) bool) {
		for r, err := range inFile(path, func(f *os.File) iter.Seq2[poolRow, error] { return read(f) }) {
			r.place = path + ", " + r.place
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// lineRows reads JSON lines, twice: a key need not be in the first line.
func (t Texts) lineRows(f io.ReadSeeker) iter.Seq2[poolRow, error] {
	return func(yield func(poolRow, error) bool) {
		in := &table{}
		keys := make(map[string]bool)
		for o, err := range objects(f, t.Encoding) {
			if err != nil {
				yield(poolRow{}, err)
				return
			}
			for key := range o.object {
				keys[key] = true
			}
		}
		in.columns = slices.Sorted(maps.Keys(keys))
		if len(keys) == 0 {
			yield(poolRow{}, errors.New("which is empty: there are no documents in it"))
			return
		}
		text, label, id, err := t.keys(in)
		if err == nil {
			_, err = f.Seek(0, io.SeekStart)
		}
		if err != nil {
			yield(poolRow{}, err)
			return
		}
		for o, err := range objects(f, t.Encoding) {
			r := poolRow{}
			if err == nil {
				if r, err = t.lineRow(o.object, text, label, id); err != nil {
					err = fmt.Errorf("line %d%s: %w", o.line, called(r.doc.ID), err)
				}
			}
			r.place = fmt.Sprintf("line %d", o.line)
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// keys returns the keys of JSON lines, as columns does. That of the text may be empty where words are to be marked.
func (t Texts) keys(in *table) (text, label, id string, err error) {
	if t.Spans {
		if t.Label != "" && t.Label != NoLabel {
			return "", "", "", errors.New(`the labels of words are read from "spans" or "tags"; leave Label empty`)
		}
		if t.Text == "" && slices.Contains(in.columns, "words") {
			in.columns = append(in.columns, "text") // documents may be words alone
		}
	}
	return t.columns(in)
}

func (t Texts) lineRow(o object, text, label, id string) (r poolRow, err error) {
	if id != "" {
		if r.doc.ID, err = o.text(id); err == nil && r.doc.ID == "" {
			err = errors.New("the ID is empty")
		}
		if err != nil {
			return r, err
		}
	}
	if !t.Spans || !o.has("words") {
		given, err := o.text(text)
		if err != nil {
			return r, err
		}
		if !t.Spans {
			class := ""
			if label != "" {
				class, err = o.optional(label)
			}
			return t.textRow(given, class, r.doc.ID, ""), err
		}
	}
	doc, given, err := o.document(text, true)
	if err != nil {
		return r, err
	}
	doc.ID = r.doc.ID
	r.doc = doc
	if t.Label != NoLabel && len(doc.Words) > 0 {
		r.spans, r.labeled, err = o.marked(doc, given)
	}
	return r, err
}

// columnRows reads CoNLL.
func (t Texts) columnRows(f io.ReadSeeker) iter.Seq2[poolRow, error] {
	return func(yield func(poolRow, error) bool) {
		var c CoNLL
		text, err := decoded(f, t.Encoding)
		if err == nil {
			c, err = t.conll()
		}
		if err != nil {
			yield(poolRow{}, err)
			return
		}
		pick := c.pickAny
		if t.Label == NoLabel {
			pick = c.pickWord
		}
		for b, err := range blocks(text, pick) {
			doc, err := b.judged(err)
			r := poolRow{doc: doc.Document, place: fmt.Sprintf("line %d", b.line)}
			if doc.Judgment != nil {
				r.labeled, r.spans = true, doc.Judgment.Spans
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// conll returns the numbers of the columns.
func (t Texts) conll() (c CoNLL, err error) {
	number := func(what, column string) (n int) {
		if column == "" || column == NoLabel || err != nil {
			return 0
		}
		if n, err = strconv.Atoi(column); err != nil || n < 1 {
			err = fmt.Errorf("which is read as CoNLL for its name's ending: %s is %q, not the number of a column", what, column)
		}
		return n
	}
	c.Word, c.Tag = number("Text", t.Text), number("Label", t.Label)
	if err == nil && t.ID != "" && t.ID != NoID {
		err = errors.New("which is read as CoNLL for its name's ending: it has no IDs")
	}
	return c, err
}
