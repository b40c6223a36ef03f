package query

import "context"

// Margin scores a document by how close the two most probable classes are:
//
//	−(p₁ − p₂),  p₁ ≥ p₂ ≥ …
//
// in [−1, 0] (Scheffer, Decomain and Wrobel, "Active Hidden Markov Models for Information Extraction", IDA 2001; Luo et
// al., "Active Learning to Recognize Multiple Types of Plankton", JMLR 2005, where it is called Breaking Ties). It needs a
// [Predictor], and costs one prediction a document.
type Margin struct{}

// Name implements Strategy.
func (Margin) Name() string { return "margin" }

// Check implements Checker.
func (Margin) Check(model any) error { return needs[Predictor](model, noProbabilities) }

// Score implements Scorer.
func (Margin) Score(ctx context.Context, request Request) ([]float64, error) {
	return newReader(request).scores(ctx, request.Docs, func(row []float32) float64 {
		var first, second float32
		for _, p := range row {
			if p > first {
				first, second = p, first
			} else {
				second = max(second, p)
			}
		}
		return float64(second) - float64(first)
	})
}
