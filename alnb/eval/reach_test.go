package eval

import "testing"

func TestLabelsToReach(t *testing.T) {
	documents := Curve{Points: []Point{{Labeled: 10, Mean: 0.5}, {Labeled: 20, Mean: 0.7}, {Labeled: 30, Mean: 0.6}, {Labeled: 40, Mean: 0.9}}}
	words := Curve{Points: []Point{{Labeled: 1, Words: 100, Mean: 0.2}, {Labeled: 2, Words: 300, Mean: 0.4}}}
	for _, test := range []struct {
		curve Curve
		score float64
		want  float64
		ok    bool
	}{
		{documents, 0.4, 10, true}, {documents, 0.6, 15, true}, {documents, 0.7, 20, true}, {documents, 0.8, 30 + 20.0/3, true},
		{documents, 0.91, 0, false}, {words, 0.3, 200, true}, {Curve{}, 0, 0, false},
	} {
		if got, ok := LabelsToReach(test.curve, test.score); ok != test.ok || got-test.want > 1e-9 || test.want-got > 1e-9 {
			t.Errorf("%g: %g, %v, want %g, %v", test.score, got, ok, test.want, test.ok)
		}
	}
}
