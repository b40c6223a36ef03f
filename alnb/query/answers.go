package query

import (
	"context"
	"fmt"
	"math"

	"github.com/alnb/alnb/alnb/corpus"
)

// What is said of a model that can't do what a strategy asks.
const (
	noProbabilities = "gives no probabilities of classes; for a tagger there are mnlp, token-entropy and viterbi"
	noTags          = "gives no tags; for a classifier there are least-confident, margin and entropy"
	noEmbeddings    = "gives no embeddings"
	noLastLayer     = "doesn't give the input of its last layer"
	noDropout       = "can't predict with dropout left on"
)

// Probabilities may exceed 1 by what rounding does to a softmax.
const above1 = 1 + 1e-4

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func wrongCount(got int, what string, docs int) error {
	return fmt.Errorf("query: the model gave %d %s for %d documents", got, what, docs)
}

// checkProbabilities refuses rows that are no probabilities of the same classes.
func (r *reader) checkProbabilities(ctx context.Context, docs []corpus.Document, rows [][]float32) error {
	if r.classes == 0 && len(rows) > 0 {
		r.classes = len(rows[0])
	}
	return CheckProbabilities(ctx, docs, rows, r.classes)
}

// CheckProbabilities refuses a model's answers that aren't a row for each document, of as many probabilities as there are classes, each
// from 0 to 1.
func CheckProbabilities(ctx context.Context, docs []corpus.Document, rows [][]float32, classes int) error {
	if len(rows) != len(docs) {
		return wrongCount(len(rows), "rows of probabilities", len(docs))
	}
	return inParallel(ctx, len(rows), 1024, func(from, to int) error {
		for i := from; i < to; i++ {
			if err := checkRow(docs[i].ID, rows[i], classes); err != nil {
				return err
			}
		}
		return nil
	})
}

func checkRow(id string, row []float32, classes int) error {
	if len(row) != classes || len(row) == 0 {
		return fmt.Errorf("query: the model gave document %s %d probabilities; there are %d classes", id, len(row), classes)
	}
	for _, p := range row {
		if !(p >= 0 && p <= above1) {
			return fmt.Errorf("query: the model gave document %s the probability %g", id, p)
		}
	}
	return nil
}

// checkEmbeddings refuses rows that are no finite vectors of one length.
func (r *reader) checkEmbeddings(ctx context.Context, docs []corpus.Document, rows [][]float32) error {
	if len(rows) != len(docs) {
		return wrongCount(len(rows), "embeddings", len(docs))
	}
	if r.dim == 0 && len(rows) > 0 {
		r.dim = len(rows[0])
	}
	return inParallel(ctx, len(rows), 256, func(from, to int) error {
		for i := from; i < to; i++ {
			if len(rows[i]) != r.dim || r.dim == 0 {
				return fmt.Errorf("query: the model gave document %s an embedding of %d numbers, others have %d", docs[i].ID, len(rows[i]), r.dim)
			}
			for _, x := range rows[i] {
				if x-x != 0 { // NaN or infinite
					return fmt.Errorf("query: the model gave document %s an embedding with %g in it", docs[i].ID, x)
				}
			}
		}
		return nil
	})
}
