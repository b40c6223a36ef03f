package alnb

import (
	"context"
	"path/filepath"

	"github.com/alnb/alnb/alnb/store"
)

// A selection is what a round of an acquisition model gives to all arms that have the same one.
type selection struct {
	Query   *store.Query  `json:"query"`
	Scores  []store.Score `json:"scores"`
	Timings store.Timings `json:"timings"`
}

// selectionFile is where arms that choose alike find what was chosen.
func (r *runner) selectionFile(arm Arm, seed uint64, round int, labeled []string) (string, error) {
	key, err := arm.selectionKey()
	return filepath.Join(r.folder.Work(seed, round), "selection-"+fingerprint(key, labeled)+".json"), err
}

// selectionKey is all of an arm that its choice depends on.
func (a Arm) selectionKey() (armConfig, error) {
	return Arm{
		Acquisition: a.Acquisition, Tagger: a.Tagger, Strategy: a.Strategy, Subsample: a.Subsample, Shadow: a.Shadow,
	}.config()
}

// choosesWithOthers tells whether another arm chooses alike.
func (r *runner) choosesWithOthers(a int) (bool, error) {
	mine, err := r.Arms[a].selectionKey()
	if err != nil {
		return false, err
	}
	for b, other := range r.Arms {
		key, err := other.selectionKey()
		if err != nil {
			return false, err
		}
		if b != a && fingerprint(key) == fingerprint(mine) {
			return true, nil
		}
	}
	return false, nil
}

// selected fills in the round's query, which the model makes unless it was made before: by an arm that chooses alike, or by
// this one before the run was interrupted. train is called before the model is asked.
func (r *runner) selected(ctx context.Context, a int, t *trainee, seed uint64, round int, labeled []int, finished *store.Round,
	train func(*store.Round) error) error {
	arm := r.Arms[a]
	path, err := r.selectionFile(arm, seed, round, finished.Labeled.IDs)
	if err != nil {
		return err
	}
	step, err := store.Once(path, arm.Name, func() (selection, error) {
		made := store.Round{Labeled: finished.Labeled, Timings: finished.Timings}
		if err := train(&made); err != nil {
			return selection{}, err
		}
		err := r.query(ctx, a, t, seed, round, labeled, &made)
		made.Timings.Steps, made.Timings.Evaluate = t.trained.Steps, 0
		return selection{made.Query, made.Scores, made.Timings}, err
	})
	if err != nil {
		return err
	}
	finished.Query, finished.Scores = step.Result.Query, step.Result.Scores
	before := finished.Timings
	finished.Timings = step.Result.Timings
	finished.Timings.Shared = finished.Timings.Shared || step.By != arm.Name
	if !arm.hasSuccessor() { // it trained the model itself
		finished.Timings.Train, finished.Timings.Evaluate, finished.Timings.Steps = before.Train, before.Evaluate, 0
		finished.Timings.Shared = finished.Timings.Shared || before.Shared
	}
	return nil
}
