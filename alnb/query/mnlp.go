package query

import (
	"context"

	"github.com/alnb/alnb/alnb/learner"
)

// MNLP scores a list of words by how little the model is convinced of the tags it would give it, per word ("maximum
// normalized log-probability"; Shen et al., "Deep Active Learning for Named Entity Recognition", ICLR 2018; Tsvigun et
// al. 2022, §3.2):
//
//	−(1/n) Σ_i log max_k p(k | x_i)
//
// 0 or more, over the n words that the model sees. Where the model has a CRF, the sum is the log-probability of its
// Viterbi path. A document of which the model sees no word has the score 0. It needs a [Tagger], and costs one prediction
// a document.
type MNLP struct{}

// Name implements Strategy.
func (MNLP) Name() string { return "mnlp" }

// Check implements Checker.
func (MNLP) Check(model any) error { return needs[Tagger](model, noTags) }

// Score implements Scorer.
func (MNLP) Score(ctx context.Context, request Request) ([]float64, error) {
	return newReader(request).tagScores(ctx, request.Docs, mnlp)
}

func mnlp(t learner.Tagging) float64 { return -t.Path / float64(t.Counted) }
