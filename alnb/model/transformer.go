package model

import (
	"context"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/pretrained"
)

// Transformer describes a pretrained encoder with a head: for classification, or for tagging. [Pretrained] and
// [PretrainedTagger] fill it in.
type Transformer struct {
	Checkpoint string   `json:"checkpoint"` // a folder in Hugging Face's form, or a name on the hub
	MaxTokens  int      `json:"max_tokens"` // longer documents are cut; special tokens included; at least 3
	Training   Training `json:"training"`
}

// Pretrained describes the classifier fine-tuned from a checkpoint with [DefaultTraining], texts cut to 256 tokens (or
// to what the checkpoint can take).
func Pretrained(checkpoint string) Transformer {
	return Transformer{Checkpoint: checkpoint, MaxTokens: 256, Training: DefaultTraining()}
}

// PretrainedTagger describes the tagger fine-tuned from a checkpoint with [DefaultTaggerTraining], documents cut to 256
// tokens (or to what the checkpoint can take).
func PretrainedTagger(checkpoint string) Transformer {
	return Transformer{Checkpoint: checkpoint, MaxTokens: 256, Training: DefaultTaggerTraining()}
}

// Name implements learner.Model and learner.TaggerModel.
func (t Transformer) Name() string { return "transformer" }

// Open implements learner.Model: finds the checkpoint, downloads it where needed, and reads it.
func (t Transformer) Open(ctx context.Context, classes []string) (learner.Classifier, error) {
	e, err := t.open(ctx, Classification, classes)
	if err != nil {
		return nil, err
	}
	return &Classifier{e}, nil
}

// OpenTagger implements learner.TaggerModel.
func (t Transformer) OpenTagger(ctx context.Context, types []string) (learner.Tagger, error) {
	e, err := t.open(ctx, Tagging, Tags(types))
	if err != nil {
		return nil, err
	}
	return &Tagger{engine: e}, nil
}

// Keeping implements learner.Keeper.
func (t Transformer) Keeping(checkpoints int) learner.Model { return t.keeping(checkpoints) }

// KeepingTagger implements learner.TaggerKeeper.
func (t Transformer) KeepingTagger(checkpoints int) learner.TaggerModel {
	return t.keeping(checkpoints)
}

func (t Transformer) keeping(checkpoints int) Transformer {
	t.Training.Checkpoints = checkpoints
	return t
}

// Load implements learner.Loader: it reads what was saved in a folder.
func (t Transformer) Load(ctx context.Context, dir string) (learner.Classifier, error) {
	return Load(ctx, dir, t.MaxTokens)
}

// LoadTagger implements learner.TaggerLoader.
func (t Transformer) LoadTagger(ctx context.Context, dir string) (learner.Tagger, error) {
	return LoadTagger(ctx, dir, t.MaxTokens)
}

// Fit opens the model and trains it on the examples, for use outside of experiments: Save keeps it.
func (t Transformer) Fit(ctx context.Context, classes []string, examples []corpus.Example, run learner.Run) (*Classifier, error) {
	e, err := t.open(ctx, Classification, classes)
	if err != nil {
		return nil, err
	}
	return fit(&Classifier{e}, func(c *Classifier) error { _, err := c.Train(ctx, examples, run); return err })
}

// FitTagger is Fit for a tagger.
func (t Transformer) FitTagger(ctx context.Context, types []string, examples []corpus.Tagged, run learner.Run) (*Tagger, error) {
	e, err := t.open(ctx, Tagging, Tags(types))
	if err != nil {
		return nil, err
	}
	return fit(&Tagger{engine: e}, func(t *Tagger) error { _, err := t.Train(ctx, examples, run); return err })
}

func (t Transformer) open(ctx context.Context, task pretrained.Task, classes []string) (*engine, error) {
	err := t.Training.check()
	var e *engine
	if err == nil {
		var folder *pretrained.Folder
		var origin string
		if folder, origin, err = openFolder(ctx, t.Checkpoint); err == nil {
			e, err = openFineTuned(folder, origin, t, task, classes)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("model: open %s: %w", t.Checkpoint, err)
	}
	return e, nil
}
