package subsample

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"testing"

	"github.com/alnb/alnb/alnb/keyed"
)

// BenchmarkMillion is what choosing costs in a pool of a million documents, where no two scores tie and where all do.
func BenchmarkMillion(b *testing.B) {
	distinct := poolOf(1_000_000)
	tied := distinct
	tied.Stale = make([]float64, len(distinct.IDs))
	for name, pool := range map[string]Pool{"distinct": distinct, "tied": tied} {
		for _, sampler := range []Sampler{UPS{Gamma: 0.1, T: 0.01}, TopGamma{Gamma: 0.1}, RandomSubset{Share: 0.11}, Deadline{Seconds: 60}} {
			b.Run(sampler.Name()+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					sample(b, sampler, pool)
				}
			})
		}
	}
}

// madeUp is a pool of made-up scores.
func madeUp(dir string, shards, each int, seen func()) ShardedPool {
	return ShardedPool{Shards: shards, Budget: 1000, Query: 2, Key: keyed.Key{Seed: 1, Round: 2}, Dir: dir,
		Known: func(_ context.Context, shard int) iter.Seq2[Known, error] {
			return func(yield func(Known, error) bool) {
				for i := range each {
					seen()
					id := fmt.Sprintf("document-%d-%d", shard, i)
					if !yield(Known{ID: id, Stale: keyed.Key{ID: id}.Float64(), Cost: 1}, nil) {
						return
					}
				}
			}
		},
	}
}

// BenchmarkKeep decides over a million documents in 40 shards; heap-MB is the most that it has at once.
func BenchmarkKeep(b *testing.B) {
	const shards, each = 40, 25_000
	pool := madeUp(b.TempDir(), shards, each, func() {})
	most := uint64(0)
	for b.Loop() {
		kept := 0
		if _, err := DefaultUPS().Keep(b.Context(), pool, func(int, string) error {
			if kept++; kept%10_000 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(shards*each)*float64(b.N)/b.Elapsed().Seconds(), "documents/s")
	b.ReportMetric(float64(most)/1e6, "heap-MB")
}

// Memory grows neither with the documents of a pool in shards nor with those that are kept.
func TestKeepTakesTheSameMemory(t *testing.T) {
	most := func(shards int) (live uint64) {
		n := 0
		look := func() {
			if n++; n%20_000 == 0 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				live = max(live, m.HeapAlloc)
			}
		}
		if _, err := DefaultUPS().Keep(t.Context(), madeUp(t.TempDir(), shards, 20_000, look), func(int, string) error { look(); return nil }); err != nil {
			t.Fatal(err)
		}
		return live
	}
	few, many := most(2), most(40)
	t.Logf("%.1f MB with 40,000 documents, %.1f MB with 800,000", float64(few)/1e6, float64(many)/1e6)
	if many > few+8<<20 { // 800,000 IDs alone are 20 MB
		t.Errorf("%d bytes with 40,000 documents, %d with 800,000", few, many)
	}
}
