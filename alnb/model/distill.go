package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/pretrained"
)

// Distillation makes a smaller encoder of a pretrained one, on unlabeled texts (after Sanh et al., "DistilBERT, a
// distilled version of BERT", 2019, and Jiao et al., "TinyBERT", EMNLP 2020): the student's hidden states come near the
// teacher's and, where the teacher has a head for masked language modeling, its distributions over masked words, too.
// No label is read, so the student may be an acquisition model that knows no more than the texts. [Distill] fills it in.
type Distillation struct {
	Teacher string `json:"teacher"` // a folder in Hugging Face's form, or a name on the hub
	Layers  int    `json:"layers"`  // of the student, at most the teacher's

	// The student's other sizes; 0 takes the teacher's. With the teacher's sizes the student starts as every second (third,
	// …) of the teacher's layers, else from random weights, and a linear layer leads from its states to the teacher's.
	Hidden       int `json:"hidden,omitempty"`
	Heads        int `json:"heads,omitempty"`
	Intermediate int `json:"intermediate,omitempty"`

	// Task distills what a fine-tuned teacher does instead: the loss is −Σ t log s of the heads' distributions t and s over
	// the labels, both at the Temperature (Hinton et al., "Distilling the Knowledge in a Neural Network", 2015), and the
	// student is a fine-tuned model. A teacher that learnt from labels must not start an acquisition model.
	Task bool `json:"task,omitempty"`

	MaxTokens   int      `json:"max_tokens"`  // longer texts are cut
	Masked      float64  `json:"masked"`      // the share of tokens that are masked where the teacher has a head for them
	Temperature float64  `json:"temperature"` // of the distributions over masked words or labels, above 0
	Training    Training `json:"training"`
}

// Distill describes the student with so many layers of a teacher: 2,000 steps of 16 texts of up to 128 tokens, learning
// rate 1e-4, 15 % masked, temperature 2.
func Distill(teacher string, layers int) Distillation {
	return Distillation{
		Teacher: teacher, Layers: layers, MaxTokens: 128, Masked: 0.15, Temperature: 2,
		Training: Training{Steps: 2000, BatchSize: 16, LearningRate: 1e-4, WeightDecay: 0.01, ClipNorm: 1, WarmupFraction: 0.1},
	}
}

// Distilled reports on a distillation.
type Distilled struct {
	Origin  string // of the teacher
	Steps   int
	Resumed int     // steps that an earlier run had done
	Loss    float64 // mean over the last tenth of the steps
	Masked  bool    // the teacher has a head for masked words
}

// saveEvery is how often the state of a distillation is written: what an interruption loses at most.
const saveEvery = 30 * time.Second

// Run distills and writes the student to dir, a Hugging Face folder that must not exist or be empty. The state lies
// beside it, in dir.partial, while it goes on: interrupted, it goes on from there when it is run again, and comes to the
// same student. When ctx ends it returns within a second with its error. All texts weigh the same: run.Weights is not read.
func (d Distillation) Run(ctx context.Context, docs []corpus.Document, dir string, run learner.Run) (Distilled, error) {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return Distilled{}, d.wrap(ctx, fmt.Errorf("the folder %s exists and is not empty; give another or remove it", dir))
	}
	s, err := d.open(ctx, docs, run.Seed)
	if err != nil {
		return Distilled{}, d.wrap(ctx, err)
	}
	defer s.close()
	result, err := s.run(ctx, filepath.Clean(dir)+".partial", run)
	if err == nil {
		err = s.save(dir)
	}
	if err == nil {
		err = os.RemoveAll(filepath.Clean(dir) + ".partial")
	}
	return result, d.wrap(ctx, err)
}

func (d Distillation) wrap(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	return fmt.Errorf("model: distill %s: %w", d.Teacher, err)
}

func (d Distillation) check(teacher pretrained.Config, docs []corpus.Document) error {
	switch {
	case d.Layers < 1 || d.Layers > teacher.Layers:
		return fmt.Errorf("Layers is %d; the teacher has %d, so it must lie between 1 and that", d.Layers, teacher.Layers)
	case d.MaxTokens < 3:
		return fmt.Errorf("MaxTokens is %d; it must be at least 3", d.MaxTokens)
	case !(d.Masked > 0 && d.Masked < 1):
		return fmt.Errorf("Masked is %g; it must lie between 0 and 1", d.Masked)
	case !(d.Temperature > 0) || math.IsInf(d.Temperature, 1):
		return fmt.Errorf("Temperature is %g; it must be above 0", d.Temperature)
	case len(docs) == 0:
		return errors.New("there are no texts to learn from")
	case len(d.Training.ClassWeights) > 0 || d.Training.Checkpoints > 0 || d.Training.EarlyStopping.Holdout > 0:
		return errors.New("Training has ClassWeights, Checkpoints or EarlyStopping, which are for trainings on labels only")
	}
	return d.Training.check()
}
