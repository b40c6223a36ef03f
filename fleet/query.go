package fleet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"

	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/spec"
	"github.com/alnb/alnb/alnb/subsample"
	"github.com/alnb/alnb/fleet/bucket"
	"github.com/alnb/alnb/fleet/queue"
)

// A Query asks which documents of a pool in shards are worth a label.
type Query struct {
	Pool      string
	Model     string // ID, see PublishModel
	MaxTokens int
	Strategy  query.Strategy
	Seed      uint64
	Number    int    // of the query, 0 for the first
	Since     string // ID of the query before; "" for the first

	// UPS decides which documents are scored, by the scores they have; nil: all. Where no query was before, all are.
	UPS *subsample.UPS
	// Top is how many documents are wanted. At least so many are scored.
	Top int
	// Labeled are the IDs of documents that have their label, and are no part of the pool any more.
	Labeled map[string]bool
}

// Prepare publishes the query as a sweep, with the IDs that are to be scored where it subsamples. dir is a folder for what is sorted.
func (q Query) Prepare(ctx context.Context, b *bucket.Bucket, dir string) (id string, c subsample.Choice, err error) {
	strategy, err := spec.Encode(q.Strategy)
	if err != nil {
		return "", c, err
	}
	s := Sweep{Pool: q.Pool, Model: q.Model, MaxTokens: q.MaxTokens, Strategy: &strategy, Seed: q.Seed, Query: q.Number, Since: q.Since}
	if s.Shards, err = Shards(ctx, q.Pool); err != nil {
		return "", c, err
	}
	if q.UPS == nil || q.Since == "" || slices.Contains(q.UPS.FullQueries, q.Number) {
		id, err = s.id(ctx, b)
		return id, c, err
	}
	before, err := readSweep(ctx, b, q.Since)
	if err != nil {
		return "", c, err
	}
	if before.Pool != s.Pool || !slices.Equal(before.Shards, s.Shards) {
		return "", c, fmt.Errorf("fleet: the query %s was of another pool, or its shards are others now: it had %d in %s, and there are %d in %s", q.Since,
			len(before.Shards), before.Pool, len(s.Shards), s.Pool)
	}
	s.Sampled, s.Excluded = true, sumOfIDs(q.Labeled)
	tmp, err := os.MkdirTemp(dir, "keep-*")
	if err != nil {
		return "", c, fmt.Errorf("fleet: %w", err)
	}
	defer os.RemoveAll(tmp)
	lists := newKeepLists(tmp, len(s.Shards))
	key := s.key()
	key.Purpose = ""
	c, err = q.UPS.Keep(ctx, subsample.ShardedPool{
		Shards: len(s.Shards), Budget: q.Top, Query: q.Number, Key: key, Dir: tmp,
		Known: func(ctx context.Context, shard int) iter.Seq2[subsample.Known, error] {
			return func(yield func(subsample.Known, error) bool) {
				for row, err := range readScores(ctx, b, sweepName(q.Since, "shards", shardName(shard, s.Shards[shard])), tmp) {
					if err == nil && q.Labeled[row.ID] {
						continue
					}
					if !yield(subsample.Known{ID: row.ID, Stale: row.Score, Cost: 1}, err) || err != nil {
						return
					}
				}
			}
		},
	}, lists.add)
	if err != nil {
		return "", c, err
	}
	if id, err = s.id(ctx, b); err != nil {
		return "", c, err
	}
	return id, c, lists.publish(ctx, b, id, s)
}

func sumOfIDs(ids map[string]bool) string {
	sum := sha256.New()
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		fmt.Fprintf(sum, "%q\n", id)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// SubmitSweep puts a sweep's shards into the queue.
func SubmitSweep(ctx context.Context, q *queue.Queue, b *bucket.Bucket, id string) (Submission, error) {
	s, err := readSweep(ctx, b, id)
	if err != nil {
		return Submission{}, err
	}
	units := s.units(id)
	added, err := q.Submit(ctx, units)
	return Submission{ID: id, Units: len(units), Added: added}, err
}

// RunSweep does all shards of a sweep in this process, one after the other, but for those that are done.
func (w *Worker) RunSweep(ctx context.Context, id string) error {
	s, err := readSweep(ctx, w.Bucket, id)
	if err != nil {
		return err
	}
	for _, unit := range s.units(id) {
		if err := w.Do(ctx, unit); err != nil {
			return err
		}
	}
	return nil
}

// Chosen returns the documents that a query proposes, the first choice first, when all its shards are done: those, of all that it
// scored and that have no label, with the highest scores.
func Chosen(ctx context.Context, b *bucket.Bucket, id string, n int, labeled map[string]bool, dir string) ([]query.Scored, error) {
	s, err := readSweep(ctx, b, id)
	if err != nil {
		return nil, err
	}
	if s.Strategy == nil {
		return nil, fmt.Errorf("fleet: %s isn't a query: it predicts", id)
	}
	top := query.NewTop(n, s.key())
	for i, shard := range s.Shards {
		for row, err := range readScores(ctx, b, sweepName(id, "shards", shardName(i, shard)), dir) {
			if err == nil && (row.Query != int64(s.Query) || labeled[row.ID]) {
				continue
			}
			if err == nil {
				err = top.Add(row.ID, row.Score)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	ranked := top.Ranked()
	seen := make(map[string]bool, len(ranked))
	for _, one := range ranked {
		if seen[one.ID] {
			return nil, fmt.Errorf("fleet: two documents in the shards have the ID %q; IDs must differ in all shards: give the documents an id", one.ID)
		}
		seen[one.ID] = true
	}
	return ranked, nil
}
