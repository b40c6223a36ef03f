package subsample

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// RandomSubset scores a share of the pool that is drawn uniformly each query: the baseline of the paper's Figure 15, which
// a sampler that looks at stale scores has to beat. It takes exactly round(Share·N) documents, and goes on in the same
// random order where they can't spend the query's budget. Documents that were never scored have no privilege.
type RandomSubset struct {
	Share       float64 `json:"share"`        // in (0, 1]
	FullQueries []int   `json:"full_queries"` // those that score everything; the first is query 0
}

// Name implements Sampler.
func (RandomSubset) Name() string { return "random-subset" }

// Between implements Interleaved.
func (r RandomSubset) Between() Sampler {
	r.FullQueries = nil
	return r
}

// Check implements Sampler.
func (r RandomSubset) Check() error {
	if !(r.Share > 0 && r.Share <= 1) {
		return fmt.Errorf("subsample: random-subset: share is %g; it is a share of the pool, above 0 and up to 1", r.Share)
	}
	return checkFull(r.Name(), r.FullQueries)
}

// Sample implements Sampler.
func (r RandomSubset) Sample(ctx context.Context, pool Pool, score ScoreFunc) (Sample, error) {
	if err := r.Check(); err != nil {
		return Sample{}, err
	}
	if slices.Contains(r.FullQueries, pool.Query) {
		return Full{}.Sample(ctx, pool, score)
	}
	if err := pool.check(); err != nil {
		return Sample{}, err
	}
	order := make([]int, len(pool.IDs))
	for i := range order {
		order[i] = i
	}
	pool.shuffle(order, "subsample random", nil)
	keep := make([]bool, len(order))
	for _, position := range order[:int(math.Round(r.Share*float64(len(order))))] {
		keep[position] = true
	}
	return pool.score(ctx, keep, pool.topUp(keep, order), score)
}
