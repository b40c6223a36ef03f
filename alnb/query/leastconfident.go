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
// Tsvigun et al. 2022, §3.2).
type LeastConfident struct{}

// Name implements Strategy.
func (LeastConfident) Name() string { return "least-confident" }

// Score implements Strategy.
func (LeastConfident) Score(ctx context.Context, request Request) ([]float64, error) {
	rows, err := request.Model.Probabilities(ctx, request.Docs, request.Progress)
	if err != nil {
		return nil, err
	}
	scores := make([]float64, len(rows))
	for i, row := range rows {
		scores[i] = 1 - float64(slices.Max(row))
	}
	return scores, nil
}
