package alnb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/alnb/spec"
	"github.com/alnb/alnb/alnb/store"
)

// A Hand says which model a session's labels are handed to, and how.
type Hand struct {
	Successor       learner.Model       // of texts, or …
	SuccessorTagger learner.TaggerModel // … of words; one of the two

	// Plan is how. Where it names no pseudo-labeler, that is the session's model, whose labels they are; its Rounds mean nothing here.
	Plan pseudolabel.Plan
}

// Handed is what came of it.
type Handed struct {
	Dir    string               `json:"-"`      // the successor's folder, in Hugging Face's form where it is a transformer
	Report store.PseudoLabeling `json:"report"` // of the pseudo-labels
	Scores store.Metrics        `json:"scores"` // of the successor on the test split; empty without one
	Stages []store.Stage        `json:"stages"` // how long what took
}

// Hand trains another model on the session's labels, and on those that a pseudo-labeler gives to the texts of the pool that
// nobody has judged (PLASM, see package pseudolabel): people labeled what the session's model asked about, which serves
// another model badly by itself. The successor is kept in a folder of the session's.
//
// Each step is durable: interrupted, it goes on after the last one, and where all is done already for the same labels, it returns
// that. It needs no lease, and goes by the labels that are there when it begins: people may label on, and the session's model be
// trained, meanwhile. Where the pseudo-labeler is no good, the error is a [*pseudolabel.RefusedError]. report may be nil.
func (s *Session) Hand(ctx context.Context, to Hand, report func(Progress)) (Handed, error) {
	if report == nil {
		report = func(Progress) {}
	}
	arm, err := s.handing(to)
	if err != nil {
		return Handed{}, err
	}
	w, err := s.workbench(ctx)
	if err != nil {
		return Handed{}, err
	}
	judged, err := s.judged(ctx)
	if err != nil {
		return Handed{}, err
	}
	labeled, err := w.label(judged)
	if err != nil {
		return Handed{}, err
	}
	var pool []int
	for number := range s.about.Pool {
		if _, done := judged[number]; !done {
			pool = append(pool, number)
		}
	}
	config, err := arm.config()
	if err != nil {
		return Handed{}, fmt.Errorf("alnb: hand over: %w", err)
	}
	key := fingerprint(w.fingerprint(labeled), pool, s.config.Seed, config.Successor, config.SuccessorTagger,
		config.PseudoLabel)
	h := handing{w: w, arm: arm, gold: withLabels(w.task, labeled), pool: pool, seed: s.config.Seed, dir: filepath.Join(s.dir, "handed", key),
		report: report}
	release, err := store.Lock(h.dir)
	if err != nil {
		return Handed{}, fmt.Errorf("alnb: hand over: %w", err)
	}
	defer release()
	return h.run(ctx)
}

// HandSettings are a hand-over's as JSON, for readers: the successor, and the plan with its pseudo-labeler.
func (s *Session) HandSettings(to Hand) (string, error) {
	arm, err := s.handing(to)
	if err != nil {
		return "", err
	}
	c, err := arm.config()
	if err != nil {
		return "", fmt.Errorf("alnb: hand over: %w", err)
	}
	raw, err := json.MarshalIndent(struct {
		Successor       *spec.Component `json:"successor,omitempty"`
		SuccessorTagger *spec.Component `json:"successor_tagger,omitempty"`
		PseudoLabel     *planConfig     `json:"pseudo_label"`
	}{c.Successor, c.SuccessorTagger, c.PseudoLabel}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("alnb: hand over: %w", err)
	}
	return string(raw), nil
}

// handing is the hand-over as an arm of an experiment would have it.
func (s *Session) handing(to Hand) (Arm, error) {
	arm := s.config.arm()
	arm.Successor, arm.SuccessorTagger, arm.PseudoLabel = to.Successor, to.SuccessorTagger, &to.Plan
	to.Plan.Rounds = nil
	if to.Plan.Labeler == nil && to.Plan.LabelerTagger == nil {
		to.Plan.Labeler, to.Plan.LabelerTagger = s.config.Model, s.config.Tagger
	}
	if !arm.hasSuccessor() {
		return arm, errors.New("alnb: hand over: there is no Successor; name the model that is to have the labels")
	}
	if err := arm.checkSuccessor(s.about.Spans, 0); err != nil {
		return arm, fmt.Errorf("alnb: the hand-over %w", err)
	}
	return arm, nil
}

// handing is a hand-over under way.
type handing struct {
	w      *workbench
	arm    Arm
	gold   []pseudolabel.Labeled // as they are when it begins
	pool   []int
	seed   uint64
	dir    string // handed.json and the folder model appear in it when it is done; until then work
	report func(Progress)
}

func (h handing) run(ctx context.Context) (handed Handed, err error) {
	done, model, work := filepath.Join(h.dir, "handed.json"), filepath.Join(h.dir, "model"), filepath.Join(h.dir, "work")
	raw, err := os.ReadFile(done)
	if err == nil {
		handed.Dir = model
		return handed, json.Unmarshal(raw, &handed)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return handed, fmt.Errorf("alnb: hand over: %w", err)
	}
	labeler, err := h.open(ctx, h.arm.labeling())
	if err != nil {
		return handed, err
	}
	defer labeler.Close()
	as, err := h.arm.keeping()
	if err != nil {
		return handed, err
	}
	successor, err := h.open(ctx, as)
	if err != nil {
		return handed, err
	}
	defer successor.Close()
	saver, ok := successor.Asked().(learner.Saver)
	if !ok {
		return handed, fmt.Errorf("alnb: hand over: the model %s can't be kept in a folder", as.model().Name())
	}
	over := pseudolabel.HandOver{
		Plan: *h.arm.PseudoLabel, Labeler: roleOf(h.arm.labeling(), labeler, h.w.classes), Successor: roleOf(as, successor,
			h.w.classes),
		Gold: h.gold, Pool: at(h.w.task.docs(), h.pool), Seed: h.seed, Work: work, By: "session",
		Progress: func(stage pseudolabel.Stage, done, total int) { h.at(Phase(stage), done, total) },
	}
	result, err := over.Run(ctx)
	if err != nil {
		return handed, err
	}
	handed = Handed{Dir: model, Report: result.Report, Stages: result.Stages}
	if h.w.tested() > 0 {
		evaluated := func(done, total int) { h.at(PhaseEvaluate, done, total) }
		if handed.Scores, _, err = successor.Evaluate(ctx, evaluated); err != nil {
			return handed, err
		}
	}
	if err := os.RemoveAll(model); err != nil { // of a hand-over that was interrupted after this
		return handed, fmt.Errorf("alnb: hand over: %w", err)
	}
	if err := store.WriteDir(model, saver.Save); err != nil {
		return handed, err
	}
	if raw, err = json.MarshalIndent(handed, "", "  "); err == nil {
		err = store.WriteFile(done, append(raw, '\n'))
	}
	if err != nil {
		return handed, fmt.Errorf("alnb: hand over: %w", err)
	}
	return handed, os.RemoveAll(work)
}

func (h handing) at(phase Phase, done, total int) {
	h.report(Progress{Phase: phase, Phases: handOverPhases(*h.arm.PseudoLabel, h.w.tested() > 0), Done: done, Total: total})
}

func (h handing) open(ctx context.Context, arm Arm) (trainable, error) {
	h.at(PhaseLoad, 0, 0)
	model, err := h.w.task.open(ctx, arm)
	if err != nil {
		return nil, fmt.Errorf("alnb: hand over: %w", err)
	}
	return model, nil
}

// roleOf is an arm's opened model in a hand-over.
func roleOf(arm Arm, model trainable, classes []string) pseudolabel.Role {
	if arm.Tagger != nil {
		return pseudolabel.Tagger(arm.Tagger, model.Asked().(learner.Tagger))
	}
	return pseudolabel.Classifier(arm.Acquisition, model.Asked().(learner.Classifier), classes)
}

// withLabels are documents with their gold labels.
func withLabels(of task, positions []int) []pseudolabel.Labeled {
	labeled := make([]pseudolabel.Labeled, len(positions))
	for i, l := range of.labeled(positions) {
		labeled[i] = pseudolabel.Labeled(l)
	}
	return labeled
}
