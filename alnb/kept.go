package alnb

import (
	"context"
	"slices"

	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/subsample"
)

// Tops are the shares of the pool that count as its top where a query's containment is reported, as in the paper's
// Table 2.
func Tops() []float64 { return []float64{0.1, 0.2, 0.3, 0.4, 0.5} }

// kept returns which share of the full query the sampler kept, or would have kept in a query that scored all; nil where
// that can't be told. It scores documents only for an arm with Shadow.
func (q *asking) kept(ctx context.Context, chosen []int, sample subsample.Sample) (*float64, error) {
	full := chosen
	switch {
	case q.arm.Subsample == nil:
		return nil, nil
	case sample.Full:
		interleaved, ok := q.arm.Subsample.(subsample.Interleaved)
		if !ok || q.state.Stale == nil {
			return nil, nil
		}
		scores := sample.Scores // of all documents
		would, err := interleaved.Between().Sample(ctx, q.state, func(_ context.Context, positions []int) ([]float64, error) {
			return at(scores, positions), nil
		})
		if err != nil {
			return nil, err
		}
		sample = would
	case q.arm.Shadow:
		var err error
		if full, err = q.full(ctx, sample); err != nil {
			return nil, err
		}
	default:
		return nil, nil
	}
	share := subsample.Kept(full, sample)
	return &share, nil
}

// full is what the strategy would have chosen from the whole pool.
func (q *asking) full(ctx context.Context, sample subsample.Sample) ([]int, error) {
	if q.scoreless {
		proposal, err := query.Propose(ctx, q.arm.Strategy, q.request)
		return proposal.Positions, err
	}
	var all, rest []int
	scores := make([]float64, len(q.pool))
	for position := range q.pool {
		all = append(all, position)
		if i, found := slices.BinarySearch(sample.Positions, position); found {
			scores[position] = sample.Scores[i]
		} else {
			rest = append(rest, position)
		}
	}
	others, err := q.score(ctx, rest)
	if err != nil {
		return nil, err
	}
	for i, position := range rest {
		scores[position] = others[i]
	}
	return q.among(ctx, all, scores)
}
