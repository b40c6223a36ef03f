package querytest_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/query/querytest"
)

// Entropy scores −Σ p·log p. It is the strategy of one's own in docs/how-to.md.
type Entropy struct{}

func (Entropy) Name() string { return "my-entropy" }

func (Entropy) Check(m any) error {
	if _, ok := m.(query.Predictor); !ok {
		return fmt.Errorf("the model %T gives no probabilities", m)
	}
	return nil
}

func (Entropy) Score(ctx context.Context, r query.Request) ([]float64, error) {
	rows, err := r.Model.(query.Predictor).Probabilities(ctx, r.Docs, r.Progress)
	if err != nil {
		return nil, err
	}
	scores := make([]float64, len(rows))
	for i, row := range rows {
		for _, p := range row {
			if p != 0 { // p > 0 would pass over NaN, which is to be refused
				scores[i] -= float64(p) * math.Log(float64(p))
			}
		}
	}
	return scores, nil
}

func TestEntropy(t *testing.T) { querytest.Run(t, Entropy{}) }
