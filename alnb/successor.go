package alnb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/alnb/store"
)

func (a Arm) hasSuccessor() bool { return a.Successor != nil || a.SuccessorTagger != nil }

// evaluates tells whether the arm evaluates a model in a round.
func (a Arm) evaluates(round int) bool {
	return a.SuccessorRounds == nil || slices.Contains(a.SuccessorRounds, round)
}

// checkSuccessor goes on the sentence that names the arm.
func (a Arm) checkSuccessor(tagging bool, rounds int) error {
	plan := a.PseudoLabel
	switch {
	case tagging && a.Successor != nil:
		return errors.New("has a Successor, which classifies texts; the experiment is about Tagged data: give a SuccessorTagger")
	case !tagging && a.SuccessorTagger != nil:
		return errors.New("has a SuccessorTagger; the experiment is about Data, texts with classes: give a Successor")
	case !a.hasSuccessor() && a.SuccessorRounds != nil:
		return errors.New("has SuccessorRounds, and no Successor")
	case !a.hasSuccessor() && plan != nil:
		return errors.New("has a PseudoLabel, and no Successor that would be trained on the pseudo-labels; name one, which may be " +
			"the acquisition model")
	case a.SuccessorRounds != nil && len(a.SuccessorRounds) == 0:
		return errors.New("has SuccessorRounds without a round; leave it out for all")
	}
	if err := checkRounds("SuccessorRounds", a.SuccessorRounds, rounds); err != nil || plan == nil {
		return err
	}
	if err := plan.Check(); err != nil {
		return fmt.Errorf("can't pseudo-label: %w", err)
	}
	switch {
	case tagging && plan.Labeler != nil:
		return errors.New("pseudo-labels with a Labeler of texts; the experiment is about Tagged data: give a LabelerTagger")
	case !tagging && plan.LabelerTagger != nil:
		return errors.New("pseudo-labels with a LabelerTagger of words; the experiment is about Data: give a Labeler")
	}
	if err := checkRounds("PseudoLabel.Rounds", plan.Rounds, rounds); err != nil {
		return err
	}
	_, err := a.keeping()
	return err
}

func checkRounds(field string, list []int, rounds int) error {
	for _, round := range list {
		if round < 0 || round > rounds {
			return fmt.Errorf("has the round %d in %s; the experiment has rounds 0 to %d", round, field, rounds)
		}
	}
	return nil
}

// keeping is an arm whose acquisition model is the successor, which keeps checkpoints where they are needed.
func (a Arm) keeping() (as Arm, err error) {
	as = Arm{Acquisition: a.Successor, Tagger: a.SuccessorTagger}
	switch {
	case a.PseudoLabel == nil:
	case a.SuccessorTagger != nil:
		as.Tagger, err = a.PseudoLabel.KeepingTagger(a.SuccessorTagger)
	default:
		as.Acquisition, err = a.PseudoLabel.Keeping(a.Successor)
	}
	return as, err
}

// labeling is an arm whose acquisition model is the pseudo-labeler.
func (a Arm) labeling() Arm {
	return Arm{Acquisition: a.PseudoLabel.Labeler, Tagger: a.PseudoLabel.LabelerTagger}
}

// openSuccessor opens the models of an arm with a successor.
func (r *runner) openSuccessor(ctx context.Context, arm Arm) error {
	as, err := arm.keeping()
	if err != nil {
		return err
	}
	t, err := r.open(ctx, as)
	if err != nil || arm.PseudoLabel == nil {
		return err
	}
	if err := arm.PseudoLabel.Able(r.role(t)); err != nil {
		return err
	}
	_, err = r.open(ctx, arm.labeling())
	return err
}

// role is an opened model in a hand-over.
func (r *runner) role(t *trainee) pseudolabel.Role { return roleOf(t.arm, t, r.task.about().Classes) }

// succeed trains and evaluates the arm's successor.
func (r *runner) succeed(ctx context.Context, arm Arm, seed uint64, round int, labeled []int, finished *store.Round) error {
	as, err := arm.keeping()
	if err != nil {
		return err
	}
	successor, err := r.open(ctx, as)
	if err != nil {
		return err
	}
	if plan := arm.PseudoLabel; plan != nil && plan.In(round) {
		return r.handOver(ctx, arm, successor, seed, round, labeled, finished)
	}
	var alone store.Round
	if err := r.train(ctx, successor, PhaseSuccessor, seed, labeled, &alone); err != nil {
		return err
	}
	finished.Timings.Stages = []store.Stage{{
		Name: string(pseudolabel.StageSuccessor), Seconds: alone.Timings.Train, Shared: alone.Timings.Shared,
	}}
	return r.evaluate(ctx, successor, finished)
}

// handOver trains the successor by the arm's plan, and evaluates it. Where the plan refuses to hand over, the round says why,
// and has no metrics: a run isn't given up over a round in which the pseudo-labeler knows too little.
func (r *runner) handOver(ctx context.Context, arm Arm, successor *trainee, seed uint64, round int, labeled []int,
	finished *store.Round) error {
	labeler, err := r.open(ctx, arm.labeling())
	if err != nil {
		return err
	}
	labeler.forget()
	successor.forget()
	pool := r.pool(labeled)
	h := pseudolabel.HandOver{
		Plan: *arm.PseudoLabel, Labeler: r.role(labeler), Successor: r.role(successor),
		Gold: withLabels(r.task, labeled), Pool: at(r.docs, pool), Truth: withLabels(r.task, pool),
		Seed: seed, Work: r.folder.Work(seed, round), By: arm.Name,
		Progress: func(stage pseudolabel.Stage, done, total int) { r.at(Phase(stage), done, total) },
	}
	result, err := h.Run(ctx)
	finished.PseudoLabeling, finished.PseudoLabels, finished.Timings.Stages = &result.Report, result.Labels, result.Stages
	if refused := (*pseudolabel.RefusedError)(nil); errors.As(err, &refused) {
		r.tell(func(p *Progress) {
			p.Note = fmt.Sprintf("%s, seed %d, round %d: %s", arm.Name, seed, round, refused.Reason)
		})
		return nil
	}
	if err != nil {
		return err
	}
	if note := result.Report.Note; note != "" {
		r.tell(func(p *Progress) { p.Note = fmt.Sprintf("%s, seed %d, round %d: %s", arm.Name, seed, round, note) })
	}
	successor.trained = result.Trained
	return r.evaluate(ctx, successor, finished)
}
