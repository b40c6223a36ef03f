// Package alnb runs active learning in rounds: train, evaluate, propose documents, label them. It owns no graph code.
package alnb

import (
	"errors"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/query"
)

// An Experiment compares query strategies on labeled data: gold labels answer the queries (emulated active learning).
// Every arm starts, for each seed, with the same seed set, and makes Rounds queries; its model is trained anew from its
// initial weights and evaluated on the test split Rounds+1 times.
type Experiment struct {
	Data   corpus.Source // the training split is the pool
	Arms   []Arm         // at least one
	Start  Size          // of the seed set, drawn at random
	Batch  Size          // of each query
	Rounds int           // queries an arm makes for each seed; at least 1
	Seeds  []uint64      // each is a repetition; at least one
}

// An Arm is one way to choose documents.
type Arm struct {
	Name        string        // unique in the experiment
	Acquisition learner.Model // chooses the documents, and is the model evaluated
	Strategy    query.Strategy
}

func (e Experiment) check() error {
	switch {
	case e.Data == nil:
		return errors.New("alnb: the experiment has no Data")
	case len(e.Arms) == 0:
		return errors.New("alnb: the experiment has no Arms")
	case e.Rounds < 1:
		return fmt.Errorf("alnb: Rounds is %d; an experiment makes at least 1 query", e.Rounds)
	case len(e.Seeds) == 0:
		return errors.New("alnb: the experiment has no Seeds")
	}
	seen := map[string]bool{}
	for i, arm := range e.Arms {
		switch {
		case arm.Name == "":
			return fmt.Errorf("alnb: arm %d has no Name", i+1)
		case seen[arm.Name]:
			return fmt.Errorf("alnb: two arms are called %q", arm.Name)
		case arm.Acquisition == nil || arm.Strategy == nil:
			return fmt.Errorf("alnb: arm %q needs an Acquisition model and a Strategy", arm.Name)
		}
		seen[arm.Name] = true
	}
	seeds := map[uint64]bool{}
	for _, seed := range e.Seeds {
		if seeds[seed] {
			return fmt.Errorf("alnb: the seed %d is listed twice", seed)
		}
		seeds[seed] = true
	}
	return nil
}
