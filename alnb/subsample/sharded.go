package subsample

import (
	"context"
	"fmt"
	"iter"
	"math"
	"os"
	"slices"

	"github.com/alnb/alnb/alnb/keyed"
)

// A ShardedPool is a [Pool] that is too large for memory: its documents come in shards, each of which isn't.
type ShardedPool struct {
	Shards int
	// Known yields the unlabeled documents of a shard, in its order. IDs are distinct over all shards, see [ShardedPool.Distinct]. It is
	// called once a shard.
	Known func(ctx context.Context, shard int) iter.Seq2[Known, error]

	Budget int // as in Pool
	Query  int
	Key    keyed.Key

	// Dir is a folder for what is sorted; about 40 bytes a document lie there while Keep or Distinct is at it.
	Dir string
}

// Known is what is known of a document.
type Known struct {
	ID    string
	Stale float64 // its last computed uncertainty; NaN: it was never scored
	Cost  int     // in the unit of the budget
}

// A Choice says what a query over shards scores.
type Choice struct {
	Pool     int // documents
	Kept     int // of them
	ToppedUp int // of those, documents that only the budget needed
}

// A RepeatedError is an ID that two documents have.
type RepeatedError struct {
	ID     string
	Shards [2]int // in which they are, which may be one
}

// Error implements error.
func (e *RepeatedError) Error() string {
	return fmt.Sprintf("subsample: a document of shard %d and one of shard %d have the ID %q; IDs must differ over all shards", e.Shards[0], e.Shards[1], e.ID)
}

// Distinct returns a *[RepeatedError] where two documents have one ID. It takes what Keep takes, which notices only those that have one
// score, too.
func (p ShardedPool) Distinct(ctx context.Context) error {
	dir, err := os.MkdirTemp(p.Dir, "sorting-*")
	if err != nil {
		return fmt.Errorf("subsample: %w", err)
	}
	defer os.RemoveAll(dir)
	known := p.Known
	p.Known = func(ctx context.Context, shard int) iter.Seq2[Known, error] {
		return func(yield func(Known, error) bool) {
			for k, err := range known(ctx, shard) {
				if !yield(Known{ID: k.ID, Stale: math.NaN()}, err) { // so that the ID alone decides on its place
					return
				}
			}
		}
	}
	files, _, err := p.sortAll(ctx, dir)
	if err != nil {
		return err
	}
	var before *entry
	for e, err := range merged(ctx, dir, files) {
		if err != nil {
			return err
		}
		if before != nil && e.id == before.id {
			return &RepeatedError{e.id, [2]int{before.shard, e.shard}}
		}
		before = &e
	}
	return nil
}

// Keep decides which documents a query scores: those, exactly, that Sample has scored of the same pool in memory. It calls keep for
// each, by its shard and ID, the most uncertain first but for those that only the budget needs, which come last.
//
// The ranks are those of the whole pool: each shard is sorted by itself, and what was sorted is merged from files.
func (u UPS) Keep(ctx context.Context, pool ShardedPool, keep func(shard int, id string) error) (Choice, error) {
	if err := u.Check(); err != nil {
		return Choice{}, err
	}
	dir, err := os.MkdirTemp(pool.Dir, "sorting-*")
	if err != nil {
		return Choice{}, fmt.Errorf("subsample: %w", err)
	}
	defer os.RemoveAll(dir)
	var c Choice
	var files []string
	if files, c.Pool, err = pool.sortAll(ctx, dir); err != nil {
		return c, err
	}
	full := slices.Contains(u.FullQueries, pool.Query)
	spent, rank := 0, 0
	var next []entry // those not kept, in rank, that the budget may need
	nextCost := 0
	var before entry
	for e, err := range merged(ctx, dir, files) {
		if err != nil {
			return c, err
		}
		if rank > 0 && e.id == before.id {
			return c, &RepeatedError{e.id, [2]int{before.shard, e.shard}}
		}
		before = e
		p := u.probability(rank, c.Pool, full, math.IsInf(e.stale, 1))
		rank++
		if p == 1 || p > 0 && (keyed.Key{Seed: pool.Key.Seed, Round: pool.Key.Round, Purpose: upsPurpose, ID: e.id}).Float64() < p {
			spent += e.cost
			c.Kept++
			if err := keep(e.shard, e.id); err != nil {
				return c, err
			}
		} else if nextCost < pool.Budget {
			next, nextCost = append(next, e), nextCost+e.cost
		}
	}
	for _, e := range next {
		if spent >= pool.Budget {
			break
		}
		spent += e.cost
		c.Kept, c.ToppedUp = c.Kept+1, c.ToppedUp+1
		if err := keep(e.shard, e.id); err != nil {
			return c, err
		}
	}
	return c, nil
}
