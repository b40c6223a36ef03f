package alnb

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/alnb/alnb/alnb/store"
)

// Results is what a run has given so far.
type Results struct {
	dir     string
	folder  *store.Experiment
	config  configuration
	origins []string
	rounds  map[roundKey]*store.Round
	shown   []int // the arms that these results are of
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
	r := &Results{dir: dir, folder: folder, rounds: make(map[roundKey]*store.Round)}
	if err := json.Unmarshal(config, &r.config); err != nil {
		return nil, fmt.Errorf("alnb: %s/config.json: %w", dir, err)
	}
	if r.origins, err = folder.Origins(); err != nil {
		return nil, err
	}
	for a, arm := range r.config.Experiment.Arms {
		r.shown = append(r.shown, a)
		for _, seed := range r.config.Experiment.Seeds {
			for round := range r.config.Experiment.last(arm) + 1 {
				done, err := folder.ReadRound(a, arm.Name, seed, round)
				if err != nil {
					return nil, err
				}
				if done == nil {
					break
				}
				if done.Metrics == nil && !arm.hasSuccessor() {
					return nil, fmt.Errorf("alnb: arm %q, seed %d, round %d in %s has no metrics.json; the folder was changed by hand: "+
						"remove that round and all after it, and run the experiment again", arm.Name, seed, round, dir)
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

// Tagging tells whether the run is about spans of words, and not about the classes of texts.
func (r *Results) Tagging() bool { return r.config.Experiment.Tagged != nil }

// Metric is what the models were measured by.
func (r *Results) Metric() string {
	if r.Tagging() {
		return spanF1
	}
	return accuracy
}

// Sources are sentences that say which data, weights and backend were used.
func (r *Results) Sources() []string { return r.origins }

// Finished returns how many rounds are finished, of how many.
func (r *Results) Finished() (done, total int) {
	e := r.config.Experiment
	for key := range r.rounds {
		if slices.Contains(r.shown, key.arm) {
			done++
		}
	}
	for _, arm := range r.arms() {
		total += len(e.Seeds) * (e.last(arm) + 1)
	}
	return done, total
}

// Only returns the results of these arms alone, in this order: an experiment may have arms for several figures.
func (r *Results) Only(arms ...string) (*Results, error) {
	if len(arms) == 0 {
		return nil, errors.New("alnb: results of no arm: name one or more")
	}
	only := *r
	only.shown = nil
	for _, name := range arms {
		a, err := r.arm(name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(only.shown, a) {
			only.shown = append(only.shown, a)
		}
	}
	return &only, nil
}

// arms are those that the results are of, with their numbers in the run.
func (r *Results) arms() iter.Seq2[int, armConfig] {
	return func(yield func(int, armConfig) bool) {
		for _, a := range r.shown {
			if !yield(a, r.config.Experiment.Arms[a]) {
				return
			}
		}
	}
}

// A Labeling is the labeled set one arm trained on in one round.
type Labeling struct {
	Arm   string
	Seed  uint64
	Round int
	IDs   []string
	Value float64 // of the metric; NaN where no model was evaluated
}

// Labelings returns the labeled sets of all finished rounds, by arm, seed and round.
func (r *Results) Labelings() []Labeling {
	var out []Labeling
	for _, d := range r.Rounds() {
		value := math.NaN()
		if d.Metrics != nil {
			value = d.Metrics.Value
		}
		out = append(out, Labeling{d.Arm, d.Seed, d.Number, d.Labeled.IDs, value})
	}
	return out
}

// A FinishedRound is all that is kept of a round, but scores and test documents: see Scores and Tested.
type FinishedRound struct {
	Arm    string
	Seed   uint64
	Number int
	*store.Round
}

// Rounds returns the finished rounds, by arm, seed and round. They are not to be changed.
func (r *Results) Rounds() []FinishedRound {
	var out []FinishedRound
	for a, arm := range r.arms() {
		for _, seed := range r.config.Experiment.Seeds {
			for round, done := range r.of(a, seed) {
				out = append(out, FinishedRound{arm.Name, seed, round, done})
			}
		}
	}
	return out
}

// of returns an arm's finished rounds for one seed, in order.
func (r *Results) of(arm int, seed uint64) []*store.Round {
	var finished []*store.Round
	for {
		done := r.rounds[roundKey{arm, seed, len(finished)}]
		if done == nil {
			return finished
		}
		finished = append(finished, done)
	}
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

// complete returns, for each seed of an arm that has finished at least so many rounds, the first so many.
func (r *Results) complete(arm, rounds int) [][]*store.Round {
	var seeds [][]*store.Round
	for _, seed := range r.config.Experiment.Seeds {
		if finished := r.of(arm, seed); len(finished) >= rounds {
			seeds = append(seeds, finished[:rounds])
		}
	}
	return seeds
}
