package alnb

import (
	"encoding/json"
	"fmt"

	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/store"
)

// Results is what a run has given so far.
type Results struct {
	dir     string
	config  configuration
	origins []string
	rounds  map[roundKey]*store.Round
}

type roundKey struct {
	arm   int
	seed  uint64
	round int
}

// OpenResults reads the results from a run's folder, also while the run goes on.
func OpenResults(dir string) (*Results, error) {
	folder, config, err := store.ReadExperiment(dir)
	if err != nil {
		return nil, err
	}
	r := &Results{dir: dir, rounds: make(map[roundKey]*store.Round)}
	if err := json.Unmarshal(config, &r.config); err != nil {
		return nil, fmt.Errorf("alnb: %s/config.json: %w", dir, err)
	}
	if r.origins, err = folder.Origins(); err != nil {
		return nil, err
	}
	for a, arm := range r.config.Experiment.Arms {
		for _, seed := range r.config.Experiment.Seeds {
			for round := range r.config.Experiment.Rounds + 1 {
				done, err := folder.ReadRound(a, arm.Name, seed, round)
				if err != nil {
					return nil, err
				}
				if done == nil {
					break
				}
				r.rounds[roundKey{a, seed, round}] = done
			}
		}
	}
	return r, nil
}

// Title names the data and its size.
func (r *Results) Title() string {
	return fmt.Sprintf("%s: pool of %d, test on %d", r.config.Data.Name, r.config.Data.Train, r.config.Data.Test)
}

// Sources are sentences that say which data, weights and backend were used.
func (r *Results) Sources() []string { return r.origins }

// Finished returns how many rounds are finished, of how many.
func (r *Results) Finished() (done, total int) {
	e := r.config.Experiment
	return len(r.rounds), len(e.Arms) * len(e.Seeds) * (e.Rounds + 1)
}

// A Labeling is the labeled set one arm trained on in one round.
type Labeling struct {
	Arm      string
	Seed     uint64
	Round    int
	IDs      []string
	Accuracy float64
}

// Labelings returns the labeled sets of all finished rounds, by arm, seed and round.
func (r *Results) Labelings() []Labeling {
	var out []Labeling
	for a, arm := range r.config.Experiment.Arms {
		for _, seed := range r.config.Experiment.Seeds {
			for round := range r.config.Experiment.Rounds + 1 {
				if done := r.rounds[roundKey{a, seed, round}]; done != nil {
					out = append(out, Labeling{arm.Name, seed, round, done.Labeled.IDs, done.Metrics.Accuracy})
				}
			}
		}
	}
	return out
}

// each calls f with the rounds that have finished for one arm, round by round: one for each seed.
func (r *Results) each(arm int, f func(round int, finished []*store.Round)) {
	for round := range r.config.Experiment.Rounds + 1 {
		var finished []*store.Round
		for _, seed := range r.config.Experiment.Seeds {
			if done := r.rounds[roundKey{arm, seed, round}]; done != nil {
				finished = append(finished, done)
			}
		}
		if len(finished) > 0 {
			f(round, finished)
		}
	}
}

// Curves returns a learning curve for each arm, in declared order.
func (r *Results) Curves() []eval.Curve {
	curves := make([]eval.Curve, 0, len(r.config.Experiment.Arms))
	for a, arm := range r.config.Experiment.Arms {
		curve := eval.Curve{Arm: arm.Name, Metric: "accuracy"}
		r.each(a, func(round int, finished []*store.Round) {
			accuracy := eval.Over(finished, func(d *store.Round) float64 { return d.Metrics.Accuracy })
			curve.Points = append(curve.Points, eval.Point{
				Round: round, Labeled: len(finished[0].Labeled.IDs), Seeds: len(finished),
				Mean: accuracy.Mean, Std: accuracy.Std,
			})
		})
		curves = append(curves, curve)
	}
	return curves
}

// Timings returns the timing table: for each arm a row a round, and one for the sum over all rounds (Round −1), which
// counts only seeds that have finished as many rounds as the first.
func (r *Results) Timings() []eval.Timing {
	var rows []eval.Timing
	for a, arm := range r.config.Experiment.Arms {
		perSeed := make(map[int]*store.Round) // sums, by the seed's place
		r.each(a, func(round int, finished []*store.Round) {
			rows = append(rows, timing(arm.Name, round, finished))
			for i, d := range finished {
				sum := perSeed[i]
				if sum == nil {
					sum = &store.Round{}
					perSeed[i] = sum
				}
				sum.Timings.Train += d.Timings.Train
				sum.Timings.Score += d.Timings.Score
				sum.Timings.Scored += d.Timings.Scored
				sum.Metrics.Steps += d.Metrics.Steps
			}
		})
		if len(perSeed) == 0 {
			continue
		}
		var sums []*store.Round
		for i := range len(perSeed) {
			if perSeed[i].Metrics.Steps == perSeed[0].Metrics.Steps {
				sums = append(sums, perSeed[i])
			}
		}
		rows = append(rows, timing(arm.Name, -1, sums))
	}
	return rows
}

func timing(arm string, round int, finished []*store.Round) eval.Timing {
	return eval.Timing{
		Arm: arm, Round: round,
		Train:  eval.Over(finished, func(d *store.Round) float64 { return d.Timings.Train }),
		Score:  eval.Over(finished, func(d *store.Round) float64 { return d.Timings.Score }),
		Steps:  eval.Over(finished, func(d *store.Round) float64 { return float64(d.Metrics.Steps) }).Mean,
		Scored: eval.Over(finished, func(d *store.Round) float64 { return float64(d.Timings.Scored) }).Mean,
	}
}
