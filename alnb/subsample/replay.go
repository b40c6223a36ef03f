package subsample

import (
	"context"
	"fmt"
)

// Replay scores exactly the documents it names, be they enough for the budget or not: those that a query scored before it
// was interrupted. A run with [Deadline] needs it to go on as it was, since the clock won't do the same again.
type Replay struct {
	IDs []string `json:"ids"` // distinct, in any order
}

// Name implements Sampler.
func (Replay) Name() string { return "replay" }

// Check implements Sampler.
func (r Replay) Check() error {
	seen := make(map[string]bool, len(r.IDs))
	for _, id := range r.IDs {
		if seen[id] {
			return fmt.Errorf("subsample: replay: ids has document %s twice", id)
		}
		seen[id] = true
	}
	return nil
}

// Sample implements Sampler. A document that isn't in the pool is an error.
func (r Replay) Sample(ctx context.Context, pool Pool, score ScoreFunc) (Sample, error) {
	if err := r.Check(); err != nil {
		return Sample{}, err
	}
	if err := pool.check(); err != nil {
		return Sample{}, err
	}
	missing := make(map[string]bool, len(r.IDs))
	for _, id := range r.IDs {
		missing[id] = true
	}
	keep := make([]bool, len(pool.IDs))
	for position, id := range pool.IDs {
		if missing[id] {
			keep[position] = true
			delete(missing, id)
		}
	}
	for _, id := range r.IDs {
		if missing[id] {
			return Sample{}, fmt.Errorf("subsample: replay: document %s is not in the pool", id)
		}
	}
	return pool.score(ctx, keep, 0, score)
}
