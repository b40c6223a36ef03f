package stop

import (
	"cmp"
	"fmt"
)

// KappaAverage says stop when consecutive models agree on the stop set: when the mean of the last Window values of Cohen's
//
//	κ = (A_o − A_e) / (1 − A_e),  A_o = Σ_c n_cc / n,  A_e = Σ_c n_c· n_·c / n²
//
// is Threshold or more, where n_ab is how many of the n predictions are class a by the older and class b by the newer model
// (Bloodgood and Vijay-Shanker, "A Method for Stopping Active Learning Based on Stabilizing Predictions and the Need for
// User-Adjustable Stopping", CoNLL 2009). κ is in [−1, 1], and 0 where they agree as often as by chance. Value is the mean.
// It needs Window + 1 models.
//
// It is small-text 1.4.1's KappaAverage but where both models give everything one and the same class. κ is 0/0 there, which
// small-text takes for 1: three rounds of a model that has learned nothing yet would have it stop. Here the advice isn't
// known as long as the window has such a pair.
type KappaAverage struct {
	Window    int     `json:"window,omitempty"`    // values of κ that are averaged, 1 or more; 0 is the paper's 3
	Threshold float64 `json:"threshold,omitempty"` // of the mean, in (0, 1]; 0 is the paper's 0.99
}

// Name implements Criterion.
func (KappaAverage) Name() string { return "kappa-average" }

// Check implements Criterion.
func (k KappaAverage) Check() error {
	switch {
	case k.Window < 0:
		return fmt.Errorf("stop: kappa-average: window is %d; it is the number of values to average, 1 or more", k.Window)
	case !inUnit(k.Threshold):
		return fmt.Errorf("stop: kappa-average: threshold is %g; it is a kappa, above 0 and at most 1", k.Threshold)
	}
	return nil
}

// Advise implements Criterion.
func (k KappaAverage) Advise(history []Round) (Advice, error) {
	if err := k.Check(); err != nil {
		return Advice{}, err
	}
	window, threshold := cmp.Or(k.Window, 3), cmp.Or(k.Threshold, 0.99)
	pairs, missing, err := pairings(k, history, window)
	if err != nil {
		return Advice{}, err
	}
	if missing != "" {
		return unknown(k, threshold, "%s", missing), nil
	}
	kappas, sum := make([]float64, window), 0.0
	for i, pair := range pairs {
		var ok bool
		if kappas[i], ok = pair.kappa(); !ok {
			return unknown(k, threshold,
				"The models of rounds %d and %d give all %d predictions the same class, where kappa is undefined.",
				pair.from, pair.to, pair.n), nil
		}
		sum += kappas[i]
	}
	mean := sum / float64(window)
	return Advice{
		Criterion: k.Name(), Known: true, Stop: mean >= threshold, Value: mean, Threshold: threshold,
		Evidence: fmt.Sprintf("Kappa from model to model up to round %d was %s on %d predictions; "+
			"the mean is %s, %g or more is stable.",
			pairs[window-1].to, list(kappas, threshold), pairs[window-1].n, number(mean, threshold), threshold),
	}, nil
}
