package subsample

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/keyed"
)

// sharded cuts a pool into shards of random lengths.
func sharded(t *testing.T, pool Pool, shards int, r *rand.Rand) (ShardedPool, [][]int) {
	cut := make([][]int, shards)
	for i := range pool.IDs {
		shard := r.IntN(shards)
		cut[shard] = append(cut[shard], i)
	}
	return ShardedPool{
		Shards: shards, Budget: pool.Budget, Query: pool.Query, Key: pool.Key, Dir: t.TempDir(),
		Known: func(_ context.Context, shard int) iter.Seq2[Known, error] {
			return func(yield func(Known, error) bool) {
				for _, i := range cut[shard] {
					known := Known{ID: pool.IDs[i], Stale: math.NaN(), Cost: pool.cost(i)}
					if !pool.neverScored(i) {
						known.Stale = pool.Stale[i]
					}
					if !yield(known, nil) {
						return
					}
				}
			}
		},
	}, cut
}

// Over shards UPS keeps what it keeps of the same pool in memory.
func TestShardsEqualMemory(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for trial := range 60 {
		n := 1 + r.IntN(3000)
		pool := Pool{Key: keyed.Key{Seed: r.Uint64(), Round: r.IntN(9)}, Query: r.IntN(6), Budget: r.IntN(n + 1)}
		if trial%3 > 0 {
			pool.Stale = make([]float64, n)
		}
		if trial%4 == 0 {
			pool.Costs = make([]int, n)
		}
		for i := range n {
			pool.IDs = append(pool.IDs, fmt.Sprint("doc-", trial, "-", i))
			if pool.Stale != nil {
				pool.Stale[i] = r.Float64()
				if trial%2 == 0 {
					pool.Stale[i] = float64(r.IntN(5)) // ties
				}
				if r.IntN(50) == 0 {
					pool.Stale[i] = math.NaN()
				}
			}
			if pool.Costs != nil {
				pool.Costs[i] = r.IntN(30)
			}
		}
		u := UPS{Gamma: []float64{0.1, 0.04, 0, 0.5}[r.IntN(4)], T: []float64{0.01, 0, 0.3}[r.IntN(3)], FullQueries: []int{0, 4}}
		want, err := u.Sample(t.Context(), pool, func(_ context.Context, positions []int) ([]float64, error) {
			return make([]float64, len(positions)), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		shards := 1 + r.IntN(40)
		if trial%10 == 9 {
			shards = 2*mergedAtOnce + 30
		}
		over, cut := sharded(t, pool, shards, r)
		var got []int
		c, err := u.Keep(t.Context(), over, func(shard int, id string) error {
			i := slices.Index(pool.IDs, id)
			if got = append(got, i); !slices.Contains(cut[shard], i) {
				t.Errorf("%s isn't in shard %d", id, shard)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		if !slices.Equal(got, want.Positions) || c != (Choice{n, len(want.Positions), want.ToppedUp}) {
			t.Fatalf("trial %d, %+v: %d of %d kept in %d shards (%+v), %d in memory, topped up %d", trial, u, len(got), n, shards, c,
				len(want.Positions), want.ToppedUp)
		}
		if left, _ := os.ReadDir(over.Dir); len(left) > 0 {
			t.Errorf("it left %v", left)
		}
	}
}

func TestKeepsMistakesAreSentences(t *testing.T) {
	known := func(all ...Known) ShardedPool {
		return ShardedPool{Shards: 2, Dir: t.TempDir(), Known: func(context.Context, int) iter.Seq2[Known, error] {
			return func(yield func(Known, error) bool) {
				for _, k := range all {
					if !yield(k, nil) {
						return
					}
				}
			}
		}}
	}
	broken := ShardedPool{Shards: 1, Dir: t.TempDir(), Known: func(context.Context, int) iter.Seq2[Known, error] {
		return func(yield func(Known, error) bool) { yield(Known{}, errors.New("the shard can't be read")) }
	}}
	for want, test := range map[string]struct {
		u    UPS
		pool ShardedPool
	}{
		`of shard 0 and one of shard 1 have the ID "a"`: {DefaultUPS(), known(Known{ID: "a", Stale: 1})},
		"document a has the stale score -Inf":           {DefaultUPS(), known(Known{ID: "a", Stale: math.Inf(-1)})},
		"document a costs -1":                           {DefaultUPS(), known(Known{ID: "a", Cost: -1})},
		"the shard can't be read":                       {DefaultUPS(), broken},
		"gamma is 2":                                    {UPS{Gamma: 2}, broken},
	} {
		if _, err := test.u.Keep(t.Context(), test.pool, func(int, string) error { return nil }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := broken.Distinct(t.Context()); err == nil || !strings.Contains(err.Error(), "the shard can't be read") {
		t.Error(err)
	}
	full := errors.New("the disk is full")
	one := known(Known{ID: "a"})
	one.Shards = 1
	if _, err := DefaultUPS().Keep(t.Context(), one, func(int, string) error { return full }); !errors.Is(err, full) {
		t.Error(err)
	}
}

// An ID that comes up twice is found whatever the scores are, and in whichever shards.
func TestDistinct(t *testing.T) {
	for _, c := range []struct {
		shards [][]string
		want   *RepeatedError
	}{
		{[][]string{{"a", "b"}, {}, {"c"}}, nil},
		{[][]string{{"a", "b"}, {"c", "d"}, {"e", "b"}}, &RepeatedError{"b", [2]int{0, 2}}},
		{[][]string{{"x"}, {"a", "b", "a"}}, &RepeatedError{"a", [2]int{1, 1}}},
		{nil, nil},
	} {
		score := 0.0
		pool := ShardedPool{Shards: len(c.shards), Dir: t.TempDir(), Known: func(_ context.Context, shard int) iter.Seq2[Known, error] {
			return func(yield func(Known, error) bool) {
				for _, id := range c.shards[shard] {
					if score++; !yield(Known{ID: id, Stale: score}, nil) {
						return
					}
				}
			}
		}}
		err := pool.Distinct(t.Context())
		var got *RepeatedError
		if errors.As(err, &got); err != nil && got == nil || (got == nil) != (c.want == nil) || got != nil && (got.ID != c.want.ID ||
			min(got.Shards[0], got.Shards[1]) != c.want.Shards[0] || max(got.Shards[0], got.Shards[1]) != c.want.Shards[1]) {
			t.Errorf("%v: %v, want %v", c.shards, err, c.want)
		}
		if left, _ := os.ReadDir(pool.Dir); len(left) > 0 {
			t.Errorf("it left %v", left)
		}
	}
}
