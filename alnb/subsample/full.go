package subsample

import "context"

// Full scores the whole pool each query, as active learning does without a sampler.
type Full struct{}

// Name implements Sampler.
func (Full) Name() string { return "full" }

// Check implements Sampler: there is nothing to set.
func (Full) Check() error { return nil }

// Sample implements Sampler.
func (Full) Sample(ctx context.Context, pool Pool, score ScoreFunc) (Sample, error) {
	if err := pool.check(); err != nil {
		return Sample{}, err
	}
	keep := make([]bool, len(pool.IDs))
	for i := range keep {
		keep[i] = true
	}
	return pool.score(ctx, keep, 0, score)
}
