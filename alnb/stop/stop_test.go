package stop

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// rounds is a history of predictions, a character each; '-' is one that doesn't count.
func rounds(predicted ...string) []Round {
	history := make([]Round, len(predicted))
	for i, row := range predicted {
		history[i].Number, history[i].Labels = i, 10*(i+1)
		for _, c := range row {
			class := int(c - '0')
			if c == '-' {
				class = -1
			}
			history[i].Predicted = append(history[i].Predicted, class)
		}
	}
	return history
}

func metrics(values ...float64) []Round {
	history := make([]Round, len(values))
	for i, v := range values {
		history[i] = Round{Number: i, Labels: 10 * (i + 1)}
		if v >= 0 || math.IsNaN(v) {
			history[i].Metric, history[i].Uncertainty = &v, &v
		}
	}
	return history
}

const none = -1 // of metrics

func TestAdvice(t *testing.T) {
	for _, test := range []struct {
		name     string
		c        Criterion
		history  []Round
		stop     bool
		known    bool
		value    float64
		evidence string
	}{
		{"before the first round", Budget{Labels: 20}, nil, false, false, 0, "No model was trained yet."},
		{"below the budget", Budget{Labels: 20}, metrics(0.5), false, true, 10, "There are 10 labels of a budget of 20."},
		{"at the budget", Budget{Labels: 20}, metrics(0.5, 0.6), true, true, 20, "There are 20 labels of a budget of 20."},
		{"past the budget", Budget{Labels: 20}, metrics(0.5, 0.6, 0.7), true, true, 30, "30 labels"},

		{"below the target", TargetScore{Score: 0.9}, metrics(0.95, 0.8), false, true, 0.8,
			"was 0.8; the target is 0.9 in the last round."},
		{"at the target", TargetScore{Score: 0.9}, metrics(0.8, 0.9), true, true, 0.9, "was 0.9;"},
		{"just below", TargetScore{Score: 0.9}, metrics(0.899999), false, true, 0.899999, "was 0.899999;"},
		{"one of two at the target", TargetScore{Score: 0.9, Rounds: 2}, metrics(0.8, 0.95), false, true, 0.8,
			"was 0.8, 0.95; the target is 0.9 in each of the last 2 rounds"},
		{"both at the target", TargetScore{Score: 0.9, Rounds: 2}, metrics(0.1, 0.93, 0.91), true, true, 0.91,
			"was 0.93, 0.91;"},
		{"too few for the target", TargetScore{Score: 0.9, Rounds: 3}, metrics(0.95, 0.95), false, false, 0,
			"metric of 3 rounds, and there are 2"},
		{"no test split", TargetScore{Score: 0.9}, metrics(0.95, none), false, false, 0,
			"no metric on a test split from round 1"},

		{"two rounds of four", KappaAverage{}, rounds("0101", "0101"), false, false, 0,
			"predictions of 4 consecutive models, and there are 2 so far"},
		{"stable", KappaAverage{}, rounds("0000", "0101", "0101", "0101", "0101"), true, true, 1,
			"up to round 4 was 1, 1, 1 on 4 predictions; the mean is 1, 0.99 or more is stable."},
		{"by chance", KappaAverage{Window: 1}, rounds("0011", "0101"), false, true, 0, "was 0 on 4 predictions; the mean is 0,"},
		{"the opposite", KappaAverage{Window: 1}, rounds("0011", "1100"), false, true, -1, "was -1 on"},
		{"one class", KappaAverage{Window: 1}, rounds("22", "22"), false, false, 0,
			"The models of rounds 0 and 1 give all 2 predictions the same class, where kappa is undefined."},
		{"no stop set", KappaAverage{Window: 1}, rounds("01", ""), false, false, 0,
			"no predictions of the stop set from round 1"},
		{"nothing that counts", KappaAverage{Window: 1}, rounds("0-", "-1"), false, false, 0, "from both round 0 and round 1"},

		{"changed", ClassificationChange{}, rounds("0000", "0100"), false, true, 0.25,
			"1 of 4 predictions changed from round 0 to round 1, a share of 0.25; 0 may."},
		{"some may change", ClassificationChange{Threshold: 0.25}, rounds("0000", "0100"), true, true, 0.25, "0.25 may."},
		{"unchanged", ClassificationChange{}, rounds("1111", "0100", "0100"), true, true, 0, "0 of 4 predictions changed"},
		{"unchanged but for what doesn't count", ClassificationChange{}, rounds("0-00", "012-"), false, true, 0.5,
			"1 of 2 predictions"},

		{"F changes", DeltaF{Window: 1, Positive: []int{1}}, rounds("0011", "0111"), false, true, 0.2,
			"was 0.2 on 4 predictions; below 0.05 in the last round is stable."},
		{"F is stable", DeltaF{Positive: []int{1}}, rounds("0001", "0111", "0111", "0111", "0111"), true, true, 0,
			"was 0, 0, 0 on 4 predictions; below 0.05 in each of the last 3 rounds"},
		{"at the threshold", DeltaF{Window: 1, Threshold: 0.2, Positive: []int{1}}, rounds("0011", "0111"), false, true, 0.2,
			""},
		{"nothing positive", DeltaF{Window: 1, Positive: []int{1}}, rounds("00", "00"), false, false, 0, "where F is undefined"},

		{"unsure", OverallUncertainty{}, metrics(0.01, 0.05), false, true, 0.05,
			"is 0.05 of the highest possible; below 0.05 is sure."},
		{"sure", OverallUncertainty{}, metrics(0.9, 0.04999999), true, true, 0.04999999, "is 0.04999999 of"},
		{"not asked", OverallUncertainty{}, metrics(0.1, none), false, false, 0, "no uncertainty of the pool from round 1"},
		{"before the first model", OverallUncertainty{}, nil, false, false, 0, "No model was trained yet."},
	} {
		got, err := test.c.Advise(test.history)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got.Stop != test.stop || got.Known != test.known || math.Abs(got.Value-test.value) > 1e-15 {
			t.Errorf("%s: %+v, want stop %v, known %v, value %g", test.name, got, test.stop, test.known, test.value)
		}
		if !strings.Contains(got.Evidence, test.evidence) || got.Criterion != test.c.Name() {
			t.Errorf("%s: %+v, want evidence %q", test.name, got, test.evidence)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestRefused(t *testing.T) {
	history := rounds("01", "01", "01", "01")
	for _, test := range []struct {
		c       Criterion
		history []Round
		want    string
	}{
		{Budget{}, history, "budget: labels is 0"},
		{Budget{Labels: 5}, []Round{{Number: 3, Labels: -1}}, "round 3 has -1 labels"},
		{TargetScore{}, history, "target-score: score is 0"},
		{TargetScore{Score: math.NaN()}, history, "score is NaN"},
		{TargetScore{Score: 91}, history, "score is 91"},
		{TargetScore{Score: 0.9, Rounds: -1}, history, "rounds is -1"},
		{TargetScore{Score: 0.9}, metrics(0.1, math.NaN()), "round 1 has the metric NaN"},
		{TargetScore{Score: 0.9}, metrics(91), "round 0 has the metric 91"},
		{KappaAverage{Window: -1}, history, "kappa-average: window is -1"},
		{KappaAverage{Threshold: 1.5}, history, "threshold is 1.5"},
		{KappaAverage{Threshold: math.NaN()}, history, "threshold is NaN"},
		{KappaAverage{Window: 2}, rounds("01", "01", "012"), "round 1 has 2 predictions of the stop set, and round 2 has 3"},
		{ClassificationChange{Threshold: -0.1}, history, "classification-change: threshold is -0.1"},
		{ClassificationChange{}, rounds("01", "0"), "the stop set must stay the same"},
		{DeltaF{Window: -2}, history, "delta-f: window is -2"},
		{DeltaF{Threshold: 2}, history, "threshold is 2"},
		{DeltaF{Positive: []int{1, -1}}, history, "positive has class -1 at position 1"},
		{DeltaF{Positive: []int{1, 0, 1}}, history, "positive has class 1 at position 2"},
		{DeltaF{Window: 1}, rounds("01", "0"), "the stop set must stay the same"},
		{OverallUncertainty{Threshold: -1}, history, "overall-uncertainty: threshold is -1"},
		{OverallUncertainty{}, metrics(0.1, math.NaN()), "round 1 has the uncertainty NaN"},
		{OverallUncertainty{}, metrics(1.1), "round 0 has the uncertainty 1.1"},
	} {
		_, err := test.c.Advise(test.history)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "stop: "+test.c.Name()+":") {
			t.Errorf("%+v: %v, want %q", test.c, err, test.want)
		}
	}
}

func TestMeanEntropy(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, test := range []struct {
		rows [][]float64
		want string
	}{
		{[][]float64{{0.5, 0.5}, {1}}, "position 1 has 1 probabilities, the first has 2"},
		{[][]float64{{0.5, 0.5}, {0, nan}}, "position 1 has the probability NaN for class 1"},
		{[][]float64{{inf, 0}}, "position 0 has the probability +Inf for class 0"},
		{[][]float64{{0.5, -0.5}}, "position 0 has the probability -0.5 for class 1"},
		{[][]float64{{0, 0}}, "position 0 sum to 0"},
	} {
		if _, err := MeanEntropy(test.rows); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v, want %q", test.rows, err, test.want)
		}
	}
	for _, rows := range [][][]float32{nil, {}, {{}}, {{1}, {1}}} {
		if mean, err := MeanEntropy(rows); mean != nil || err != nil {
			t.Errorf("%v: %v, %v", rows, mean, err)
		}
	}
	mean, err := MeanEntropy([][]float32{{0.5, 0.5}, {1, 0}, {3, 3}, {0, 1}})
	if err != nil || mean == nil || *mean != 0.5 {
		t.Errorf("%v, %v", mean, err)
	}
}

func TestAdviseAsksAll(t *testing.T) {
	all, err := Advise(append(Defaults(), Budget{Labels: 5}), rounds("01", "01"))
	if err != nil || len(all) != 5 {
		t.Fatalf("%+v, %v", all, err)
	}
	for i, c := range Defaults() {
		if all[i].Criterion != c.Name() || all[i].Known != (c.Name() == "classification-change") {
			t.Errorf("%+v, want %s", all[i], c.Name())
		}
	}
	if _, err := Advise([]Criterion{KappaAverage{}, Budget{}}, nil); err == nil {
		t.Error("a budget of nothing is taken")
	}
}

// What a criterion shows is on the side of the threshold that it is on.
func TestNumber(t *testing.T) {
	for _, test := range []struct {
		x, limit float64
		want     string
	}{
		{0.98999999, 0.99, "0.98999999"}, {0.99, 0.99, "0.99"}, {0.99 + 1e-15, 0.99, "0.990000000000001"},
		{1. / 3, 0.99, "0.3333"}, {0, 0, "0"},
		{-0.25, 0.99, "-0.25"}, {1e-7, 0, "1e-07"},
	} {
		if got := number(test.x, test.limit); got != test.want {
			t.Errorf("%v beside %v is %s, want %s", test.x, test.limit, got, test.want)
		}
	}
}

func BenchmarkKappaAverage(b *testing.B) {
	history := make([]Round, 4)
	for i := range history {
		history[i].Predicted = make([]int, 100_000)
		for j := range history[i].Predicted {
			history[i].Predicted[j] = (j + j*i/100_000) % 20
		}
	}
	for b.Loop() {
		if _, err := (KappaAverage{}).Advise(history); err != nil {
			b.Fatal(err)
		}
	}
}
