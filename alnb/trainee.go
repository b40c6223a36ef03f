package alnb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store"
)

// trainee is an opened model and what it was last trained on.
type trainee struct {
	trainable
	arm        Arm // the first that has this model
	seed       uint64
	labeled    []int // nil where it isn't trained
	trained    learner.Trained
	took       time.Duration
	metrics    *store.Metrics // nil where it isn't evaluated
	tested     store.Tested
	evaluation time.Duration
}

// openAll opens the arms' models and asks whether they can what the strategies need: a mistake is to come up before the
// first training, not hours later.
func (r *runner) openAll(ctx context.Context, arms []Arm) error {
	for _, arm := range arms {
		t, err := r.open(ctx, arm)
		if err == nil && !arm.All {
			err = query.Check(arm.Strategy, t.Asked())
		}
		if err == nil && arm.hasSuccessor() {
			err = r.openSuccessor(ctx, arm)
		}
		if err != nil && ctx.Err() != nil {
			return err
		}
		if err != nil {
			return fmt.Errorf("alnb: arm %q: %w", arm.Name, err)
		}
	}
	return nil
}

// open returns the arm's model, which arms with the same model share.
func (r *runner) open(ctx context.Context, arm Arm) (*trainee, error) {
	for _, t := range r.models {
		if sameModel(t.arm, arm) {
			return t, nil
		}
	}
	r.at(PhaseLoad, 0, 0)
	model, err := r.task.open(ctx, arm)
	if err != nil {
		return nil, err
	}
	t := &trainee{trainable: model, arm: arm}
	r.models = append(r.models, t)
	r.note("model: " + model.Origin())
	return t, r.folder.WriteOrigins(r.origins)
}

// forget is for a model that is to be trained on other than gold labels.
func (t *trainee) forget() { t.labeled, t.metrics = nil, nil }

// train makes the model one that is trained on the labeled documents, which the progress calls phase.
func (r *runner) train(ctx context.Context, t *trainee, phase Phase, seed uint64, labeled []int, finished *store.Round) (err error) {
	if t.labeled != nil && t.seed == seed && slices.Equal(t.labeled, labeled) {
		finished.Timings.Shared = true
	} else {
		t.forget()
		began := time.Now()
		r.at(phase, 0, 0)
		if warning := r.task.onesided(labeled); warning != "" {
			r.tell(func(p *Progress) {
				p.Note = fmt.Sprintf("seed %d: %s; a larger Start makes that unlikely", seed, warning)
			})
		}
		t.trained, err = t.Train(ctx, labeled, learner.Run{
			Seed:     keyed.Key{Seed: seed, Purpose: "train"}.Hash(),
			Progress: func(step, total int) { r.at(phase, step, total) },
		})
		if err != nil {
			return err
		}
		t.took, t.seed, t.labeled = time.Since(began), seed, labeled
	}
	finished.Timings.Train = t.took.Seconds()
	return nil
}

// evaluate measures the trained model on the test split.
func (r *runner) evaluate(ctx context.Context, t *trainee, finished *store.Round) error {
	if t.metrics == nil {
		began := time.Now()
		r.at(PhaseEvaluate, 0, r.task.about().Test)
		metrics, tallies, err := t.Evaluate(ctx, func(done, total int) { r.at(PhaseEvaluate, done, total) })
		if err != nil {
			return err
		}
		metrics.Steps, metrics.Loss = t.trained.Steps, t.trained.Loss
		t.metrics, t.tested, t.evaluation = &metrics, tested(tallies), time.Since(began)
	}
	finished.Metrics, finished.Tested, finished.Timings.Evaluate = t.metrics, t.tested, t.evaluation.Seconds()
	return nil
}
