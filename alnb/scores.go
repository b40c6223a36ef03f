package alnb

import (
	"fmt"

	"github.com/alnb/alnb/alnb/store"
)

// Scores returns the scores that the query of a finished round computed, of documents in the order of the training split:
// the whole pool's, or what the arm's sampler had scored. nil means that it scored nothing.
func (r *Results) Scores(arm string, seed uint64, round int) ([]store.Score, error) {
	a, err := r.arm(arm)
	if err != nil {
		return nil, err
	}
	if r.rounds[roundKey{a, seed, round}] == nil {
		return nil, fmt.Errorf("alnb: arm %q, seed %d has no finished round %d in %s", arm, seed, round, r.dir)
	}
	return r.folder.ReadScores(a, arm, seed, round)
}

// arm returns the number of the arm of that name.
func (r *Results) arm(name string) (int, error) {
	for a, arm := range r.config.Experiment.Arms {
		if arm.Name == name {
			return a, nil
		}
	}
	return 0, fmt.Errorf("alnb: the run in %s has no arm %q", r.dir, name)
}
