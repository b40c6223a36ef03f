// Package querytest checks that a query strategy keeps the promises of package query.
package querytest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/query"
)

// Run checks a strategy, with a model that is a [Fake]: for texts where [query.Check] finds that a classifier suffices, for
// lists of words where it finds that a tagger does. A strategy that needs both gets both.
func Run(t *testing.T, strategy query.Strategy) {
	t.Log("the model is a fake: its answers are drawn from a hash of the documents' IDs")
	settings, err := suitable(strategy)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range settings {
		t.Run(s.name, func(t *testing.T) {
			for _, p := range promises {
				t.Run(p.what, func(t *testing.T) {
					if err := p.kept(t.Context(), trial{strategy, s}); err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
}

// A promise is one thing that the suite checks.
type promise struct {
	what string
	kept func(ctx context.Context, t trial) error
}

// A setting is a kind of documents with the models for it.
type setting struct {
	name  string
	words bool            // documents are lists of words
	model func(*Fake) any // the fake with the capabilities of such a model
}

type classifier struct {
	query.Predictor
	query.Embedder
	query.GradientEmbedder
	query.DropoutSampler
}

type tagger struct {
	query.Tagger
	query.Embedder
}

var settings = []setting{
	{"classification", false, func(f *Fake) any { return classifier{f, f, f, f} }},
	{"tagging", true, func(f *Fake) any { return tagger{f, f} }},
}

// suitable returns the settings in which a strategy has what it needs.
func suitable(s query.Strategy) (found []setting, err error) {
	if s.Name() == "" {
		return nil, errors.New("the strategy has no name")
	}
	var missing []error
	for _, setting := range settings {
		if err := query.Check(s, setting.model(&Fake{})); err != nil {
			missing = append(missing, fmt.Errorf("%s: %w", setting.name, err))
		} else {
			found = append(found, setting)
		}
	}
	if found == nil {
		both := setting{"everything", true, func(f *Fake) any { return f }}
		if err := query.Check(s, &Fake{}); err != nil {
			return nil, errors.Join(append(missing, err)...)
		}
		found = []setting{both}
	}
	return found, nil
}

// A trial is a strategy in a setting.
type trial struct {
	strategy query.Strategy
	setting
}

// docs returns n documents, of 3 to 9 words where they have words.
func (t trial) docs(n int) []corpus.Document {
	docs := make([]corpus.Document, n)
	for i := range docs {
		docs[i] = corpus.Document{ID: fmt.Sprintf("doc-%d", i), Text: fmt.Sprintf("text %d", i)}
		if t.words {
			docs[i] = inWords(docs[i], 3+i*5%7)
		}
	}
	return docs
}

func inWords(doc corpus.Document, n int) corpus.Document {
	doc.Text, doc.Words = "", make([]string, n)
	for i := range doc.Words {
		doc.Words[i] = fmt.Sprintf("word%d", i)
	}
	return doc
}

// labeled returns n labeled documents of three classes.
func (t trial) labeled(n int) []query.Labeled {
	labeled := make([]query.Labeled, n)
	for i := range labeled {
		labeled[i].Document = corpus.Document{ID: fmt.Sprintf("labeled-%d", i), Text: fmt.Sprintf("labeled text %d", i)}
		labeled[i].Class = i % 3
		if t.words {
			labeled[i].Document = inWords(labeled[i].Document, 2+i%4)
			labeled[i].Class, labeled[i].Spans = 0, []corpus.Span{{Start: 0, End: 1, Type: []string{"PER", "LOC", "ORG"}[i%3]}}
		}
	}
	return labeled
}

// request asks for 7 of 60 documents.
func (t trial) request(f *Fake) query.Request {
	return query.Request{
		Docs: t.docs(60), Labeled: t.labeled(14), Model: t.model(f), Budget: query.Docs(7),
		Key: keyed.Key{Seed: 1, Purpose: "query", Round: 2},
	}
}

// choose returns the IDs of what the strategy proposes.
func (t trial) choose(ctx context.Context, r query.Request) ([]string, error) {
	p, err := query.Propose(ctx, t.strategy, r)
	if err != nil {
		return nil, err
	}
	chosen := make([]string, len(p.Positions))
	for i, position := range p.Positions {
		chosen[i] = r.Docs[position].ID
	}
	return chosen, nil
}
