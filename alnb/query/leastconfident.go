package query

import (
	"context"
	"slices"
)

// LeastConfident scores a document by how little the model is convinced of the class it would give it:
//
//	1 − max_y p(y | x)
//
// in [0, 1 − 1/classes] (Lewis and Gale, "A Sequential Algorithm for Training Text Classifiers", SIGIR 1994; LC in
// Tsvigun et al. 2022, §3.2). It needs a [Predictor], and costs one prediction a document.
type LeastConfident struct{}

// Name implements Strategy.
func (LeastConfident) Name() string { return "least-confident" }

// Check implements Checker.
func (LeastConfident) Check(model any) error { return needs[Predictor](model, noProbabilities) }

// Score implements Scorer.
func (LeastConfident) Score(ctx context.Context, request Request) ([]float64, error) {
	return newReader(request).scores(ctx, request.Docs, leastConfident)
}

func leastConfident(row []float32) float64 { return 1 - float64(slices.Max(row)) }
