package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path"
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
	if q.Since != "" {
		before, err := readSweep(ctx, b, q.Since)
		if err == nil {
			err = s.follows(before)
		}
		if err != nil {
			return "", c, err
		}
	}
	if q.UPS == nil || q.Since == "" || slices.Contains(q.UPS.FullQueries, q.Number) {
		id, err = s.id(ctx, b)
		return id, c, err
	}
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
				for row, err := range readScores(ctx, b, sweepName(q.Since, "shards", s.part(shard)), tmp) {
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
	if s.Keep, err = lists.finish(); err != nil {
		return "", c, err
	}
	if id, err = s.id(ctx, b); err != nil {
		return "", c, err
	}
	return id, c, lists.publish(ctx, b, id, s)
}

// follows finds why the scores of the query before can't be those of this one's documents.
func (s Sweep) follows(before Sweep) error {
	sameName := func(a, b Shard) bool { return a.Name == b.Name }
	theirs, err1 := json.Marshal(before.Strategy)
	ours, err2 := json.Marshal(s.Strategy)
	switch {
	case err1 != nil || err2 != nil:
		return errors.Join(err1, err2)
	case before.Strategy == nil:
		return fmt.Errorf("fleet: %s isn't a query: it predicts", s.Since)
	case before.Pool != s.Pool || !slices.EqualFunc(before.Shards, s.Shards, sameName):
		return fmt.Errorf("fleet: the query %s was of another pool, or its shards are others now: it had %d in %s, and there are %d in %s", s.Since,
			len(before.Shards), bucket.Plain(before.Pool), len(s.Shards), bucket.Plain(s.Pool))
	case !bytes.Equal(theirs, ours):
		return fmt.Errorf("fleet: the query %s scored by %s, whose scores can't be compared with those of %s", s.Since, before.Strategy.Name, s.Strategy.Name)
	case before.Query >= s.Query:
		return fmt.Errorf("fleet: the query %s had the number %d, and this one has %d; a query has a higher one than those before it", s.Since,
			before.Query, s.Query)
	}
	return nil
}

// SubmitSweep puts a sweep's shards into the queue.
func SubmitSweep(ctx context.Context, q *queue.Queue, b *bucket.Bucket, id string) (Submission, error) {
	s, err := readSweep(ctx, b, id)
	if err != nil {
		return Submission{}, err
	}
	lane, err := Lane(ctx, b)
	if err != nil {
		return Submission{}, err
	}
	units := s.units(id, lane)
	err = forgetLost(ctx, q, id, lane, func() (func(part string) bool, error) { return s.lost(ctx, b, id) })
	if err != nil {
		return Submission{}, err
	}
	added, err := q.Submit(ctx, units)
	return Submission{ID: id, Lane: lane, Units: len(units), Added: added}, err
}

// lost tells which shards aren't in the bucket, or have no answers in their place.
func (s Sweep) lost(ctx context.Context, b *bucket.Bucket, id string) (func(part string) bool, error) {
	published := make(map[string]bool)
	for name, err := range b.Published(ctx, sweepName(id, "shards")) {
		if err != nil {
			return nil, err
		}
		published[path.Base(name)] = true
	}
	if s.Strategy != nil {
		return func(part string) bool { return !published[part] }, nil
	}
	unanswered, err := s.unanswered(ctx, b, id)
	return func(part string) bool { return !published[part] || unanswered[part] }, err
}

// RunSweep does all shards of a sweep in this process, one after the other, but for those that are done.
func (w *Worker) RunSweep(ctx context.Context, id string) error {
	s, err := readSweep(ctx, w.Bucket, id)
	if err != nil {
		return err
	}
	for _, unit := range s.units(id, "") {
		if err := w.shard(ctx, s, unit); err != nil {
			return err
		}
	}
	return nil
}

// A Proposed document is one that a query proposes.
type Proposed struct {
	query.Scored
	Given string // the ID, as JSON, as it stands in the shard
}

// Chosen returns the documents that a query proposes, the first choice first, when all its shards are done: those, of all that it
// scored and that have no label, with the highest scores. dir is a folder for what is sorted. Two documents with one ID, in whatever
// shards, are an error.
func Chosen(ctx context.Context, b *bucket.Bucket, id string, n int, labeled map[string]bool, dir string) ([]Proposed, error) {
	s, err := readSweep(ctx, b, id)
	if err != nil {
		return nil, err
	}
	if s.Strategy == nil {
		return nil, fmt.Errorf("fleet: %s isn't a query: it predicts", id)
	}
	top := query.NewTop(n, s.key())
	spelled := make(map[int]bool) // shards with IDs that aren't plain strings
	rows := func(ctx context.Context, shard int) iter.Seq2[scoreRow, error] {
		return readScores(ctx, b, sweepName(id, "shards", s.part(shard)), dir)
	}
	pool := subsample.ShardedPool{Shards: len(s.Shards), Dir: dir, Known: func(ctx context.Context, shard int) iter.Seq2[subsample.Known, error] {
		return func(yield func(subsample.Known, error) bool) {
			for row, err := range rows(ctx, shard) {
				if row.Given != "" {
					spelled[shard] = true
				}
				if err == nil && row.Query == int64(s.Query) && !labeled[row.ID] {
					err = top.Add(row.ID, row.Score)
				}
				if !yield(subsample.Known{ID: row.ID}, err) || err != nil {
					return
				}
			}
		}
	}}
	err = pool.Distinct(ctx)
	if repeated := (*subsample.RepeatedError)(nil); errors.As(err, &repeated) {
		err = fmt.Errorf("fleet: a document of the shard %s and one of %s have the ID %q; IDs must differ over all shards: give the documents such "+
			"(one without an id has that of its text)", s.Shards[repeated.Shards[0]].Name, s.Shards[repeated.Shards[1]].Name, repeated.ID)
	}
	if err != nil {
		return nil, err
	}
	var proposed []Proposed
	rank := make(map[string]int)
	for i, one := range top.Ranked() {
		given, err := json.Marshal(one.ID)
		if err != nil {
			return nil, err
		}
		proposed, rank[one.ID] = append(proposed, Proposed{one, string(given)}), i
	}
	for shard := range spelled {
		for row, err := range rows(ctx, shard) {
			if err != nil {
				return nil, err
			}
			if i, ok := rank[row.ID]; ok && row.Given != "" {
				proposed[i].Given = row.Given
			}
		}
	}
	return proposed, nil
}
