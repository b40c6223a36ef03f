package query

import (
	"context"
	"fmt"
)

// BALD scores a document by what its class would tell about the model: the mutual information of the two, in nats, by
// Monte-Carlo dropout. With p₁ … p_T the probabilities of T passes with dropout left on, p̄ their mean, and H the entropy:
//
//	H(p̄) − (1/T) Σ_t H(p_t)
//
// in [0, log classes], but for rounding (Houlsby et al., "Bayesian Active Learning for Classification and Preference
// Learning", 2011; with dropout, Gal, Islam and Ghahramani, "Deep Bayesian Active Learning with Image Data", ICML 2017).
// It needs a [DropoutSampler], and costs Samples predictions a document.
type BALD struct {
	Samples int `json:"samples,omitempty"` // passes with dropout, 2 or more; 0 stands for 10
}

// Name implements Strategy.
func (BALD) Name() string { return "bald" }

// Check implements Checker.
func (b BALD) Check(model any) error {
	if b.Samples < 0 || b.Samples == 1 {
		return fmt.Errorf("samples is %d; it is a number of passes of 2 or more, 0 stands for 10", b.Samples)
	}
	return needs[DropoutSampler](model, noDropout)
}

// Score implements Scorer.
func (b BALD) Score(ctx context.Context, request Request) ([]float64, error) {
	if err := b.Check(request.Model); err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	samples := b.Samples
	if samples == 0 {
		samples = 10
	}
	return newReader(request).dropout(ctx, request.Docs, samples, purpose(request.Key, "dropout"), mutualInformation)
}

func mutualInformation(rows [][]float32) float64 {
	mean, each := make([]float64, len(rows[0])), 0.0
	for _, row := range rows {
		each += entropy(row)
		for k, p := range row {
			mean[k] += float64(p) / float64(len(rows))
		}
	}
	return entropy(mean) - each/float64(len(rows))
}
