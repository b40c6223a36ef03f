package alnb

import (
	"fmt"

	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/store"
)

// PseudoLabels returns the pseudo-labels that a finished round made, of documents in the order of the training split; nil
// where it made none.
func (r *Results) PseudoLabels(arm string, seed uint64, round int) ([]store.PseudoLabel, error) {
	a, err := r.arm(arm)
	if err != nil {
		return nil, err
	}
	if r.rounds[roundKey{a, seed, round}] == nil {
		return nil, fmt.Errorf("alnb: arm %q, seed %d has no finished round %d in %s", arm, seed, round, r.dir)
	}
	return r.folder.ReadPseudoLabels(a, arm, seed, round)
}

// PseudoLabelings returns what came of the pseudo-labels: a row for each arm and round that made some.
func (r *Results) PseudoLabelings() []eval.PseudoLabeling {
	var rows []eval.PseudoLabeling
	for a, arm := range r.arms() {
		r.each(a, func(round int, finished []*store.Round) {
			var made []*store.PseudoLabeling
			for _, d := range finished {
				if d.PseudoLabeling != nil {
					made = append(made, d.PseudoLabeling)
				}
			}
			if len(made) > 0 {
				rows = append(rows, pseudoLabelingOf(arm.Name, round, made))
			}
		})
	}
	return rows
}

func pseudoLabelingOf(arm string, round int, made []*store.PseudoLabeling) eval.PseudoLabeling {
	row := eval.PseudoLabeling{Arm: arm, Round: round, Filter: made[0].Filter}
	var handed []*store.PseudoLabeling
	var qualities []float64
	var errors []*store.Errors
	for _, p := range made {
		if p.Quality != nil {
			qualities = append(qualities, p.Quality.Q)
		}
		if p.Refused != "" {
			row.Refused++
			continue
		}
		handed = append(handed, p)
		if p.Errors != nil {
			errors = append(errors, p.Errors)
		}
	}
	count := func(of func(*store.PseudoLabeling) int) eval.MeanStd {
		return eval.Over(handed, func(p *store.PseudoLabeling) float64 { return float64(of(p)) })
	}
	row.Q = eval.Over(qualities, func(q float64) float64 { return q })
	row.Labeled = count(func(p *store.PseudoLabeling) int { return p.Labeled })
	row.Dropped = count(func(p *store.PseudoLabeling) int { return p.Dropped })
	row.Kept = count(func(p *store.PseudoLabeling) int { return p.Kept })
	row.Wrong = eval.Over(errors, func(e *store.Errors) float64 { return float64(e.Wrong) })
	if len(errors) > 0 {
		for i, f := range errors[0].Filters { // the same of each seed: they follow from the filter
			known := func(of func(store.Found) *float64) eval.MeanStd {
				var values []float64
				for _, e := range errors {
					if i < len(e.Filters) && of(e.Filters[i]) != nil {
						values = append(values, *of(e.Filters[i]))
					}
				}
				return eval.Over(values, func(v float64) float64 { return v })
			}
			row.Found = append(row.Found, eval.Found{
				By:        f.By,
				Precision: known(func(f store.Found) *float64 { return f.Precision }),
				Recall:    known(func(f store.Found) *float64 { return f.Recall }),
				AUC:       known(func(f store.Found) *float64 { return f.AUC }),
			})
		}
	}
	return row
}

// Successions returns how long the successors took: a row for each arm and round that trained one.
func (r *Results) Successions() []eval.Succession {
	var rows []eval.Succession
	for a, arm := range r.arms() {
		r.each(a, func(round int, finished []*store.Round) {
			row := eval.Succession{Arm: arm.Name, Round: round}
			trained := evaluated(finished)
			if len(trained) == 0 || len(trained[0].Timings.Stages) == 0 {
				return
			}
			for _, stage := range trained[0].Timings.Stages {
				s := eval.Stage{Name: stage.Name, Seconds: eval.Over(trained, func(d *store.Round) float64 {
					return seconds(d,
						stage.Name)
				})}
				for _, d := range trained {
					for _, other := range d.Timings.Stages {
						if other.Name == stage.Name && other.Shared {
							s.Shared++
						}
					}
				}
				row.Stages = append(row.Stages, s)
			}
			row.All = eval.Over(trained, func(d *store.Round) float64 { return seconds(d, "") })
			rows = append(rows, row)
		})
	}
	return rows
}

// seconds are those of the stages of that name, or of all.
func seconds(d *store.Round, name string) float64 {
	sum := 0.0
	for _, s := range d.Timings.Stages {
		if name == "" || s.Name == name {
			sum += s.Seconds
		}
	}
	return sum
}
