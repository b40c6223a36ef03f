package alnb

import (
	"math"

	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/store"
)

// Curves returns a learning curve for each arm, in declared order.
func (r *Results) Curves() []eval.Curve {
	curves := make([]eval.Curve, 0, len(r.config.Experiment.Arms))
	for a, arm := range r.config.Experiment.Arms {
		curve := eval.Curve{Arm: arm.Name, Metric: r.Metric()}
		r.each(a, func(round int, finished []*store.Round) {
			value := eval.Over(finished, func(d *store.Round) float64 { return d.Metrics.Value })
			curve.Points = append(curve.Points, eval.Point{
				Round: round, Seeds: len(finished), Mean: value.Mean, Std: value.Std,
				Labeled: meanCount(finished, func(d *store.Round) int { return len(d.Labeled.IDs) }),
				Words:   meanCount(finished, func(d *store.Round) int { return d.Labeled.Words }),
			})
		})
		curve.Area = eval.Over(r.complete(a, r.config.Experiment.Rounds+1), area)
		curves = append(curves, curve)
	}
	return curves
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
