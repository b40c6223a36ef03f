package alnb

import (
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/store"
)

// Timings returns the timing table: for each arm a row a round, and one for the sum over all rounds (Round −1), which
// counts only seeds that have finished as many rounds as the first.
func (r *Results) Timings() []eval.Timing {
	var rows []eval.Timing
	for a, arm := range r.arms() {
		r.each(a, func(round int, finished []*store.Round) {
			rows = append(rows, timing(arm.Name, round, finished))
		})
		if first := len(r.of(a, r.config.Experiment.Seeds[0])); first > 0 {
			rows = append(rows, timing(arm.Name, -1, sums(r.complete(a, first))))
		}
	}
	return rows
}

// Iterations are those of which the paper's Tables 1 and 7 give the times.
func Iterations() []int { return []int{2, 6, 10, 15} }

// IterationTimings returns the rows of the paper's Tables 1 and 7: for each arm the times of these iterations, where
// reached, and of all together (Round −1), over the seeds that have finished all queries.
//
// An iteration is what a person waits for, the training of the acquisition model and the query: iteration k trains and
// makes query k−1. So the last round, which makes no query, is in none.
func (r *Results) IterationTimings(iterations ...int) []eval.Timing {
	var rows []eval.Timing
	for a, arm := range r.arms() {
		r.each(a, func(round int, finished []*store.Round) {
			for _, iteration := range iterations {
				if iteration == round+1 && finished[0].Query != nil {
					rows = append(rows, timing(arm.Name, iteration, finished))
				}
			}
		})
		if complete := r.complete(a, r.config.Experiment.Rounds); len(complete) > 0 && !arm.All {
			rows = append(rows, timing(arm.Name, -1, sums(complete)))
		}
	}
	return rows
}

// sums adds up each seed's rounds.
func sums(seeds [][]*store.Round) []*store.Round {
	all := make([]*store.Round, len(seeds))
	for i, rounds := range seeds {
		all[i] = &store.Round{}
		for _, d := range rounds {
			all[i].Timings.Train += d.Timings.Train
			all[i].Timings.Score += d.Timings.Score
			all[i].Timings.Scored += d.Timings.Scored
			all[i].Timings.Steps += trainingSteps(d)
		}
	}
	return all
}

func timing(arm string, round int, finished []*store.Round) eval.Timing {
	return eval.Timing{
		Arm: arm, Round: round,
		Train:  eval.Over(finished, func(d *store.Round) float64 { return d.Timings.Train }),
		Score:  eval.Over(finished, func(d *store.Round) float64 { return d.Timings.Score }),
		Both:   eval.Over(finished, func(d *store.Round) float64 { return d.Timings.Train + d.Timings.Score }),
		Steps:  eval.Over(finished, func(d *store.Round) float64 { return float64(trainingSteps(d)) }).Mean,
		Scored: eval.Over(finished, func(d *store.Round) float64 { return float64(d.Timings.Scored) }).Mean,
	}
}

// trainingSteps are those of the acquisition model; metrics are a successor's where there is one.
func trainingSteps(d *store.Round) int {
	if d.Metrics == nil || len(d.Timings.Stages) > 0 {
		return d.Timings.Steps
	}
	return d.Metrics.Steps
}
