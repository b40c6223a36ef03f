package alnb

import (
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/store"
)

// Samplings returns what the queries scored: for each arm that scores documents a row a query, and one for all of its
// queries together (Query −1), over the seeds that have finished them.
func (r *Results) Samplings() []eval.Sampling {
	var rows []eval.Sampling
	queries := r.config.Experiment.Rounds
	for a, arm := range r.arms() {
		r.each(a, func(round int, finished []*store.Round) {
			if finished = sampled(finished); len(finished) > 0 {
				rows = append(rows, samplingOf(arm.Name, round, finished))
			}
		})
		var complete [][]*store.Round
		for _, rounds := range r.complete(a, queries) {
			if rounds = sampled(rounds); len(rounds) == queries {
				complete = append(complete, rounds)
			}
		}
		if len(complete) > 0 {
			rows = append(rows, samplingOfAll(arm.Name, complete))
		}
	}
	return rows
}

// sampled are the rounds whose query scored documents.
func sampled(rounds []*store.Round) []*store.Round {
	var those []*store.Round
	for _, d := range rounds {
		if d.Query != nil && d.Query.Sample != nil {
			those = append(those, d)
		}
	}
	return those
}

func samplingOf(arm string, query int, finished []*store.Round) eval.Sampling {
	s := eval.Sampling{
		Arm: arm, Query: query, Full: true,
		Share:    eval.Over(finished, func(d *store.Round) float64 { return d.Query.Sample.Share() }),
		ToppedUp: eval.Over(finished, func(d *store.Round) float64 { return float64(d.Query.Sample.ToppedUp) }),
		Kept:     meanKept(finished),
		Seconds:  eval.Over(finished, func(d *store.Round) float64 { return d.Timings.Model }),
		Saved:    eval.Over(finished, func(d *store.Round) float64 { return d.Timings.Saved }),
	}
	contained := true
	for _, d := range finished {
		s.Full = s.Full && d.Query.Sample.Full
		contained = contained && d.Query.Sample.Contained != nil
		if d.Timings.Late {
			s.Late++
		}
	}
	for i := range Tops() {
		if contained {
			s.Contained = append(s.Contained, eval.Over(finished, func(d *store.Round) float64 { return d.Query.Sample.Contained[i] }))
		}
	}
	return s
}

// samplingOfAll adds up each seed's queries; the kept share is the mean over those that know it.
func samplingOfAll(arm string, seeds [][]*store.Round) eval.Sampling {
	s := eval.Sampling{Arm: arm, Query: -1, Full: true}
	sums, kept := make([]store.Sample, len(seeds)), []float64{}
	seconds, saved := make([]float64, len(seeds)), make([]float64, len(seeds))
	for i, rounds := range seeds {
		for _, d := range rounds {
			sums[i].Pool += d.Query.Sample.Pool
			sums[i].Scored += d.Query.Sample.Scored
			sums[i].ToppedUp += d.Query.Sample.ToppedUp
			seconds[i] += d.Timings.Model
			saved[i] += d.Timings.Saved
			s.Full = s.Full && d.Query.Sample.Full
			if d.Timings.Late {
				s.Late++
			}
		}
		if k := meanKept(rounds); k.N > 0 {
			kept = append(kept, k.Mean)
		}
	}
	itself := func(x float64) float64 { return x }
	s.Share = eval.Over(sums, store.Sample.Share)
	s.ToppedUp = eval.Over(sums, func(s store.Sample) float64 { return float64(s.ToppedUp) })
	s.Kept, s.Seconds, s.Saved = eval.Over(kept, itself), eval.Over(seconds, itself), eval.Over(saved, itself)
	return s
}

// meanKept is over the queries that know it.
func meanKept(queries []*store.Round) eval.MeanStd {
	var known []float64
	for _, d := range queries {
		if kept := d.Query.Sample.Kept; kept != nil {
			known = append(known, *kept)
		}
	}
	return eval.Over(known, func(x float64) float64 { return x })
}
