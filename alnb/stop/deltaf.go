package stop

import (
	"cmp"
	"fmt"
	"slices"
)

// DeltaF says stop when the F-measure seems to change no more: when, of each of the last Window pairs of consecutive
// models, the estimated change on the stop set is below Threshold,
//
//	ΔF = 1 − 2a / (2a + b + c)
//
// where a predictions are positive by both models, b by the older alone, c by the newer alone (Altschuler and Bloodgood,
// "Stopping Active Learning Based on Predicted Change of F Measure for Text Classification", ICSC 2019). ΔF is in [0, 1].
// Value is the greatest of the window. It needs Window + 1 models.
//
// It is small-text 1.4.1's DeltaFScore with Positive {1}, for two classes, which are all that paper and small-text know.
// With more positive classes F is the micro average, which is what the metrics of this module are: a are the predictions in
// which both models give the same positive class, and 2a + b + c are all positive ones of both. So with every class
// positive, ΔF is the share of predictions that changed; for tagging, leave O out. Where neither model predicts anything
// positive, ΔF is 0/0, small-text doesn't stop, and the advice isn't known here.
type DeltaF struct {
	Window    int     `json:"window,omitempty"`    // pairs of models that are looked at, 1 or more; 0 is 3
	Threshold float64 `json:"threshold,omitempty"` // of ΔF, in (0, 1]; 0 is small-text's 0.05
	Positive  []int   `json:"positive,omitempty"`  // the classes whose F-measure counts, distinct; empty: all of them
}

// Name implements Criterion.
func (DeltaF) Name() string { return "delta-f" }

// Check implements Criterion.
func (d DeltaF) Check() error {
	switch {
	case d.Window < 0:
		return fmt.Errorf("stop: delta-f: window is %d; it is the number of pairs of models to look at, 1 or more", d.Window)
	case !inUnit(d.Threshold):
		return fmt.Errorf("stop: delta-f: threshold is %g; it is a change of F, above 0 and at most 1", d.Threshold)
	}
	for i, class := range d.Positive {
		if class < 0 || slices.Contains(d.Positive[:i], class) {
			return fmt.Errorf("stop: delta-f: positive has class %d at position %d; classes are distinct and count from 0", class, i)
		}
	}
	return nil
}

// Advise implements Criterion.
func (d DeltaF) Advise(history []Round) (Advice, error) {
	if err := d.Check(); err != nil {
		return Advice{}, err
	}
	window, threshold := cmp.Or(d.Window, 3), cmp.Or(d.Threshold, 0.05)
	pairs, missing, err := pairings(d, history, window)
	if err != nil {
		return Advice{}, err
	}
	if missing != "" {
		return unknown(d, threshold, "%s", missing), nil
	}
	deltas := make([]float64, window)
	for i, pair := range pairs {
		var ok bool
		if deltas[i], ok = pair.deltaF(d.Positive); !ok {
			return unknown(d, threshold,
				"The models of rounds %d and %d predict nothing of the classes that count, where F is undefined.",
				pair.from, pair.to), nil
		}
	}
	greatest := slices.Max(deltas)
	return Advice{
		Criterion: d.Name(), Known: true, Stop: greatest < threshold, Value: greatest, Threshold: threshold,
		Evidence: fmt.Sprintf("The estimated change of F from model to model up to round %d was %s on %d predictions; "+
			"below %g in %s is stable.",
			pairs[window-1].to, list(deltas, threshold), pairs[window-1].n, threshold, last(window)),
	}, nil
}
