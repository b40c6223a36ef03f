package alnb

import (
	"context"
	"fmt"
	"time"

	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/subsample"
)

// An asking is one query under way. Positions are those in its pool.
type asking struct {
	arm         Arm
	pool        []int         // the unlabeled documents, as positions in the training split
	request     query.Request // about the whole pool
	state       subsample.Pool
	uncertainty query.Scorer // scores for the sampler where the strategy doesn't
	scoreless   bool         // the strategy doesn't
	scorer      query.Scorer // the strategy, prepared; nil before the first document is scored
	read        int          // documents scored before those that are being read
}

// choose returns what the strategy chooses and what was scored for it; nil where nothing was.
func (q *asking) choose(ctx context.Context) ([]int, *subsample.Sample, error) {
	if q.arm.Subsample == nil {
		began := time.Now()
		proposal, err := query.Propose(ctx, q.arm.Strategy, q.request)
		if err != nil || proposal.Scores == nil {
			return proposal.Positions, nil, err
		}
		return proposal.Positions, whole(proposal.Scores, time.Since(began)), nil
	}
	sample, err := q.arm.Subsample.Sample(ctx, q.state, q.score)
	if err != nil {
		return nil, nil, err
	}
	chosen, err := q.among(ctx, sample.Positions, sample.Scores)
	if err == nil && !q.spent(chosen) {
		err = fmt.Errorf("the sampler %s had %d documents scored, which can't spend the query's budget", q.arm.Subsample.Name(), len(sample.Positions))
	}
	return chosen, &sample, err
}

// spent tells whether the documents spend the budget.
func (q *asking) spent(chosen []int) bool {
	words := 0
	for _, position := range chosen {
		words += len(q.request.Docs[position].Words)
	}
	return len(chosen) >= q.request.Budget.Docs && words >= q.request.Budget.Words
}

// whole is a full sample.
func whole(scores []float64, took time.Duration) *subsample.Sample {
	s := &subsample.Sample{Positions: make([]int, len(scores)), Scores: scores, Full: true, Seconds: took.Seconds()}
	for i := range scores {
		s.Positions[i] = i
	}
	return s
}

// score is the ScoreFunc that samplers get: the strategy's own score, or where it has none the uncertainty.
func (q *asking) score(ctx context.Context, positions []int) (scores []float64, err error) {
	request := q.request
	request.Docs = at(request.Docs, positions)
	if !q.scoreless {
		if scores, err = q.strategyScores(ctx, request); err != nil {
			return nil, err
		}
		q.scoreless = scores == nil
	}
	if q.scoreless {
		if scores, err = q.uncertainty.Score(ctx, request); err != nil {
			return nil, err
		}
	}
	q.read += len(positions)
	return scores, nil
}

// strategyScores prepares a strategy once a query, whose documents may come part by part.
func (q *asking) strategyScores(ctx context.Context, request query.Request) ([]float64, error) {
	if q.scorer == nil {
		q.scorer = q.arm.Strategy.(query.Scorer)
		if p, ok := q.scorer.(query.Preparer); ok {
			prepared, err := p.Prepare(ctx, request)
			if err != nil {
				return nil, err
			}
			q.scorer = prepared
		}
	}
	return q.scorer.Score(ctx, request)
}

// among has the strategy choose among documents that were scored.
func (q *asking) among(ctx context.Context, positions []int, scores []float64) ([]int, error) {
	strategy := q.arm.Strategy
	if !q.scoreless {
		strategy = scored{strategy, scores}
	}
	request := q.request
	request.Docs = at(request.Docs, positions)
	proposal, err := query.Propose(ctx, strategy, request)
	return at(positions, proposal.Positions), err
}

// scored is a strategy whose scores are known.
type scored struct {
	query.Strategy
	scores []float64
}

// Score implements query.Scorer.
func (s scored) Score(context.Context, query.Request) ([]float64, error) { return s.scores, nil }
