package stop

import "fmt"

// ClassificationChange says stop when the last model predicts of the stop set what the model before predicted: when
//
//	#{i : ŷ_i by the last model ≠ ŷ_i by the one before} / n ≤ Threshold
//
// (Zhu, Wang and Hovy, "Multi-Criteria-Based Strategy to Stop Active Learning for Data Annotation", COLING 2008, with
// Threshold 0 on the documents that are still unlabeled). Value is that share, in [0, 1]. It needs two models.
//
// It is small-text 1.4.1's ClassificationChange on predictions of one class. That one compares the unchanged with
// n · (1 − threshold), whose rounding can count a share that is the threshold as more.
type ClassificationChange struct {
	Threshold float64 `json:"threshold,omitempty"` // share of the predictions that may change, in [0, 1]; the paper's is 0
}

// Name implements Criterion.
func (ClassificationChange) Name() string { return "classification-change" }

// Check implements Criterion.
func (c ClassificationChange) Check() error {
	if !inUnit(c.Threshold) {
		return fmt.Errorf("stop: classification-change: threshold is %g; it is a share of predictions, from 0 to 1", c.Threshold)
	}
	return nil
}

// Advise implements Criterion.
func (c ClassificationChange) Advise(history []Round) (Advice, error) {
	if err := c.Check(); err != nil {
		return Advice{}, err
	}
	pairs, missing, err := pairings(c, history, 1)
	if err != nil {
		return Advice{}, err
	}
	if missing != "" {
		return unknown(c, c.Threshold, "%s", missing), nil
	}
	pair := pairs[0]
	changed := pair.n - pair.same
	share := float64(changed) / float64(pair.n)
	return Advice{
		Criterion: c.Name(), Known: true, Stop: share <= c.Threshold, Value: share, Threshold: c.Threshold,
		Evidence: fmt.Sprintf("%d of %d predictions changed from round %d to round %d, a share of %s; %g may.",
			changed, pair.n, pair.from, pair.to, number(share, c.Threshold), c.Threshold),
	}, nil
}
