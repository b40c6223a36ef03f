package subsample

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
)

func TestContainment(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string]struct {
		query    []int
		previous []float64
		shares   []float64
		want     []float64
	}{
		"distinct":    {[]int{9, 5, 0}, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, []float64{0, 0.1, 0.4, 0.5, 0.9, 1}, []float64{0, 1. / 3, 1. / 3, 2. / 3, 2. / 3, 1}},
		"all tied":    {[]int{1}, make([]float64, 10), []float64{0.1, 0.5, 1}, []float64{0.1, 0.5, 1}},
		"an edge":     {[]int{1, 2}, []float64{9, 5, 5, 5, 5, 0, 0, 0, 0, 0}, []float64{0.1, 0.2, 0.3, 0.5}, []float64{0, 0.25, 0.5, 1}},
		"not scored":  {[]int{0, 1}, []float64{nan, 1, 0, nan}, []float64{0.25, 1}, []float64{0.5, 0.5}},
		"not one":     {[]int{0}, []float64{nan}, []float64{1}, []float64{0}},
		"no query":    {nil, []float64{1, 2}, []float64{0.5}, []float64{0}},
		"no shares":   {[]int{0}, []float64{1}, nil, []float64{}},
		"past all":    {[]int{0}, []float64{1, 2}, []float64{-1, 7}, []float64{0, 1}},
		"signed zero": {[]int{0}, []float64{math.Copysign(0, -1), 0}, []float64{0.5}, []float64{0.5}},
	} {
		got := Containment(c.query, c.previous, c.shares)
		if !slices.EqualFunc(got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-15 }) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestKept(t *testing.T) {
	s := Sample{Positions: []int{1, 4, 6}}
	for want, full := range map[float64][]int{0: nil, 0.5: {6, 5}, 1: {6, 1}, 1. / 3: {0, 9, 4}} {
		if got := Kept(full, s); got != want {
			t.Errorf("Kept(%v) is %g, want %g", full, got, want)
		}
	}
}

func TestReport(t *testing.T) {
	var r Report
	if r.Share() != 0 {
		t.Errorf("the share of nothing is %g", r.Share())
	}
	r.Add(100, Sample{Positions: make([]int, 100), Full: true, Seconds: 10})
	r.Add(90, Sample{Positions: make([]int, 9), ToppedUp: 2, Seconds: 2, Late: true})
	r.Add(5, Sample{})
	want := Report{Queries: 3, Pool: 195, Scored: 109, ToppedUp: 2, Late: 1, Seconds: 12, Saved: 18}
	if r != want || r.Share() != 109./195 {
		t.Errorf("%+v, share %g; want %+v", r, r.Share(), want)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}
