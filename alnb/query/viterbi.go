package query

import (
	"context"
	"math"

	"github.com/alnb/alnb/alnb/learner"
)

// Viterbi scores a list of words by how little the model is convinced of the tags it would give the whole list ("least
// confidence"; Culotta and McCallum, "Reducing Labeling Effort for Structured Prediction Tasks", AAAI 2005; Settles and
// Craven, EMNLP 2008, §3.1):
//
//	1 − p(y* | x)
//
// in [0, 1], with y* the most probable path of a CRF, else the most probable tag of each word. The higher, the longer the
// document; MNLP divides by the length. Long documents come to a score of 1, where ties are drawn. A document of which the
// model sees no word has the score 0. It needs a [Tagger], and costs one prediction a document.
type Viterbi struct{}

// Name implements Strategy.
func (Viterbi) Name() string { return "viterbi" }

// Check implements Checker.
func (Viterbi) Check(model any) error { return needs[Tagger](model, noTags) }

// Score implements Scorer.
func (Viterbi) Score(ctx context.Context, request Request) ([]float64, error) {
	return newReader(request).tagScores(ctx, request.Docs, func(t learner.Tagging) float64 { return -math.Expm1(t.Path) })
}
