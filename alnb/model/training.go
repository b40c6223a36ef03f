package model

import (
	"errors"
	"fmt"
	"math"
)

// Training says how a model is trained: AdamW, the learning rate rising linearly and then falling linearly to 0.
// [DefaultTraining] fills it in; every field then means what it says, 0 included.
type Training struct {
	Epochs         float64 `json:"epochs"`          // passes over the labeled documents, where Steps is 0
	MinSteps       int     `json:"min_steps"`       // the least number of steps, where Steps is 0
	Steps          int     `json:"steps"`           // exactly so many steps; 0: as Epochs and MinSteps say
	BatchSize      int     `json:"batch_size"`      // documents a mini-batch, at least 1
	LearningRate   float64 `json:"learning_rate"`   // the highest, reached after the warm-up; above 0
	WeightDecay    float64 `json:"weight_decay"`    // decoupled, not on biases and layer norms; 0 is none
	ClipNorm       float64 `json:"clip_norm"`       // the gradients' largest global norm; 0 doesn't clip
	WarmupFraction float64 `json:"warmup_fraction"` // of all steps, in [0, 1]
}

// DefaultTraining is the paper's for AG News (its Table 4): 5 epochs and at least 1,000 steps of 16, learning rate
// 2e-5.
func DefaultTraining() Training {
	return Training{
		Epochs: 5, MinSteps: 1000, BatchSize: 16,
		LearningRate: 2e-5, WeightDecay: 0.01, ClipNorm: 1, WarmupFraction: 0.1,
	}
}

func (t Training) check() error {
	switch {
	case t.BatchSize < 1:
		return fmt.Errorf("BatchSize is %d; it must be at least 1", t.BatchSize)
	case !(t.LearningRate > 0) || math.IsInf(t.LearningRate, 1):
		return fmt.Errorf("LearningRate is %g; it must be above 0", t.LearningRate)
	case t.Steps < 0 || t.MinSteps < 0 || t.Epochs < 0 || math.IsInf(t.Epochs, 1) || math.IsNaN(t.Epochs):
		return errors.New("Steps, MinSteps and Epochs must not be negative")
	case t.Steps == 0 && t.MinSteps == 0 && t.Epochs == 0:
		return errors.New("Steps, MinSteps and Epochs are all 0; start from DefaultTraining")
	case !(t.WeightDecay >= 0) || !(t.ClipNorm >= 0):
		return errors.New("WeightDecay and ClipNorm must not be negative")
	case !(t.WarmupFraction >= 0 && t.WarmupFraction <= 1):
		return fmt.Errorf("WarmupFraction is %g; it must lie in [0, 1]", t.WarmupFraction)
	}
	return nil
}

// steps is how many mini-batches a training on n documents has.
func (t Training) steps(n int) int {
	if t.Steps > 0 {
		return t.Steps
	}
	return max(t.MinSteps, int(math.Ceil(t.Epochs*float64(n)/float64(t.BatchSize))), 1)
}

// rate is the learning rate of a step, counted from 0, of total: transformers' get_linear_schedule_with_warmup.
func (t Training) rate(step, total int) float64 {
	warmup := int(t.WarmupFraction * float64(total))
	if step < warmup {
		return t.LearningRate * float64(step) / float64(warmup)
	}
	return t.LearningRate * float64(total-step) / float64(max(1, total-warmup))
}
