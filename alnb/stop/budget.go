package stop

import "fmt"

// Budget says stop when as many labels are made as are paid for. Value is the number of labels.
type Budget struct {
	Labels int `json:"labels"` // above 0; must be set
}

// Name implements Criterion.
func (Budget) Name() string { return "budget" }

// Check implements Criterion.
func (b Budget) Check() error {
	if b.Labels <= 0 {
		return fmt.Errorf("stop: budget: labels is %d; it is the number of labels to make, above 0", b.Labels)
	}
	return nil
}

// Advise implements Criterion.
func (b Budget) Advise(history []Round) (Advice, error) {
	if err := b.Check(); err != nil {
		return Advice{}, err
	}
	threshold := float64(b.Labels)
	if len(history) == 0 {
		return unknown(b, threshold, "No model was trained yet."), nil
	}
	labels := history[len(history)-1].Labels
	if labels < 0 {
		return Advice{}, fmt.Errorf("stop: budget: round %d has %d labels", history[len(history)-1].Number, labels)
	}
	return Advice{
		Criterion: b.Name(), Known: true, Stop: labels >= b.Labels, Value: float64(labels), Threshold: threshold,
		Evidence: fmt.Sprintf("There are %d labels of a budget of %d.", labels, b.Labels),
	}, nil
}
