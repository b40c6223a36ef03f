package model

import (
	"context"
	"fmt"
	"maps"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
)

// Train implements learner.Classifier.
func (c *Classifier) Train(ctx context.Context, examples []corpus.Example, run learner.Run) (learner.Trained, error) {
	trained, err := c.train(ctx, examples, run)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("model: train %s on %d documents: %w", c.spec.Checkpoint, len(examples), err)
	}
	return trained, err
}

func (c *Classifier) train(ctx context.Context, examples []corpus.Example, run learner.Run) (learner.Trained, error) {
	if err := c.checkExamples(examples); err != nil {
		return learner.Trained{}, err
	}
	texts := make([]string, len(examples))
	for i, e := range examples {
		texts[i] = e.Text
	}
	encoded, err := c.encode(ctx, texts)
	if err != nil {
		return learner.Trained{}, err
	}
	c.ready = false
	weights := maps.Clone(c.initial)
	for _, name := range c.fresh {
		weights[name] = initialWeight(name, c.shapes[name], c.folder.Config.InitializerRange, run.Seed)
	}
	if err := c.programs.reset(weights); err != nil {
		return learner.Trained{}, err
	}

	t := c.spec.Training
	total := t.steps(len(examples))
	order := epochStream{n: len(examples), seed: run.Seed}
	var tail, count float64 // of the last tenth's losses
	for step := range total {
		rows := order.next(t.BatchSize)
		longest := 0
		labels := make([]int32, t.BatchSize)
		for i, row := range rows {
			longest = max(longest, len(encoded[row]))
			labels[i] = int32(examples[row].Label)
		}
		b := newBatch(encoded, rows, t.BatchSize, padTo(trainingLengths, longest, c.spec.MaxTokens), c.folder.Config.PadTokenID)
		dropout := keyed.Key{Seed: run.Seed, Purpose: "dropout", Round: step}.Hash()
		key := []uint32{uint32(dropout), uint32(dropout >> 32)}
		loss, err := c.programs.step(ctx, b, labels, c.programs.optimizer.Scalars(t.rate(step, total), step+1), key)
		if err != nil {
			return learner.Trained{}, err
		}
		if !finite(loss) {
			return learner.Trained{}, fmt.Errorf("the loss became %g in step %d of %d; "+
				"a smaller LearningRate than %g may help", loss, step+1, total, t.LearningRate)
		}
		if step >= total-max(1, total/10) {
			tail, count = tail+loss, count+1
		}
		if c.observe != nil {
			c.observe(loss)
		}
		if run.Progress != nil {
			run.Progress(step+1, total)
		}
	}
	c.ready = true
	return learner.Trained{Steps: total, Loss: tail / count}, nil
}

func (c *Classifier) checkExamples(examples []corpus.Example) error {
	if len(examples) == 0 {
		return fmt.Errorf("there are no labeled documents; label some first")
	}
	for _, e := range examples {
		if e.Label < 0 || e.Label >= len(c.classes) {
			return fmt.Errorf("document %s has the class number %d; there are %d classes, %q",
				e.ID, e.Label, len(c.classes), c.classes)
		}
	}
	return nil
}
