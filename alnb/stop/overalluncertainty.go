package stop

import (
	"cmp"
	"fmt"
	"math"
)

// OverallUncertainty says stop when the model is sure of the pool: when the [MeanEntropy] of its predictions there is below
// Threshold (Zhu, Wang and Hovy, "Multi-Criteria-Based Strategy to Stop Active Learning for Data Annotation", COLING 2008;
// after Zhu and Hovy, "Active Learning for Word Sense Disambiguation with Methods for Addressing the Class Imbalance
// Problem", EMNLP 2007). Value is that mean, in [0, 1]. It needs one model.
//
// It is small-text 1.4.1's OverallUncertainty, which divides by log K, too, so that a threshold means the same for any
// number of classes. A model that is sure and wrong satisfies it; fine-tuned encoders can be both after a few labels.
type OverallUncertainty struct {
	Threshold float64 `json:"threshold,omitempty"` // of the mean normalized entropy, in (0, 1]; 0 is small-text's 0.05
}

// Name implements Criterion.
func (OverallUncertainty) Name() string { return "overall-uncertainty" }

// Check implements Criterion.
func (o OverallUncertainty) Check() error {
	if !inUnit(o.Threshold) {
		return fmt.Errorf("stop: overall-uncertainty: threshold is %g; it is a share of the highest entropy, above 0, at most 1",
			o.Threshold)
	}
	return nil
}

// Advise implements Criterion.
func (o OverallUncertainty) Advise(history []Round) (Advice, error) {
	if err := o.Check(); err != nil {
		return Advice{}, err
	}
	threshold := cmp.Or(o.Threshold, 0.05)
	if len(history) == 0 {
		return unknown(o, threshold, "No model was trained yet."), nil
	}
	round := history[len(history)-1]
	switch {
	case round.Uncertainty == nil:
		return unknown(o, threshold, "There is no uncertainty of the pool from round %d.", round.Number), nil
	case !inUnit(*round.Uncertainty):
		return Advice{}, fmt.Errorf("stop: overall-uncertainty: round %d has the uncertainty %g; it must be in [0, 1]",
			round.Number, *round.Uncertainty)
	}
	value := *round.Uncertainty
	return Advice{
		Criterion: o.Name(), Known: true, Stop: value < threshold, Value: value, Threshold: threshold,
		Evidence: fmt.Sprintf("The mean entropy of the predictions for the pool is %s of the highest possible; below %g is sure.",
			number(value, threshold), threshold),
	}, nil
}

// MeanEntropy is the mean of the entropies of predictions, as a share of the highest that K classes can have:
//
//	(1/n) Σ_i −Σ_k p_ik log p_ik / log K
//
// in [0, 1]. Each prediction has one probability a class, in proportion: it is divided by its sum. For tagging the
// predictions are those of words. It is nil where there are no predictions, or fewer than two classes, of which nobody can
// be uncertain.
func MeanEntropy[T float32 | float64](predictions [][]T) (*float64, error) {
	if len(predictions) == 0 {
		return nil, nil
	}
	classes, total := len(predictions[0]), 0.0
	for i, row := range predictions {
		if len(row) != classes {
			return nil, fmt.Errorf("stop: the prediction at position %d has %d probabilities, the first has %d", i, len(row), classes)
		}
		sum := 0.0
		for class, p := range row {
			if !(p >= 0) || math.IsInf(float64(p), 0) {
				return nil, fmt.Errorf("stop: the prediction at position %d has the probability %g for class %d", i, p, class)
			}
			sum += float64(p)
		}
		if classes > 0 && (sum == 0 || math.IsInf(sum, 0)) {
			return nil, fmt.Errorf("stop: the probabilities of the prediction at position %d sum to %g", i, sum)
		}
		for _, p := range row {
			if p > 0 {
				share := float64(p) / sum
				total -= share * math.Log(share)
			}
		}
	}
	if classes < 2 {
		return nil, nil
	}
	mean := min(1, total/float64(len(predictions))/math.Log(float64(classes))) // rounding may take it above 1
	return &mean, nil
}
