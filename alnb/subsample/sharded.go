package subsample

import (
	"context"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/alnb/alnb/alnb/keyed"
)

// A ShardedPool is a [Pool] that is too large for memory: its documents come in shards, each of which isn't.
type ShardedPool struct {
	Shards int
	// Known yields the unlabeled documents of a shard, in its order. IDs are distinct over all shards. It is called once a shard.
	Known func(ctx context.Context, shard int) iter.Seq2[Known, error]

	Budget int // as in Pool
	Query  int
	Key    keyed.Key

	// Dir is a folder for what is sorted; about 40 bytes a document lie there while Keep is at it.
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
	for shard := range pool.Shards {
		path := filepath.Join(dir, fmt.Sprint(shard))
		n, err := pool.sort(ctx, shard, path)
		if err != nil {
			return c, err
		}
		if c.Pool += n; n > 0 {
			files = append(files, path)
		}
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
			return c, fmt.Errorf("subsample: the documents %d of shard %d and %d of shard %d have the ID %q; IDs must differ in all shards",
				before.number, before.shard, e.number, e.shard, e.id)
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
