// Package pseudolabel hands labels over from the model that they were chosen with to any other: PLASM, pseudo-labeling for
// acquisition-successor mismatch (Tsvigun et al., "Towards Computationally Feasible Deep Active Learning", Findings of NAACL
// 2022, §3.3).
//
// Documents that a cheap acquisition model chose serve another model, the successor, badly. So a pseudo-labeler is trained on
// them, and labels the rest of the pool; what looks wrong among its labels is left out; and the successor is trained on what
// remains and on the gold labels. [HandOver.Run] goes these steps:
//
//  1. quality: the pseudo-labeler on a part of gold, and its score q on the rest of it, see [HandOver.quality];
//  2. labels: the pseudo-labeler on all of gold, and its labels for the pool;
//  3. for a filter by TracIn, a first successor on all of both, and the self-influence of each pseudo-label on it;
//  4. the filter;
//  5. the successor on what it left, and on gold.
//
// Each step but the fourth, which takes no time, and the last keeps its result in a file, so that an interrupted hand-over
// goes on after the last finished step. Hand-overs in one work folder share the steps that they have in common.
//
// The authors' code (al_nlp_feasible, active_learning/utils/plasm.py) takes q from the test split; here no test label chooses
// anything, as in the paper's text. Gold labels are never filtered, in neither.
package pseudolabel

import (
	"context"
	"errors"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/store"
)

// Labeled is a document with a label: a text with its class, or words with their spans.
type Labeled struct {
	corpus.Document
	Class int
	Spans []corpus.Span
}

// A HandOver is what one application of PLASM is made with.
type HandOver struct {
	Plan      Plan
	Labeler   Role
	Successor Role
	Gold      []Labeled         // what people labeled; the order matters to the trainings
	Pool      []corpus.Document // the rest, which has no labels
	Truth     []Labeled         // gold labels of the pool, in its order, for a report of the errors; nil where nobody knows them
	Seed      uint64
	Work      string                             // the folder of the steps' results; made where missing
	By        string                             // who hands over, such as an arm: steps of others are shared
	Progress  func(stage Stage, done, total int) // may be nil

	stages []store.Stage
	first  bool // Successor holds the weights of the first successor, and its checkpoints
}

// A Stage is a part of a hand-over.
type Stage string

// The stages, in order.
const (
	StageQuality   Stage = "quality"
	StageLabels    Stage = "pseudo-labels"
	StageFirst     Stage = "first successor"
	StageInfluence Stage = "self-influence"
	StageSuccessor Stage = "successor"
)

// Result is what came of a hand-over. The successor is trained, unless it was refused.
type Result struct {
	Trained learner.Trained // the successor
	Report  store.PseudoLabeling
	Labels  []store.PseudoLabel // of the pool, in its order
	Stages  []store.Stage
}

// A RefusedError is a sentence that says why labels aren't handed over, and what to do.
type RefusedError struct{ Reason string }

// Error implements error.
func (e *RefusedError) Error() string { return "pseudolabel: " + e.Reason }

// Run hands over, or goes on with it. Where the pseudo-labeler is no good, it ends with a [*RefusedError], and a Result that
// says so. Where the pool is empty, the successor is trained on gold alone, and the report's Note says it.
func (h *HandOver) Run(ctx context.Context) (result Result, err error) {
	h.stages, h.first = nil, false
	result.Report = store.PseudoLabeling{Gold: len(h.Gold), Filter: h.Plan.filter().Name()}
	if err := h.check(); err != nil {
		return result, err
	}
	set := h.gold()
	if len(h.Pool) > 0 {
		set, err = h.pseudo(ctx, &result)
	} else {
		result.Report.Note = "nothing is left to label, so the successor is trained on gold labels alone"
	}
	if err == nil {
		result.Trained, err = h.train(ctx, set)
	}
	result.Stages = h.stages
	if refused := (*RefusedError)(nil); errors.As(err, &refused) {
		result.Report.Refused = refused.Reason
	}
	return result, err
}

// pseudo goes the steps up to the filter, and returns what the successor is trained on.
func (h *HandOver) pseudo(ctx context.Context, result *Result) (set trainingSet, err error) {
	if err := h.severalLabels(); err != nil {
		return set, err
	}
	q, err := h.quality(ctx)
	if err != nil {
		return set, err
	}
	result.Report.Quality = &q
	if err := h.goodEnough(q); err != nil {
		return set, err
	}
	labels, err := h.label(ctx)
	if err != nil {
		return set, err
	}
	scores := []scored{{Confidence{}.Name(), doubts(labels)}}
	if h.Plan.filter().By() == ByTracIn {
		influence, err := h.influence(ctx, labels)
		if err != nil {
			return set, err
		}
		scores = append([]scored{{TracIn{}.Name(), influence}}, scores...)
	}
	dropped := h.drop(q.Q, scores)
	h.report(result, labels, scores, dropped)
	return h.mixed(labels, dropped), nil
}

// check tells what is wrong with the roles and the plan.
func (h *HandOver) check() error {
	if err := h.Plan.Check(); err != nil {
		return err
	}
	if err := h.Plan.Able(h.Successor); err != nil {
		return err
	}
	if len(h.Gold) == 0 {
		return fmt.Errorf("pseudolabel: there are no gold labels; label documents first")
	}
	if h.Truth != nil && len(h.Truth) != len(h.Pool) {
		return fmt.Errorf("pseudolabel: there are gold labels for %d documents of a pool of %d", len(h.Truth), len(h.Pool))
	}
	if err := errors.Join(plain(h.Labeler.model()), plain(h.Successor.model())); err != nil {
		return err
	}
	return sameLabels(h.Labeler, h.Successor)
}

// run is that of a training. The successor has the seed that it has without pseudo-labels, so that the two can be compared.
func (h *HandOver) run(stage Stage, weights []float64) learner.Run {
	return learner.Run{
		Seed: keyed.Key{Seed: h.Seed, Purpose: "train"}.Hash(), Weights: weights,
		Progress: func(step, total int) { h.at(stage, step, total) },
	}
}

func (h *HandOver) at(stage Stage, done, total int) {
	if h.Progress != nil {
		h.Progress(stage, done, total)
	}
}

// took adds up what a stage's steps took.
func (h *HandOver) took(stage Stage, seconds float64, by string) {
	shared := by != h.By
	if n := len(h.stages); n > 0 && h.stages[n-1].Name == string(stage) {
		h.stages[n-1].Seconds += seconds
		h.stages[n-1].Shared = h.stages[n-1].Shared || shared
		return
	}
	h.stages = append(h.stages, store.Stage{Name: string(stage), Seconds: seconds, Shared: shared})
}
