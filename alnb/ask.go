package alnb

import (
	"context"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
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
	q := newAsking(r.task, r.docs, arm, r.pool(labeled), stale)
	q.request.Labeled, q.request.Model, q.request.Budget, q.request.Key = r.task.labeled(labeled), t.Asked(), r.batch, key
	q.request.Progress = func(done int) { r.at(PhaseScore, min(q.read+done, len(q.pool)), len(q.pool)) }
	q.state.Query, q.state.Key = round, key
	q.spendsUp(r.batch)
	return q
}

// newAsking describes a query about the documents of a pool, which are positions in docs. What it is asked with, the model and
// the budget, is to be set.
func newAsking(task task, docs []corpus.Document, arm Arm, pool []int, stale *stale) *asking {
	q := &asking{arm: arm, uncertainty: task.uncertainty(), pool: pool, request: query.Request{Docs: at(docs, pool)}}
	q.state = subsample.Pool{IDs: make([]string, len(pool)), Tokens: make([]int, len(pool))}
	for i, doc := range q.request.Docs {
		q.state.IDs[i] = doc.ID
		q.state.Tokens[i] = max(len(doc.Text), len(doc.Words)) // bytes are as good as tokens to compare documents with
	}
	if stale.any(pool) {
		q.state.Stale = at(stale.scores, pool)
	}
	_, scores := arm.Strategy.(query.Scorer)
	q.scoreless = !scores
	return q
}

// spendsUp sets what the sampler must leave enough for.
func (q *asking) spendsUp(budget query.Budget) {
	q.state.Budget = budget.Docs
	if budget.Words > 0 {
		q.state.Budget, q.state.Costs = budget.Words, q.state.Tokens
	}
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
