package corpus

import (
	"context"
	"fmt"
	"slices"
)

// A Tagged is a document as words, with its gold spans in order.
type Tagged struct {
	ID    string   // stable and unique in its split
	Words []string // none is empty
	Spans []Span
}

// Untagged returns documents that have words as those of a tagger, without spans.
func Untagged(docs []Document) []Tagged {
	tagged := make([]Tagged, len(docs))
	for i, doc := range docs {
		tagged[i] = Tagged{ID: doc.ID, Words: doc.Words}
	}
	return tagged
}

// A TaggedDataset is a labeled corpus for sequence tagging, in two splits.
type TaggedDataset struct {
	Name   string
	Origin string   // a sentence naming the files the data came from
	Types  []string // of spans, in declared order
	Train  []Tagged
	Test   []Tagged
}

// Check finds the mistakes that would spoil results in silence: IDs that are missing or come up twice in a split,
// documents without words, types that stand twice, and spans that overlap, leave the words or have a type that isn't in Types.
func (d *TaggedDataset) Check() error {
	if err := checkNames(d.Name, "type", d.Types); err != nil {
		return err
	}
	for _, split := range []struct {
		name string
		docs []Tagged
	}{{"training", d.Train}, {"test", d.Test}} {
		seen := make(seenIDs, len(split.docs))
		for i, doc := range split.docs {
			if err := seen.add(doc.ID, i, d.Name, split.name); err != nil {
				return err
			}
			if len(doc.Words) == 0 {
				return fmt.Errorf("corpus: %s: document %q of the %s split has no words; leave it out", d.Name, doc.ID, split.name)
			}
			if err := CheckSpans(len(doc.Words), doc.Spans); err != nil {
				return fmt.Errorf("corpus: %s: document %q of the %s split: %w", d.Name, doc.ID, split.name, err)
			}
			for _, span := range doc.Spans {
				if !slices.Contains(d.Types, span.Type) {
					return fmt.Errorf("corpus: %s: document %q of the %s split has a span of the type %q; the types are %q",
						d.Name, doc.ID, split.name, span.Type, d.Types)
				}
			}
		}
	}
	return nil
}

// A TaggedSource describes a dataset for tagging that is read when first needed, as a [Source] does one of texts.
type TaggedSource interface {
	// Name identifies the kind of source in a run's configuration.
	Name() string
	// LoadTagged reads the data. Its errors say what is missing and what to do.
	LoadTagged(ctx context.Context) (*TaggedDataset, error)
}

// LimitedTagged is the first Pool training and the first Test test documents of a source.
type LimitedTagged struct {
	Of   TaggedSource
	Pool int // 0 takes all
	Test int // 0 takes all
}

// LimitTagged takes the first pool training and the first test test documents of a source; 0 takes all.
func LimitTagged(of TaggedSource, pool, test int) LimitedTagged {
	return LimitedTagged{Of: of, Pool: pool, Test: test}
}

// Name implements TaggedSource.
func (l LimitedTagged) Name() string { return limitedName(l.Of.Name(), l.Pool, l.Test) }

// LoadTagged implements TaggedSource. Asking for more documents than there are is an error.
func (l LimitedTagged) LoadTagged(ctx context.Context) (*TaggedDataset, error) {
	full, err := l.Of.LoadTagged(ctx)
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
