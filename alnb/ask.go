package alnb

import (
	"context"
	"time"

	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/alnb/subsample"
)

// query asks the strategy which documents to label next.
func (r *runner) query(ctx context.Context, a int, t *trainee, seed uint64, round int, labeled []int, finished *store.Round) error {
	stale, err := r.staleBefore(a, seed, round)
	if err != nil {
		return err
	}
	q := r.newAsking(r.Arms[a], t, seed, round, labeled, stale)
	r.at(PhaseScore, 0, len(q.pool))
	began := time.Now()
	chosen, sample, err := q.choose(ctx)
	if err != nil {
		return err
	}
	took := time.Since(began).Seconds()
	finished.Query = &store.Query{IDs: r.ids(at(q.pool, chosen))}
	if sample == nil {
		if _, scores := q.arm.Strategy.(query.Scorer); !scores {
			finished.Timings.Score = took
		}
		return nil
	}
	var report subsample.Report
	report.Add(len(q.pool), *sample)
	finished.Timings.Score, finished.Timings.Model, finished.Timings.Saved = took, sample.Seconds, report.Saved
	finished.Timings.Scored, finished.Timings.Late = len(sample.Positions), sample.Late
	for i, position := range sample.Positions {
		finished.Scores = append(finished.Scores, store.Score{ID: q.state.IDs[position], Score: sample.Scores[i]})
	}
	finished.Query.Sample = &store.Sample{
		Pool: len(q.pool), Scored: len(sample.Positions), Full: sample.Full, ToppedUp: sample.ToppedUp,
	}
	if finished.Query.Sample.Kept, err = q.kept(ctx, chosen, *sample); err != nil {
		return err
	}
	if sample.Full && round > 0 && stale.allOf(round-1, q.pool) {
		finished.Query.Sample.Contained = subsample.Containment(chosen, q.state.Stale, Tops())
	}
	return nil
}

// newAsking describes one query. stale is what the arm knew before it.
func (r *runner) newAsking(arm Arm, t *trainee, seed uint64, round int, labeled []int, stale *stale) *asking {
	key := keyed.Key{Seed: seed, Purpose: "query", Round: round}
	q := &asking{arm: arm, uncertainty: r.task.uncertainty(), pool: r.pool(labeled)}
	q.request = query.Request{
		Docs: at(r.docs, q.pool), Labeled: r.task.labeled(labeled), Model: t.Asked(), Budget: r.batch, Key: key,
		Progress: func(done int) { r.at(PhaseScore, min(q.read+done, len(q.pool)), len(q.pool)) },
	}
	q.state = subsample.Pool{
		IDs: r.ids(q.pool), Budget: r.batch.Docs, Query: round, Key: key, Tokens: make([]int, len(q.pool)),
	}
	if stale.any(q.pool) {
		q.state.Stale = at(stale.scores, q.pool)
	}
	for i, doc := range q.request.Docs {
		q.state.Tokens[i] = max(len(doc.Text), len(doc.Words)) // bytes are as good as tokens to compare documents with
	}
	if r.batch.Words > 0 {
		q.state.Budget, q.state.Costs = r.batch.Words, q.state.Tokens
	}
	_, scores := arm.Strategy.(query.Scorer)
	q.scoreless = !scores
	return q
}

// pool is the training split without the labeled documents.
func (r *runner) pool(labeled []int) []int {
	taken := make([]bool, len(r.docs))
	for _, position := range labeled {
		taken[position] = true
	}
	pool := make([]int, 0, len(r.docs)-len(labeled))
	for position := range r.docs {
		if !taken[position] {
			pool = append(pool, position)
		}
	}
	return pool
}
