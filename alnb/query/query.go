// Package query holds the query strategies: which documents of the pool to ask labels for. One strategy, one file.
package query

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
)

// A Predictor is what the strategies here need of a trained model.
type Predictor interface {
	// Probabilities returns one row a document, in order, of one probability a class.
	Probabilities(ctx context.Context, docs []corpus.Document, progress func(done int)) ([][]float32, error)
}

// A Strategy scores documents: plain structs whose exported fields are their configuration.
type Strategy interface {
	// Name identifies the strategy in a run's configuration.
	Name() string
	// Score returns one finite score a document, in order; the higher, the more informative. nil means that the
	// strategy has no score: all documents tie.
	Score(ctx context.Context, request Request) ([]float64, error)
}

// A Request is what a strategy scores, and with what.
type Request struct {
	Docs     []corpus.Document
	Model    Predictor      // trained on the labeled documents
	Progress func(done int) // documents scored so far; may be nil
}

// Top returns the positions of the n documents with the highest scores, the highest first. Ties, and with them all
// documents where scores is nil, are broken at random by the key and the document's ID, so that neither order nor
// restarts matter. It fails where a score is missing or not a number.
func Top(n int, docs []corpus.Document, scores []float64, key keyed.Key) ([]int, error) {
	if scores != nil && len(scores) != len(docs) {
		return nil, fmt.Errorf("query: %d scores for %d documents", len(scores), len(docs))
	}
	type ranked struct {
		position int
		score    float64
		tie      uint64
	}
	all := make([]ranked, len(docs))
	for i, doc := range docs {
		all[i].position = i
		key.ID = doc.ID
		all[i].tie = key.Hash()
		if scores == nil {
			continue
		}
		if math.IsNaN(scores[i]) || math.IsInf(scores[i], 0) {
			return nil, fmt.Errorf("query: document %s has the score %g", doc.ID, scores[i])
		}
		all[i].score = scores[i]
	}
	slices.SortFunc(all, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.tie, b.tie), cmp.Compare(docs[a.position].ID, docs[b.position].ID))
	})
	top := make([]int, min(n, len(all)))
	for i := range top {
		top[i] = all[i].position
	}
	return top, nil
}
