package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/model"
)

// still is a learning rate so small that a step changes no weight.
const still = 1e-30

// open opens the classifier of a folder or a model's name.
func open(ctx context.Context, checkpoint string, classes []string, bfloat16 bool, change func(*model.Training)) (*model.Classifier, error) {
	spec := model.Pretrained(checkpoint)
	spec.MaxTokens = maxTokens
	spec.Training.LearningRate, spec.Training.BatchSize, spec.Training.Bfloat16 = learningRate, batchSize, bfloat16
	change(&spec.Training)
	c, err := spec.Open(ctx, classes)
	if err != nil {
		return nil, err
	}
	return c.(*model.Classifier), nil
}

// openTrained opens a trained classifier's folder for scoring in either precision.
func openTrained(ctx context.Context, dir string, w *work, bfloat16 bool) (*model.Classifier, error) {
	c, err := open(ctx, dir, w.classes, bfloat16, func(t *model.Training) { t.Steps, t.LearningRate, t.WarmupFraction = 1, still, 0 })
	if err != nil {
		return nil, err
	}
	if _, err := c.Train(ctx, w.examples(w.labeled[:batchSize]), learner.Run{Seed: seed}); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// starts writes two folders that all sides start from, in dir: the pretrained model with a head, so that this is the same
// for all, and the same without dropout.
func starts(ctx context.Context, dir, checkpoint string, w *work) (start, noDropout string, err error) {
	start, noDropout = filepath.Join(dir, "start"), filepath.Join(dir, "start-no-dropout")
	if err := os.RemoveAll(start); err != nil {
		return "", "", err
	}
	c, err := openTrained(ctx, checkpoint, w, false)
	if err != nil {
		return "", "", err
	}
	defer c.Close()
	if err := c.Save(start); err != nil {
		return "", "", err
	}
	return start, noDropout, copyWithoutDropout(start, noDropout)
}

// copyWithoutDropout copies a model's folder and sets the dropout in its config.json to 0.
func copyWithoutDropout(from, to string) error {
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	path := filepath.Join(to, "config.json")
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var config map[string]any
	if err := json.Unmarshal(raw, &config); err != nil {
		return fmt.Errorf("bench: %s: %w", path, err)
	}
	config["hidden_dropout_prob"], config["attention_probs_dropout_prob"] = 0.0, 0.0
	if raw, err = json.MarshalIndent(config, "", "  "); err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o644)
}

// A training is one of ours that takes its steps on request.
type training struct {
	classifier *model.Classifier
	next       chan struct{}
	steps      chan step
	cancel     context.CancelFunc
	err        error // once steps is closed
}

// A step is what one took.
type step struct {
	seconds  float64
	compiled int // programs that were compiled in it
}

// startTraining makes ready for a training; nothing happens before the first take.
func startTraining(ctx context.Context, c *model.Classifier, examples []corpus.Example) *training {
	ctx, cancel := context.WithCancel(ctx)
	t := &training{classifier: c, next: make(chan struct{}), steps: make(chan step), cancel: cancel}
	go func() {
		defer close(t.steps)
		select {
		case <-t.next:
		case <-ctx.Done():
			t.err = ctx.Err()
			return
		}
		began, compiled := time.Now(), c.Compiled()
		_, t.err = c.Train(ctx, examples, learner.Run{Seed: seed, Progress: func(int, int) {
			taken := step{time.Since(began).Seconds(), c.Compiled() - compiled}
			select {
			case t.steps <- taken:
			case <-ctx.Done():
			}
			select {
			case <-t.next:
			case <-ctx.Done():
			}
			began, compiled = time.Now(), c.Compiled()
		}})
	}()
	return t
}

// take takes n steps.
func (t *training) take(n int) ([]step, error) {
	taken := make([]step, 0, n)
	for range n {
		select {
		case t.next <- struct{}{}:
		case <-t.steps: // closed: the training has failed
			return nil, t.err
		}
		s, ok := <-t.steps
		if !ok {
			return nil, t.err
		}
		taken = append(taken, s)
	}
	return taken, nil
}

// finish takes the steps that are left.
func (t *training) finish() error {
	close(t.next)
	for range t.steps {
	}
	t.cancel()
	return t.err
}

// stop ends the training here; the classifier must be trained again before it scores.
func (t *training) stop() {
	t.cancel()
	for range t.steps {
	}
}

// score scores documents and says how long it took.
func score(ctx context.Context, c *model.Classifier, docs []corpus.Document) (scored, error) {
	began := time.Now()
	probabilities, err := c.Probabilities(ctx, docs, nil)
	return scored{time.Since(began).Seconds(), probabilities}, err
}
