package stop

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"testing"
)

// after is what the reference says after a round: the value, nil where there is none, and whether to stop.
type after struct {
	Value *float64
	Stop  bool
}

// UnmarshalJSON reads [value, stop].
func (a *after) UnmarshalJSON(raw []byte) error {
	var parts [2]json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil {
		return err
	}
	return errors.Join(json.Unmarshal(parts[0], &a.Value), json.Unmarshal(parts[1], &a.Stop))
}

// reference is what tests/reference/make_stop.py wrote; its Sources say which library gave what.
type reference struct {
	Sources map[string]string
	Cases   []struct {
		Name      string
		Predicted [][]int
		Kappa     []struct {
			Window    int
			Threshold float64
			Rounds    []after
		}
		Change []struct {
			Threshold float64
			Rounds    []after
		}
		DeltaF []struct {
			Window    int
			Threshold float64
			Positive  []int
			Rounds    []after
		} `json:"delta_f"`
	}
	Uncertainty []struct {
		Name     string
		Pools    [][][]float64
		Criteria []struct {
			Threshold float64
			Rounds    []after
		}
	}
}

func readReference(t *testing.T) reference {
	t.Helper()
	raw, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// compare asks the criterion after each round. It returns how often the value was there, and in how many rounds the
// reference stops where the criterion doesn't know.
func compare(t *testing.T, name string, c Criterion, history []Round, want []after) (values, unlike int) {
	t.Helper()
	if len(want) != len(history) {
		t.Fatalf("%s: %s: %d rounds, and %d in the reference", name, c.Name(), len(history), len(want))
	}
	for i, w := range want {
		got, err := c.Advise(history[:i+1])
		switch {
		case err != nil:
			t.Errorf("%s: %+v after round %d: %v", name, c, i, err)
		case w.Value == nil:
			if got.Known || got.Stop || got.Value != 0 || got.Evidence == "" {
				t.Errorf("%s: %+v after round %d: %+v, want no value", name, c, i, got)
			}
			if w.Stop {
				unlike++
			}
		case !got.Known || math.Abs(got.Value-*w.Value) > 1e-9 || got.Stop != w.Stop:
			t.Errorf("%s: %+v after round %d: %+v, want %.12g, stop %v", name, c, i, got, *w.Value, w.Stop)
		default:
			values++
		}
	}
	return values, unlike
}

func TestCriteriaAreSmallTexts(t *testing.T) {
	values, unlike := make(map[string]int), make(map[string]int)
	count := func(name string, c Criterion, history []Round, want []after) {
		v, u := compare(t, name, c, history, want)
		values[c.Name()] += v
		unlike[c.Name()] += u
	}
	r := readReference(t)
	for _, test := range r.Cases {
		var history []Round
		for i, predicted := range test.Predicted {
			history = append(history, Round{Number: i, Predicted: predicted})
		}
		for _, c := range test.Kappa {
			count(test.Name, KappaAverage{Window: c.Window, Threshold: c.Threshold}, history, c.Rounds)
		}
		for _, c := range test.Change {
			count(test.Name, ClassificationChange{Threshold: c.Threshold}, history, c.Rounds)
		}
		for _, c := range test.DeltaF {
			count(test.Name, DeltaF{Window: c.Window, Threshold: c.Threshold, Positive: c.Positive}, history, c.Rounds)
		}
	}
	for _, test := range r.Uncertainty {
		var history []Round
		for i, pool := range test.Pools {
			mean, err := MeanEntropy(pool)
			if err != nil {
				t.Fatal(err)
			}
			history = append(history, Round{Number: i, Uncertainty: mean})
		}
		for _, c := range test.Criteria {
			count(test.Name, OverallUncertainty{Threshold: c.Threshold}, history, c.Rounds)
		}
	}
	for _, c := range Defaults() {
		if values[c.Name()] < 20 {
			t.Errorf("%s was compared %d times", c.Name(), values[c.Name()])
		}
		// small-text takes an undefined kappa for 1.
		if (unlike[c.Name()] > 0) != (c.Name() == KappaAverage{}.Name()) {
			t.Errorf("%s: the reference stops %d times where the advice isn't known", c.Name(), unlike[c.Name()])
		}
	}
	t.Logf("compared %v; the reference stops where the advice isn't known: %v", values, unlike)
}
