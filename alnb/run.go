package alnb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store"
)

// RunOptions is how a run reports; the zero value is silent.
type RunOptions struct {
	Progress func(Progress) // called often, never by two goroutines at once

	// Only has one unit of the experiment run, and no other; nil: all. What the unit gives is the same as in a run of all.
	Only *UnitName
	// Finished is called after each round that is on disk, whether this run made it or found it, in order; an error ends the run. The
	// round's folder, which isn't changed any more, is named by its path in the run's folder, with slashes.
	Finished func(ctx context.Context, folder string) error
}

// Run runs the experiment in the folder dir, or goes on with what is there: each finished round is on disk, and an
// interrupted run, run again, gives the result of an undisturbed one. A folder that holds another experiment is
// refused. Where an arm fails with a seed, the others go on, and the error is a [*FailedError] in the end. When ctx ends, Run
// returns within a second with its error.
func (e Experiment) Run(ctx context.Context, dir string, options RunOptions) (*Results, error) {
	if only := options.Only; only != nil && !slices.Contains(e.Units(), *only) {
		return nil, fmt.Errorf("alnb: the experiment has no arm %q with the seed %d", only.Arm, only.Seed)
	}
	r := &runner{Experiment: e, options: options}
	defer r.close()
	config, err := r.prepare(ctx)
	if err != nil {
		return nil, err
	}
	if r.folder, err = store.OpenExperiment(dir, config); err != nil {
		return nil, err
	}
	defer r.folder.Close()
	if r.origins, err = r.folder.Origins(); err != nil {
		return nil, err
	}
	if err := r.all(ctx); err != nil {
		return nil, err
	}
	return OpenResults(dir)
}

// runner is a run under way.
type runner struct {
	Experiment
	options  RunOptions
	progress Progress
	task     task
	docs     []corpus.Document // the training split
	position map[string]int    // of its documents, by ID
	folder   *store.Experiment
	start    query.Budget // of the seed set
	batch    query.Budget // of a query
	origins  []string
	models   []*trainee // one for each model that differs
	stale    []*stale   // of each arm
}

// prepare checks the experiment, reads its data, and returns its configuration.
func (r *runner) prepare(ctx context.Context) ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := r.load(ctx); err != nil {
		return nil, err
	}
	return r.configure(r.task.about())
}

func (r *runner) close() {
	for _, t := range r.models {
		t.Close()
	}
}

// wants tells whether the run is to have an arm's rounds with the seed.
func (r *runner) wants(arm Arm, seed uint64) bool {
	return r.options.Only == nil || *r.options.Only == UnitName{arm.Name, seed}
}

// all runs what is missing: for each seed and round all arms in turn, so that arms which train the same model on the
// same documents (at least in round 0) train it once.
func (r *runner) all(ctx context.Context) error {
	for _, arm := range r.Arms {
		for _, seed := range r.Seeds {
			if r.wants(arm, seed) {
				r.progress.TotalRounds += r.last(arm) + 1
			}
		}
	}
	r.note("data: " + r.task.origin())
	if err := r.openAll(ctx, r.unfinished()); err != nil {
		return err
	}
	var failed []error
	for _, seed := range r.Seeds {
		labeled, lost := make([][]string, len(r.Arms)), make([]bool, len(r.Arms))
		r.stale = make([]*stale, len(r.Arms))
		for a := range r.Arms {
			labeled[a], r.stale[a] = r.startSet(r.Arms[a], seed), newStale(len(r.docs))
		}
		for round := range r.Rounds + 1 {
			keep := false
			for a := range r.Arms {
				if lost[a] || round > r.last(r.Arms[a]) || !r.wants(r.Arms[a], seed) {
					continue
				}
				finished, err := r.round(ctx, a, seed, round, labeled[a])
				if err == nil && r.options.Finished != nil {
					if err := r.options.Finished(ctx, store.RoundFolder(a, r.Arms[a].Name, seed, round)); err != nil {
						return err
					}
				}
				if err != nil {
					if !ofUnit(ctx, err) {
						return err
					}
					lost[a], failed = true, append(failed, err)
					if unwritten := r.folder.WriteFailure(a, r.Arms[a].Name, seed, err.Error()); unwritten != nil {
						return errors.Join(err, unwritten)
					}
					keep = true
					r.tell(func(p *Progress) { p.Note = "FAILED, and the other arms go on: " + err.Error() })
					continue
				}
				if finished.Query != nil {
					labeled[a] = append(slices.Clone(labeled[a]), finished.Query.IDs...)
				}
				r.tell(func(p *Progress) { p.FinishedRounds, p.Phases = p.FinishedRounds+1, nil })
			}
			if keep { // its steps in this round may be gone on with
				continue
			}
			if err := r.folder.FinishWork(seed, round); err != nil {
				return err
			}
		}
	}
	if failed != nil {
		return &FailedError{Units: len(r.Arms) * len(r.Seeds), Errs: failed}
	}
	return nil
}

// unfinished are the arms that have rounds to run. It counts the finished rounds.
func (r *runner) unfinished() []Arm {
	var arms []Arm
	for a, arm := range r.Arms {
		missing := false
		for _, seed := range r.Seeds {
			for round := range r.last(arm) + 1 {
				if !r.wants(arm, seed) {
					continue
				}
				if r.folder.HasRound(a, arm.Name, seed, round) {
					r.progress.Resumed++
				} else {
					missing = true
				}
			}
		}
		if missing {
			arms = append(arms, arm)
		}
	}
	return arms
}

// startSet is what an arm is trained on in round 0.
func (r *runner) startSet(arm Arm, seed uint64) []string {
	if !arm.All {
		return r.seedSet(seed)
	}
	ids := make([]string, len(r.docs))
	for i, doc := range r.docs {
		ids[i] = doc.ID
	}
	return ids
}

// seedSet draws the documents that arms start with.
func (r *runner) seedSet(seed uint64) []string {
	order, _ := query.Ranking(r.docs, nil, keyed.Key{Seed: seed, Purpose: "seed set"}) // without scores it can't fail
	return r.ids(order[:r.start.Fill(r.docs, order)])
}

// ids are those of documents of the training split.
func (r *runner) ids(positions []int) []string {
	ids := make([]string, len(positions))
	for i, position := range positions {
		ids[i] = r.docs[position].ID
	}
	return ids
}

// positions is the reverse of ids.
func (r *runner) positions(ids []string) ([]int, error) {
	positions := make([]int, len(ids))
	for i, id := range ids {
		var ok bool
		if positions[i], ok = r.position[id]; !ok {
			return nil, fmt.Errorf("the training split has no document %q; the folder was changed by hand", id)
		}
	}
	return positions, nil
}
