package model

import (
	"context"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
)

// Transformer describes a pretrained encoder with a classification head. [Pretrained] fills it in.
type Transformer struct {
	Checkpoint string   `json:"checkpoint"` // a folder in Hugging Face's form, or a name on the hub
	MaxTokens  int      `json:"max_tokens"` // longer texts are cut; special tokens included; at least 3
	Training   Training `json:"training"`
}

// Pretrained describes the classifier fine-tuned from a checkpoint with [DefaultTraining], texts cut to 256 tokens (or
// to what the checkpoint can take).
func Pretrained(checkpoint string) Transformer {
	return Transformer{Checkpoint: checkpoint, MaxTokens: 256, Training: DefaultTraining()}
}

// Name implements learner.Model.
func (t Transformer) Name() string { return "transformer" }

// Fit opens the model and trains it on the examples, for use outside of experiments: [Classifier.Save] keeps it.
func (t Transformer) Fit(ctx context.Context, classes []string, examples []corpus.Example, run learner.Run) (*Classifier, error) {
	c, err := newClassifier(ctx, t, classes)
	if err != nil {
		return nil, fmt.Errorf("model: open %s: %w", t.Checkpoint, err)
	}
	if _, err := c.Train(ctx, examples, run); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Open implements learner.Model: finds the checkpoint, downloads it where needed, and reads it.
func (t Transformer) Open(ctx context.Context, classes []string) (learner.Classifier, error) {
	c, err := newClassifier(ctx, t, classes)
	if err != nil {
		return nil, fmt.Errorf("model: open %s: %w", t.Checkpoint, err)
	}
	return c, nil
}
