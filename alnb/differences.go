package alnb

import (
	"fmt"

	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/store"
)

// Differences says by how much each other arm's models of the last round that evaluates both are better than those of the arm
// against, with an interval over seeds and test documents: see eval.PairedDifference. It compares the seeds that both have
// finished, and leaves out arms that have none.
func (r *Results) Differences(against string) ([]eval.Difference, error) {
	b, err := r.arm(against)
	if err != nil {
		return nil, err
	}
	var differences []eval.Difference
	for _, arm := range r.arms() {
		last, of := r.lastRounds(arm, r.config.Experiment.Arms[b])
		if arm.Name == against || last < 0 || of < 0 {
			continue
		}
		var mine, others [][]eval.Tally
		for _, seed := range r.config.Experiment.Seeds {
			m, err := r.Tested(arm.Name, seed, last)
			if err != nil {
				return nil, err
			}
			o, err := r.Tested(against, seed, of)
			if err != nil {
				return nil, err
			}
			if m != nil && o != nil {
				mine, others = append(mine, m), append(others, o)
			}
		}
		if len(mine) == 0 {
			continue
		}
		d, err := eval.PairedDifference(mine, others, keyed.Key{Purpose: "paired difference", ID: arm.Name + "\x00" + against})
		if err != nil {
			return nil, err
		}
		d.Arm, d.Against, d.Round = arm.Name, against, max(last, of)
		differences = append(differences, d)
	}
	return differences, nil
}

// lastRounds are the last rounds in which both arms evaluate a model, one of all labels in its only one; −1 where there is none.
func (r *Results) lastRounds(a, b armConfig) (ofA, ofB int) {
	ofA, ofB = r.config.Experiment.Rounds, r.config.Experiment.Rounds
	for ofA >= 0 && !((a.All || a.evaluates(ofA)) && (b.All || b.evaluates(ofB))) {
		ofA, ofB = ofA-1, ofB-1
	}
	if a.All && ofA >= 0 {
		ofA = 0
	}
	if b.All && ofB >= 0 {
		ofB = 0
	}
	return ofA, ofB
}

// Tested returns what the model of a round found in each document of the test split; nil where the round isn't finished, or
// was before that was kept.
func (r *Results) Tested(arm string, seed uint64, round int) ([]eval.Tally, error) {
	a, err := r.arm(arm)
	if err != nil {
		return nil, err
	}
	done := r.rounds[roundKey{a, seed, round}]
	if done == nil || done.Metrics == nil {
		return nil, nil
	}
	kept, err := r.folder.ReadTested(a, arm, seed, round)
	if err != nil || kept.Right == nil {
		return nil, err
	}
	tallies, err := tallied(kept, done.Metrics.Test)
	if err != nil {
		return nil, fmt.Errorf("alnb: arm %q, seed %d, round %d in %s: %w", arm, seed, round, r.dir, err)
	}
	return tallies, nil
}

// tested is how tallies are kept: of documents with a class, of which each has one, what is right alone.
func tested(tallies []eval.Tally) store.Tested {
	kept := store.Tested{Right: make([]int, len(tallies))}
	classes := true
	for i, t := range tallies {
		kept.Right[i] = t.Right
		kept.Gold, kept.Predicted = append(kept.Gold, t.Gold), append(kept.Predicted, t.Predicted)
		classes = classes && t.Gold == 1 && t.Predicted == 1
	}
	if classes {
		kept.Gold, kept.Predicted = nil, nil
	}
	return kept
}

// tallied is the reverse of tested.
func tallied(kept store.Tested, documents int) ([]eval.Tally, error) {
	spans := kept.Gold != nil || kept.Predicted != nil
	if len(kept.Right) != documents || spans && (len(kept.Gold) != documents || len(kept.Predicted) != documents) {
		return nil, fmt.Errorf("tested.json is not about the %d test documents; it was changed by hand: remove that round, "+
			"and run the experiment again", documents)
	}
	tallies := make([]eval.Tally, documents)
	for i, right := range kept.Right {
		tallies[i] = eval.Tally{Gold: 1, Predicted: 1, Right: right}
		if spans {
			tallies[i].Gold, tallies[i].Predicted = kept.Gold[i], kept.Predicted[i]
		}
	}
	return tallies, nil
}
