package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/query"
)

// poolRows are the documents to choose from.
type poolRows struct {
	docs []corpus.Document
	ids  []json.RawMessage // as they came in, or as they were made
}

func readPool(ctx context.Context, s rowSource, path string) (poolRows, error) {
	closer, err := s.open(ctx, path)
	if err != nil {
		return poolRows{}, err
	}
	defer closer.Close()
	var p poolRows
	for r, err := range s.identified(ctx) {
		if err != nil {
			return poolRows{}, err
		}
		p.docs, p.ids = append(p.docs, r.doc()), append(p.ids, r.id)
	}
	return p, nil
}

// among counts the documents whose content is that of a labeled one.
func (p poolRows) among(labeled labeledRows) (n int) {
	contents := make(map[string]bool, len(labeled.docs))
	for _, l := range labeled.docs {
		contents[content(l.Text, l.Words)] = true
	}
	for _, doc := range p.docs {
		if len(contents) > 0 && contents[content(doc.Text, doc.Words)] {
			n++
		}
	}
	return n
}

// content is what the ID of a document without one is made of.
func content(text string, words []string) string {
	if words != nil {
		return strings.Join(words, " ")
	}
	return text
}

// An identifiedRow has an ID that no row before it has.
type identifiedRow struct {
	row        // id is never nil
	key string // the ID as text
}

func (r identifiedRow) doc() corpus.Document {
	return corpus.Document{ID: r.key, Text: r.text, Words: r.words}
}

// identified reads the rows. Those without an ID get one made of their content.
func (s rowSource) identified(ctx context.Context) iter.Seq2[identifiedRow, error] {
	return func(yield func(identifiedRow, error) bool) {
		var made corpus.IDMaker
		lines := make(map[string]int)
		for r, err := range s.rows() {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(identifiedRow{}, err)
				return
			}
			one := identifiedRow{row: r}
			err := one.identify(&made)
			if before, ok := lines[one.key]; ok && err == nil {
				err = fmt.Errorf("has the ID %q of line %d; IDs must differ (a line without an id gets one of its own)", one.key, before)
			}
			if err != nil {
				if err = s.refuse(r.line, err); err == nil {
					continue
				}
				yield(identifiedRow{}, err)
				return
			}
			lines[one.key] = r.line
			if !yield(one, nil) {
				return
			}
		}
	}
}

// identify reads the row's ID, or makes one.
func (r *identifiedRow) identify(made *corpus.IDMaker) error {
	if noID(r.id) {
		r.key = made.ID(content(r.text, r.words))
		var err error
		r.id, err = json.Marshal(r.key)
		return err
	}
	var err error
	r.key, err = keyOf(r.id)
	return err
}

func noID(id json.RawMessage) bool { return len(id) == 0 || string(id) == "null" }

// keyOf is an ID, as it stands in a row, as text.
func keyOf(id json.RawMessage) (key string, err error) {
	switch id[0] {
	case '[', '{':
		return "", fmt.Errorf("has an \"id\" that is neither a string nor a number: %.60q", id)
	case '"':
		err = json.Unmarshal(id, &key)
	default:
		key = string(id)
	}
	if key == "" && err == nil {
		err = errors.New(`has an empty "id"; leave it out to have one made`)
	}
	return key, err
}

// labeledRows are documents with their labels, which are not yet held against what the model knows.
type labeledRows struct {
	source rowSource
	docs   []query.Labeled
	labels []string // of texts
	lines  []int
}

func readLabeled(ctx context.Context, s rowSource, path string) (labeledRows, error) {
	closer, err := s.open(ctx, path)
	if err != nil {
		return labeledRows{}, err
	}
	defer closer.Close()
	s.keep = true
	l := labeledRows{source: s}
	for r, err := range s.identified(ctx) {
		if err != nil {
			return labeledRows{}, err
		}
		doc, label := query.Labeled{Document: r.doc()}, ""
		if s.kind == textRow {
			label, err = r.label()
		} else {
			doc.Spans, err = r.spans()
		}
		if err != nil {
			if err = s.refuse(r.line, err); err != nil {
				return labeledRows{}, err
			}
			continue
		}
		l.docs, l.labels, l.lines = append(l.docs, doc), append(l.labels, label), append(l.lines, r.line)
	}
	return l, nil
}

// of returns the documents as labeled for a model of these classes, which for a tagger are tags.
func (l labeledRows) of(classes []string) ([]query.Labeled, error) {
	number, types := make(map[string]int), make(map[string]bool)
	for i, class := range classes {
		number[class] = i
		_, kind, _ := strings.Cut(class, "-")
		types[kind] = true
	}
	var known []query.Labeled
	for i, doc := range l.docs {
		var err error
		if l.source.kind == textRow {
			var ok bool
			if doc.Class, ok = number[l.labels[i]]; !ok {
				err = fmt.Errorf("has the label %q; the model's are %q", l.labels[i], classes)
			}
		}
		for _, span := range doc.Spans {
			if !types[span.Type] && err == nil {
				err = fmt.Errorf("has a span of the type %q; the model's tags are %q", span.Type, classes)
			}
		}
		if err != nil {
			if err = l.source.refuse(l.lines[i], err); err != nil {
				return nil, err
			}
			continue
		}
		known = append(known, doc)
	}
	return known, nil
}

// label reads a class: a string, or a number or truth value as it is written.
func (r row) label() (string, error) {
	raw, ok := r.fields["label"]
	if !ok {
		return "", errors.New(`has no "label"`)
	}
	var label string
	switch raw[0] {
	case '[', '{', 'n':
		return "", fmt.Errorf("has a \"label\" that is not one class: %.60q", raw)
	case '"':
		return label, json.Unmarshal(raw, &label)
	}
	return string(raw), nil
}

// spans reads the spans of a row's "spans", or of its "tags".
func (r row) spans() ([]corpus.Span, error) {
	tags, tagged := r.fields["tags"]
	spans, spanned := r.fields["spans"]
	switch {
	case !tagged && !spanned:
		return nil, errors.New(`has neither "tags" nor "spans"`)
	case tagged && spanned:
		return nil, errors.New(`has "tags" and "spans"; give one of them`)
	case spanned:
		var read []corpus.Span
		if err := json.Unmarshal(spans, &read); err != nil || read == nil {
			return nil, fmt.Errorf(`has "spans" that are no list of {"start", "end", "type"}: %.60q`, spans)
		}
		if err := corpus.CheckSpans(len(r.words), read); err != nil {
			return nil, fmt.Errorf(`has "spans" that don't fit: %w`, err)
		}
		return read, nil
	}
	var read []string
	if err := json.Unmarshal(tags, &read); err != nil || read == nil {
		return nil, fmt.Errorf(`has "tags" that are no list of strings: %.60q`, tags)
	}
	if len(read) != len(r.words) {
		return nil, fmt.Errorf("has %d words and %d tags", len(r.words), len(read))
	}
	found, err := corpus.Spans(read)
	if err != nil {
		return nil, fmt.Errorf(`has "tags" that are no spans: %w`, err)
	}
	return found, nil
}
