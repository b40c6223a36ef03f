package eval

import (
	"math"
	"testing"
)

func TestAccuracy(t *testing.T) {
	rows := [][]float32{{0.2, 0.8}, {0.5, 0.5}, {0.9, 0.1}, {0.4, 0.6}}
	for _, test := range []struct {
		gold []int
		want float64
	}{
		{[]int{1, 0, 0, 1}, 1}, // of two that tie the first counts
		{[]int{1, 1, 0, 1}, 0.75},
		{[]int{0, 1, 1, 0}, 0},
		{nil, 0},
	} {
		if got := Accuracy(rows[:len(test.gold)], test.gold); got != test.want {
			t.Errorf("gold %v: %g, want %g", test.gold, got, test.want)
		}
	}
}

func TestOver(t *testing.T) {
	same := func(x float64) float64 { return x }
	for _, test := range []struct {
		values []float64
		want   MeanStd
	}{
		{nil, MeanStd{}},
		{[]float64{3}, MeanStd{Mean: 3, N: 1}},
		{[]float64{2, 4, 4, 4, 5, 5, 7, 9}, MeanStd{Mean: 5, Std: math.Sqrt(32. / 7), N: 8}},
	} {
		got := Over(test.values, same)
		if got.Mean != test.want.Mean || got.N != test.want.N || math.Abs(got.Std-test.want.Std) > 1e-15 {
			t.Errorf("%v: %+v, want %+v", test.values, got, test.want)
		}
	}
}

func TestAreaUnderCurve(t *testing.T) {
	for _, test := range []struct {
		x, y []float64
		want float64
	}{
		{nil, nil, 0},
		{[]float64{5}, []float64{0.3}, 0.3},
		{[]float64{0, 10}, []float64{0.2, 0.4}, 0.3},
		{[]float64{10, 20, 40}, []float64{0, 0.6, 0.6}, (10*0.3 + 20*0.6) / 30},
	} {
		if got := AreaUnderCurve(test.x, test.y); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%v, %v: %g, want %g", test.x, test.y, got, test.want)
		}
	}
}
