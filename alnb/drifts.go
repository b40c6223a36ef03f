package alnb

import (
	"math"

	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/store"
)

// Drifts returns how far the pool's ranking by uncertainty moves from one query of an arm to the next, where both scored
// the whole pool. Documents that were labeled in between are in neither ranking.
func (r *Results) Drifts(arm string) ([]eval.Drift, error) {
	a, err := r.arm(arm)
	if err != nil {
		return nil, err
	}
	var drifts []eval.Drift
	for query := 1; query < r.config.Experiment.Rounds; query++ {
		d := eval.Drift{Arm: arm, Query: query}
		var correlations []float64
		for _, seed := range r.config.Experiment.Seeds {
			if !scoredAll(r.rounds[roundKey{a, seed, query - 1}]) || !scoredAll(r.rounds[roundKey{a, seed, query}]) {
				continue
			}
			before, after, err := r.twice(arm, seed, query)
			if err != nil {
				return nil, err
			}
			moves, correlation := eval.RankMoves(before, after)
			d.Moves, d.Documents = append(d.Moves, moves...), d.Documents+len(moves)
			if !math.IsNaN(correlation) {
				correlations = append(correlations, correlation)
			}
		}
		if d.Documents > 0 {
			d.Correlation = eval.Over(correlations, func(x float64) float64 { return x })
			drifts = append(drifts, d)
		}
	}
	return drifts, nil
}

func scoredAll(d *store.Round) bool {
	return d != nil && d.Query != nil && d.Query.Sample != nil && d.Query.Sample.Full
}

// twice returns the scores that the documents of a query's pool had in the query before, and in this one.
func (r *Results) twice(arm string, seed uint64, query int) (before, after []float64, err error) {
	previous, err := r.Scores(arm, seed, query-1)
	if err != nil {
		return nil, nil, err
	}
	scores, err := r.Scores(arm, seed, query)
	if err != nil {
		return nil, nil, err
	}
	old := make(map[string]float64, len(previous))
	for _, s := range previous {
		old[s.ID] = s.Score
	}
	for _, s := range scores {
		before, after = append(before, old[s.ID]), append(after, s.Score)
	}
	return before, after, nil
}
