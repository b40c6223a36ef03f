package eval

import (
	"math"
	"slices"
	"testing"
)

func TestRankMoves(t *testing.T) {
	for _, test := range []struct {
		before, after, moves []float64
		correlation          float64
	}{
		{[]float64{4, 3, 2, 1}, []float64{40, 30, 20, 10}, []float64{0, 0, 0, 0}, 1},
		{[]float64{4, 3, 2, 1}, []float64{1, 2, 3, 4}, []float64{-0.75, -0.25, 0.25, 0.75}, -1},
		{[]float64{4, 3, 2, 1}, []float64{3, 4, 2, 1}, []float64{-0.25, 0.25, 0, 0}, 0.8}, // scipy.stats.spearmanr
		{[]float64{4, 3, 2, 1}, []float64{9, 9, 2, 1}, []float64{-0.125, 0.125, 0, 0}, 0.9486832980505138},
		{[]float64{5, 5}, []float64{1, 2}, []float64{-0.25, 0.25}, math.NaN()},
		{nil, nil, []float64{}, math.NaN()},
	} {
		moves, correlation := RankMoves(test.before, test.after)
		same := math.Abs(correlation-test.correlation) < 1e-12 || math.IsNaN(correlation) && math.IsNaN(test.correlation)
		if !slices.Equal(moves, test.moves) || !same {
			t.Errorf("%v to %v: %v, correlation %v; want %v, %v", test.before, test.after, moves, correlation, test.moves, test.correlation)
		}
	}
	d := Drift{Moves: []float64{-0.75, -0.25, 0.25, 0.75}}
	if d.Within(0.25) != 0.5 || d.Within(0.1) != 0 || (Drift{}).Within(1) != 0 {
		t.Error(d.Within(0.25), d.Within(0.1))
	}
}
