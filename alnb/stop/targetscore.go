package stop

import (
	"cmp"
	"fmt"
	"slices"
)

// TargetScore says stop when the metric on the test split has reached a target, in each of the last rounds. Value is the
// lowest of these.
//
// A model that is chosen by a test split looks better on it than elsewhere, the more so the fewer its documents and the
// more often one looks; more than one round is a remedy.
type TargetScore struct {
	Score  float64 `json:"score"`            // the target, in the unit of the metric; in (0, 1], must be set
	Rounds int     `json:"rounds,omitempty"` // that must reach it, one after the other; 0 is 1
}

// Name implements Criterion.
func (TargetScore) Name() string { return "target-score" }

// Check implements Criterion.
func (t TargetScore) Check() error {
	switch {
	case !(t.Score > 0 && t.Score <= 1):
		return fmt.Errorf("stop: target-score: score is %g; it is the metric to reach, above 0 and at most 1", t.Score)
	case t.Rounds < 0:
		return fmt.Errorf("stop: target-score: rounds is %d; it is how many rounds must reach the score, 1 or more", t.Rounds)
	}
	return nil
}

// Advise implements Criterion.
func (t TargetScore) Advise(history []Round) (Advice, error) {
	if err := t.Check(); err != nil {
		return Advice{}, err
	}
	rounds := cmp.Or(t.Rounds, 1)
	if len(history) < rounds {
		return unknown(t, t.Score, "This takes the metric of %d rounds, and there are %d so far.", rounds, len(history)), nil
	}
	var metrics []float64
	for _, round := range history[len(history)-rounds:] {
		if round.Metric == nil {
			return unknown(t, t.Score, "There is no metric on a test split from round %d.", round.Number), nil
		}
		if !inUnit(*round.Metric) {
			return Advice{}, fmt.Errorf("stop: target-score: round %d has the metric %g; it must be in [0, 1]",
				round.Number, *round.Metric)
		}
		metrics = append(metrics, *round.Metric)
	}
	lowest := slices.Min(metrics)
	return Advice{
		Criterion: t.Name(), Known: true, Stop: lowest >= t.Score, Value: lowest, Threshold: t.Score,
		Evidence: fmt.Sprintf("The metric on the test split was %s; the target is %g in %s.",
			list(metrics, t.Score), t.Score, last(rounds)),
	}, nil
}
