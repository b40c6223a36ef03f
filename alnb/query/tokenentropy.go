package query

import (
	"context"
	"math"

	"github.com/alnb/alnb/alnb/learner"
)

// TotalTokenEntropy scores a list of words by the entropy of their tags, added up over the words that the model sees, in
// nats:
//
//	−Σ_i Σ_k p(k | x_i) log p(k | x_i)
//
// 0 or more, and the higher, the longer the document (Settles and Craven, "An Analysis of Active Learning Strategies for
// Sequence Labeling Tasks", EMNLP 2008, §3.1, less the division by the length: TE there, times the words). It needs a
// [Tagger], and costs one prediction a document.
type TotalTokenEntropy struct{}

// Name implements Strategy.
func (TotalTokenEntropy) Name() string { return "token-entropy" }

// Check implements Checker.
func (TotalTokenEntropy) Check(model any) error { return needs[Tagger](model, noTags) }

// Score implements Scorer.
func (TotalTokenEntropy) Score(ctx context.Context, request Request) ([]float64, error) {
	return newReader(request).tagScores(ctx, request.Docs, func(t learner.Tagging) float64 {
		total := 0.0 // a word that the model doesn't see is O with probability 1, which adds nothing
		for _, row := range t.Probs {
			for _, p := range row {
				if !(p >= 0 && p <= above1) {
					return math.NaN() // refused by who asked
				}
			}
			total += entropy(row)
		}
		return total
	})
}
