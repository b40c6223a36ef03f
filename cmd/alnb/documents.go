package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/datasets/rows"
)

// poolRows are the documents to choose from.
type poolRows struct {
	docs []corpus.Document
	ids  []json.RawMessage // as they came in, or as they were made
}

func readPool(ctx context.Context, s rows.Source, path string) (poolRows, error) {
	closer, err := s.Open(ctx, path)
	if err != nil {
		return poolRows{}, err
	}
	defer closer.Close()
	var p poolRows
	for r, err := range s.Identified(ctx) {
		if err != nil {
			return poolRows{}, err
		}
		p.docs, p.ids = append(p.docs, r.Document()), append(p.ids, r.ID)
	}
	return p, nil
}

// among counts the documents whose content is that of a labeled one.
func (p poolRows) among(labeled labeledRows) (n int) {
	contents := make(map[string]bool, len(labeled.docs))
	for _, l := range labeled.docs {
		contents[rows.Content(l.Text, l.Words)] = true
	}
	for _, doc := range p.docs {
		if len(contents) > 0 && contents[rows.Content(doc.Text, doc.Words)] {
			n++
		}
	}
	return n
}

// labeledRows are documents with their labels, which are not yet held against what the model knows.
type labeledRows struct {
	source rows.Source
	docs   []query.Labeled
	labels []string // of texts
	lines  []int
}

func readLabeled(ctx context.Context, s rows.Source, path string) (labeledRows, error) {
	closer, err := s.Open(ctx, path)
	if err != nil {
		return labeledRows{}, err
	}
	defer closer.Close()
	s.Keep = true
	l := labeledRows{source: s}
	for r, err := range s.Identified(ctx) {
		if err != nil {
			return labeledRows{}, err
		}
		doc, label := query.Labeled{Document: r.Document()}, ""
		if s.Kind == rows.Text {
			label, err = labelOf(r.Row)
		} else {
			doc.Spans, err = spansOf(r.Row)
		}
		if err != nil {
			if err = s.Refuse(r.Line, err); err != nil {
				return labeledRows{}, err
			}
			continue
		}
		l.docs, l.labels, l.lines = append(l.docs, doc), append(l.labels, label), append(l.lines, r.Line)
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
		if l.source.Kind == rows.Text {
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
			if err = l.source.Refuse(l.lines[i], err); err != nil {
				return nil, err
			}
			continue
		}
		known = append(known, doc)
	}
	return known, nil
}

// labelOf reads a class: a string, or a number or truth value as it is written.
func labelOf(r rows.Row) (string, error) {
	raw, ok := r.Fields["label"]
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

// spansOf reads the spans of a row's "spans", or of its "tags".
func spansOf(r rows.Row) ([]corpus.Span, error) {
	tags, tagged := r.Fields["tags"]
	spans, spanned := r.Fields["spans"]
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
		if err := corpus.CheckSpans(len(r.Words), read); err != nil {
			return nil, fmt.Errorf(`has "spans" that don't fit: %w`, err)
		}
		return read, nil
	}
	var read []string
	if err := json.Unmarshal(tags, &read); err != nil || read == nil {
		return nil, fmt.Errorf(`has "tags" that are no list of strings: %.60q`, tags)
	}
	if len(read) != len(r.Words) {
		return nil, fmt.Errorf("has %d words and %d tags", len(r.Words), len(read))
	}
	found, err := corpus.Spans(read)
	if err != nil {
		return nil, fmt.Errorf(`has "tags" that are no spans: %w`, err)
	}
	return found, nil
}
