// Package querytest checks that a query strategy keeps the promises of query.Strategy.
package querytest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/query"
)

// Table is a predictor that knows its probabilities by document ID.
type Table map[string][]float32

// Probabilities implements query.Predictor.
func (t Table) Probabilities(ctx context.Context, docs []corpus.Document, progress func(done int)) ([][]float32, error) {
	rows := make([][]float32, len(docs))
	for i, doc := range docs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows[i] = slices.Clone(t[doc.ID])
		if progress != nil {
			progress(i + 1)
		}
	}
	return rows, nil
}

// Failing is a predictor that always fails.
type Failing struct{ Err error }

// Probabilities implements query.Predictor.
func (f Failing) Probabilities(context.Context, []corpus.Document, func(int)) ([][]float32, error) {
	return nil, f.Err
}

// Random returns n documents and random probabilities for them.
func Random(n, classes int, seed uint64) ([]corpus.Document, Table) {
	docs, table := make([]corpus.Document, n), make(Table, n)
	for i := range docs {
		docs[i] = corpus.Document{ID: fmt.Sprintf("doc-%d", i), Text: fmt.Sprintf("text %d", i)}
		stream := keyed.Key{Seed: seed, Purpose: "querytest", ID: docs[i].ID}.Stream()
		row, sum := make([]float64, classes), 0.0
		for k := range row {
			row[k] = stream.ExpFloat64()
			sum += row[k]
		}
		table[docs[i].ID] = make([]float32, classes)
		for k := range row {
			table[docs[i].ID][k] = float32(row[k] / sum)
		}
	}
	return docs, table
}

// Run checks a strategy.
func Run(t *testing.T, strategy query.Strategy) {
	docs, table := Random(50, 4, 1)
	score := func(t *testing.T, docs []corpus.Document) []float64 {
		t.Helper()
		given := slices.Clone(docs)
		scores, err := strategy.Score(t.Context(), query.Request{Docs: docs, Model: table})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(given, docs) {
			t.Error("Score changed the documents it was given")
		}
		return scores
	}
	scores := score(t, docs)
	if strategy.Name() == "" {
		t.Error("the strategy has no name")
	}
	if scores == nil {
		return // no score: query.Top draws at random
	}
	t.Run("one finite score a document", func(t *testing.T) {
		if len(scores) != len(docs) {
			t.Fatalf("%d scores for %d documents", len(scores), len(docs))
		}
		for i, s := range scores {
			if math.IsNaN(s) || math.IsInf(s, 0) {
				t.Errorf("document %d has the score %g", i, s)
			}
		}
	})
	t.Run("the same again", func(t *testing.T) {
		if !slices.Equal(score(t, docs), scores) {
			t.Error("a second call gives other scores")
		}
	})
	t.Run("order does not matter", func(t *testing.T) {
		reversed := slices.Clone(docs)
		slices.Reverse(reversed)
		back := score(t, reversed)
		slices.Reverse(back)
		if !slices.Equal(back, scores) {
			t.Error("the documents in reverse order get other scores")
		}
	})
	t.Run("no documents", func(t *testing.T) {
		if got := score(t, nil); len(got) != 0 {
			t.Errorf("%d scores for no documents", len(got))
		}
	})
	t.Run("errors come out", func(t *testing.T) {
		broken := errors.New("broken")
		if _, err := strategy.Score(t.Context(), query.Request{Docs: docs, Model: Failing{broken}}); !errors.Is(err, broken) {
			t.Errorf("the model failed and Score returned %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := strategy.Score(ctx, query.Request{Docs: docs, Model: table}); !errors.Is(err, context.Canceled) {
			t.Errorf("the context ended and Score returned %v", err)
		}
	})
}
