// Package alnb runs active learning in rounds: train, evaluate, propose documents, label them. It owns no graph code.
package alnb

import (
	"errors"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/subsample"
)

// An Experiment compares query strategies on labeled data: gold labels answer the queries (emulated active learning).
// Every arm starts, for each seed, with the same seed set, and makes Rounds queries; its model is trained anew from its
// initial weights and evaluated on the test split Rounds+1 times.
//
// With Data it classifies texts, and measures accuracy; with Tagged it tags words, and measures the strict F1 of spans.
type Experiment struct {
	Data   corpus.Source       // texts with classes, or …
	Tagged corpus.TaggedSource // … words with spans; exactly one of the two; the training split is the pool
	Arms   []Arm               // at least one
	Start  Size                // of the seed set, drawn at random
	Batch  Size                // of each query
	Rounds int                 // queries an arm makes for each seed; at least 1
	Seeds  []uint64            // each is a repetition; at least one
}

// An Arm is one way to choose documents. Its acquisition model chooses them, and is the model that is evaluated, unless there
// is a Successor.
type Arm struct {
	Name        string              // unique in the experiment
	Acquisition learner.Model       // the model, where the experiment has Data
	Tagger      learner.TaggerModel // the model, where the experiment has Tagged
	Strategy    query.Strategy

	// All has the model trained on the whole training split, once for each seed: the score that the other arms come near to with
	// fewer labels. Such an arm asks for nothing, and has no Strategy, Subsample or Successor.
	All bool

	// Subsample decides which part of the pool a query scores; nil scores all of it. What ranks the pool is the strategy's
	// own score, or, where it has none, LeastConfident's (MNLP's for tagging) from the last query that scored the document:
	// such a strategy then chooses among the documents that were scored.
	//
	// What a query scored is kept with its round, so an interrupted run goes on with the same documents. With
	// [subsample.Deadline] that holds for finished rounds; a round that was interrupted runs anew, by the clock.
	Subsample subsample.Sampler

	// Shadow scores, after each query of a Subsample, the rest of the pool, too, to tell which share of the full query was
	// kept. It changes nothing else, and its time isn't counted.
	Shadow bool

	// Successor, where the experiment has Data, or SuccessorTagger, where it has Tagged, is the model that is evaluated, when it
	// isn't the one that chooses: it is trained on the same documents, from its initial weights. It costs no query time.
	// Arms with the same acquisition model, strategy and sampler choose once for all.
	Successor       learner.Model
	SuccessorTagger learner.TaggerModel

	// SuccessorRounds are those in which the successor is trained and evaluated; nil: all. The others have no metric.
	SuccessorRounds []int

	// PseudoLabel has the successor trained on pseudo-labels, too (PLASM); nil: on gold alone.
	PseudoLabel *pseudolabel.Plan
}

// last is an arm's last round.
func (e Experiment) last(a Arm) int {
	if a.All {
		return 0
	}
	return e.Rounds
}

func (e Experiment) check() error {
	switch {
	case e.Data == nil && e.Tagged == nil:
		return errors.New("alnb: the experiment has no Data, and no Tagged data")
	case e.Data != nil && e.Tagged != nil:
		return errors.New("alnb: the experiment has both Data and Tagged data; it is about one of the two")
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
		}
		seen[arm.Name] = true
		if err := arm.check(e.Tagged != nil); err != nil {
			return fmt.Errorf("alnb: arm %q %w", arm.Name, err)
		}
		if err := arm.checkSuccessor(e.Tagged != nil, e.Rounds); err != nil {
			return fmt.Errorf("alnb: arm %q %w", arm.Name, err)
		}
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

// check goes on the sentence that names the arm.
func (a Arm) check(tagging bool) error {
	switch {
	case a.All && (a.Strategy != nil || a.Subsample != nil || a.Shadow || a.hasSuccessor() || a.PseudoLabel != nil):
		return errors.New("is trained on All documents and asks for none: leave its Strategy, Subsample, Shadow, Successor and PseudoLabel out")
	case a.All && (tagging && a.Tagger == nil || !tagging && a.Acquisition == nil):
		return errors.New("is trained on All documents, and has no model for them: give a Tagger with Tagged data, else an Acquisition model")
	case tagging && !a.All && (a.Tagger == nil || a.Strategy == nil):
		return errors.New("needs a Tagger and a Strategy")
	case tagging && a.Acquisition != nil:
		return errors.New("has an Acquisition model, which classifies texts; the experiment is about Tagged data: leave it out")
	case !tagging && !a.All && (a.Acquisition == nil || a.Strategy == nil):
		return errors.New("needs an Acquisition model and a Strategy")
	case !tagging && a.Tagger != nil:
		return errors.New("has a Tagger; the experiment is about Data, texts with classes: leave it out")
	case a.Subsample == nil && a.Shadow:
		return errors.New("has Shadow set; it scores what a Subsample left out, and there is none")
	case a.Subsample != nil:
		if err := a.Subsample.Check(); err != nil {
			return fmt.Errorf("can't subsample: %w", err)
		}
	}
	return nil
}

// model is what the arm trains.
func (a Arm) model() interface{ Name() string } {
	if a.Tagger != nil {
		return a.Tagger
	}
	return a.Acquisition
}
