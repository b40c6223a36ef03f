package alnb

import (
	"math"

	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/store"
)

// Curves returns a learning curve for each arm, in declared order.
func (r *Results) Curves() []eval.Curve {
	curves := make([]eval.Curve, 0, len(r.shown))
	for a, arm := range r.arms() {
		curve := eval.Curve{Arm: arm.Name, Metric: r.Metric(), All: arm.All}
		r.each(a, func(round int, finished []*store.Round) {
			if finished = evaluated(finished); len(finished) == 0 {
				return
			}
			value := eval.Over(finished, func(d *store.Round) float64 { return d.Metrics.Value })
			curve.Points = append(curve.Points, eval.Point{
				Round: round, Seeds: len(finished), Mean: value.Mean, Std: value.Std,
				Labeled: meanCount(finished, func(d *store.Round) int { return len(d.Labeled.IDs) }),
				Words:   meanCount(finished, func(d *store.Round) int { return d.Labeled.Words }),
			})
		})
		curve.Area = eval.Over(r.evaluatedSeeds(a), area)
		curves = append(curves, curve)
	}
	return curves
}

// evaluated are the rounds that have metrics.
func evaluated(rounds []*store.Round) []*store.Round {
	var those []*store.Round
	for _, d := range rounds {
		if d.Metrics != nil {
			those = append(those, d)
		}
	}
	return those
}

// evaluatedSeeds returns the evaluated rounds of each seed of an arm that has finished all rounds, and evaluated a model in
// each where it is to: not where pseudo-labels were refused.
func (r *Results) evaluatedSeeds(arm int) [][]*store.Round {
	expected, of := 0, r.config.Experiment.Arms[arm]
	last := r.config.Experiment.last(of)
	for round := range last + 1 {
		if of.evaluates(round) {
			expected++
		}
	}
	var seeds [][]*store.Round
	for _, rounds := range r.complete(arm, last+1) {
		if rounds = evaluated(rounds); len(rounds) == expected {
			seeds = append(seeds, rounds)
		}
	}
	return seeds
}

func meanCount(finished []*store.Round, count func(*store.Round) int) int {
	return int(math.Round(eval.Over(finished, func(d *store.Round) float64 { return float64(count(d)) }).Mean))
}

// area is that under one seed's curve, over the labeled words for tagging, else the labeled documents.
func area(rounds []*store.Round) float64 {
	var x, y []float64
	for _, d := range rounds {
		labeled := len(d.Labeled.IDs)
		if d.Labeled.Words > 0 {
			labeled = d.Labeled.Words
		}
		x, y = append(x, float64(labeled)), append(y, d.Metrics.Value)
	}
	return eval.AreaUnderCurve(x, y)
}
