package model

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/alnb/alnb/alnb/internal/nn"
)

// Training says how a model is trained. [DefaultTraining] and its like fill it in; every field then means what it says,
// 0 included.
type Training struct {
	Epochs         float64 `json:"epochs"`          // passes over the labeled documents, where Steps is 0
	MinSteps       int     `json:"min_steps"`       // the least number of steps, where Steps is 0
	Steps          int     `json:"steps"`           // exactly so many steps; 0: as Epochs and MinSteps say
	BatchSize      int     `json:"batch_size"`      // documents a mini-batch, at least 1
	LearningRate   float64 `json:"learning_rate"`   // the highest, reached after the warm-up; above 0
	WeightDecay    float64 `json:"weight_decay"`    // not on biases and layer norms; decoupled in AdamW; 0 is none
	ClipNorm       float64 `json:"clip_norm"`       // the gradients' largest global norm; 0 doesn't clip
	WarmupFraction float64 `json:"warmup_fraction"` // of all steps, in [0, 1]

	// Optimizer is AdamW or, with the Momentum in [0, 1), SGD. Empty is AdamW.
	Optimizer string  `json:"optimizer,omitempty"`
	Momentum  float64 `json:"momentum,omitempty"`
	// Constant keeps the learning rate after the warm-up; else it falls linearly to 0.
	Constant bool `json:"constant,omitempty"`
	// Bfloat16 computes the products of dense layers and of attention in bfloat16, in training and in scoring. Parameters,
	// sums, norms and losses stay in float32.
	Bfloat16 bool `json:"bfloat16,omitempty"`
	// Devices is how many of the backend's devices share each mini-batch; 0 is one. The result is that of one device but for
	// the order of sums.
	Devices int `json:"devices,omitempty"`
	// ClassWeights multiply the loss of documents, or of words, by their class (of tags: B-PER and so on); classes that are
	// not in it have weight 1. A CRF has no loss of single words and refuses them.
	ClassWeights map[string]float64 `json:"class_weights,omitempty"`
	// Checkpoints is how many of the last epochs' ends are kept, with [Classifier.Checkpoints]; of trainings shorter than
	// that, as many equal parts.
	Checkpoints int `json:"checkpoints,omitempty"`
	// EarlyStopping is off where its Holdout is 0, as in the paper.
	EarlyStopping EarlyStopping `json:"early_stopping,omitzero"`
}

// EarlyStopping holds labeled documents out of training and ends it when their loss no longer falls; the weights with
// the smallest loss stay. The loss is the mean of −log p of the gold class, or of each word's gold tag (a CRF's marginal),
// by the documents' weights; class weights don't count.
type EarlyStopping struct {
	Holdout  float64 `json:"holdout"`  // the share of the labeled documents, in [0, 1)
	Patience int     `json:"patience"` // epochs without a smaller loss, at least 1
}

// The optimizers.
const (
	AdamW = "adamw"
	SGD   = "sgd"
)

// DefaultTraining is the paper's for AG News (its Table 4): 5 epochs and at least 1,000 steps of 16, learning rate
// 2e-5.
func DefaultTraining() Training {
	return Training{
		Epochs: 5, MinSteps: 1000, BatchSize: 16,
		LearningRate: 2e-5, WeightDecay: 0.01, ClipNorm: 1, WarmupFraction: 0.1,
	}
}

// DefaultTaggerTraining is the paper's for CoNLL-2003 and OntoNotes (its Table 4): 15 epochs and at least 1,000 steps
// of 16, learning rate 5e-5.
func DefaultTaggerTraining() Training {
	t := DefaultTraining()
	t.Epochs, t.LearningRate = 15, 5e-5
	return t
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
	case t.Optimizer != "" && t.Optimizer != AdamW && t.Optimizer != SGD:
		return fmt.Errorf("Optimizer is %q; there are %q and %q", t.Optimizer, AdamW, SGD)
	case !(t.Momentum >= 0 && t.Momentum < 1) || t.Momentum != 0 && t.Optimizer != SGD:
		return fmt.Errorf("Momentum is %g; it must lie in [0, 1), and is for %q only", t.Momentum, SGD)
	case t.Devices < 0:
		return fmt.Errorf("Devices is %d; it must not be negative", t.Devices)
	case t.Checkpoints < 0:
		return fmt.Errorf("Checkpoints is %d; it must not be negative", t.Checkpoints)
	case !(t.EarlyStopping.Holdout >= 0 && t.EarlyStopping.Holdout < 1):
		return fmt.Errorf("EarlyStopping.Holdout is %g; it must lie in [0, 1)", t.EarlyStopping.Holdout)
	case t.EarlyStopping.Holdout > 0 && t.EarlyStopping.Patience < 1:
		return fmt.Errorf("EarlyStopping.Patience is %d; it must be at least 1", t.EarlyStopping.Patience)
	}
	for class, weight := range t.ClassWeights {
		if !(weight >= 0 && weight <= math.MaxFloat32) {
			return fmt.Errorf("ClassWeights has %g for %q; weights are finite and not negative", weight, class)
		}
	}
	return nil
}

// classWeights returns the weight of each class.
func (t Training) classWeights(classes []string) ([]float32, error) {
	weights := make([]float32, len(classes))
	for i := range weights {
		weights[i] = 1
	}
	for class, weight := range t.ClassWeights {
		i := slices.Index(classes, class)
		if i < 0 {
			return nil, fmt.Errorf("ClassWeights names the class %q; the classes are %q", class, classes)
		}
		weights[i] = float32(weight)
	}
	return weights, nil
}

func (t Training) optimizer() nn.Optimizer {
	if t.Optimizer == SGD {
		return nn.SGD{Momentum: t.Momentum, WeightDecay: t.WeightDecay}
	}
	return nn.AdamW{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: t.WeightDecay}
}

// steps is how many mini-batches a training on n documents has.
func (t Training) steps(n int) int {
	if t.Steps > 0 {
		return t.Steps
	}
	return max(t.MinSteps, int(math.Ceil(t.Epochs*float64(n)/float64(t.BatchSize))), 1)
}

// epochEnds returns the steps, counted from 1, with which the epochs of a training on n documents end, up to total.
func (t Training) epochEnds(n, total int) []int {
	var ends []int
	for epoch := 1; ; epoch++ {
		end := (epoch*n + t.BatchSize - 1) / t.BatchSize
		if end > total {
			return ends
		}
		if len(ends) == 0 || end > ends[len(ends)-1] { // a mini-batch may hold several epochs
			ends = append(ends, end)
		}
	}
}

// checkpoints returns the steps after which weights are kept.
func (t Training) checkpoints(n, total int) []int {
	ends := t.epochEnds(n, total)
	if k := t.Checkpoints; len(ends) >= k {
		return ends[len(ends)-k:]
	}
	var parts []int
	for i := range t.Checkpoints {
		parts = append(parts, max(1, (i+1)*total/t.Checkpoints))
	}
	return slices.Compact(parts)
}

// rate is the learning rate of a step, counted from 0, of total: transformers' get_linear_schedule_with_warmup, or
// get_constant_schedule_with_warmup.
func (t Training) rate(step, total int) float64 {
	warmup := int(t.WarmupFraction * float64(total))
	switch {
	case step < warmup:
		return t.LearningRate * float64(step) / float64(warmup)
	case t.Constant:
		return t.LearningRate
	}
	return t.LearningRate * float64(total-step) / float64(max(1, total-warmup))
}
