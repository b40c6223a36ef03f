package query

import (
	"context"
	"math"
)

// PredictionEntropy scores a document by the entropy of its probabilities, in nats:
//
//	−Σ_y p(y | x) log p(y | x)
//
// in [0, log classes] (Holub, Perona and Burl, "Entropy-Based Active Learning for Object Recognition", CVPR Workshops
// 2008; Settles, "Active Learning Literature Survey", 2009, §3.1). It needs a [Predictor], and costs one prediction a
// document.
type PredictionEntropy struct{}

// Name implements Strategy.
func (PredictionEntropy) Name() string { return "entropy" }

// Check implements Checker.
func (PredictionEntropy) Check(model any) error { return needs[Predictor](model, noProbabilities) }

// Score implements Scorer.
func (PredictionEntropy) Score(ctx context.Context, request Request) ([]float64, error) {
	return newReader(request).scores(ctx, request.Docs, entropy[float32])
}

func entropy[T float32 | float64](row []T) float64 {
	h := 0.0
	for _, p := range row {
		if p > 0 {
			h -= float64(p) * math.Log(float64(p))
		}
	}
	return h
}
