package eval

import (
	"math"
	"testing"
)

func TestLabelsToReach(t *testing.T) {
	documents := Curve{Points: []Point{{Labeled: 10, Mean: 0.5}, {Labeled: 20, Mean: 0.7}, {Labeled: 30, Mean: 0.6}, {Labeled: 40, Mean: 0.9}}}
	late := Curve{Points: []Point{{Round: 1, Labeled: 20, Mean: 0.7}, {Round: 3, Labeled: 40, Mean: math.NaN()}}}
	words := Curve{Points: []Point{{Labeled: 1, Words: 100, Mean: 0.2}, {Labeled: 2, Words: 300, Mean: 0.4}}}
	failed := Curve{Points: []Point{ // of the second seed after round 1
		{Labeled: 10, Mean: 0.5, Seeds: 2}, {Labeled: 20, Mean: 0.6, Seeds: 2}, {Labeled: 30, Mean: 0.9, Seeds: 1},
	}}
	refused := Curve{Points: []Point{ // pseudo-labels of one seed in rounds 0 and 2
		{Labeled: 10, Mean: 0.9, Seeds: 1}, {Labeled: 20, Mean: 0.5, Seeds: 2}, {Labeled: 30, Mean: 0.9, Seeds: 1}, {Labeled: 40, Mean: 0.7, Seeds: 2},
	}}
	for _, test := range []struct {
		curve Curve
		score float64
		want  float64
		most  bool
		ok    bool
	}{
		{documents, 0.4, 10, true, true}, {documents, 0.5, 10, false, true}, {documents, 0.6, 15, false, true}, {documents, 0.7, 20, false, true},
		{documents, 0.8, 30 + 20.0/3, false, true}, {documents, 0.91, 0, false, false}, {words, 0.3, 200, false, true},
		{late, 0.5, 20, true, true}, {late, 0.8, 0, false, false}, {late, math.NaN(), 0, false, false}, {Curve{}, 0, 0, false, false},
		{failed, 0.55, 15, false, true}, {failed, 0.7, 0, false, false}, {refused, 0.6, 30, false, true}, {refused, 0.4, 20, true, true},
	} {
		if got, most, ok := LabelsToReach(test.curve, test.score); ok != test.ok || most != test.most || !(math.Abs(got-test.want) < 1e-9) {
			t.Errorf("%g: %g, %v, %v, want %g, %v, %v", test.score, got, most, ok, test.want, test.most, test.ok)
		}
	}
}
