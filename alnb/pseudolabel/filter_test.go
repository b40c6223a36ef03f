package pseudolabel

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
)

func withPool(n int, filter Filter) *HandOver {
	h := &HandOver{Plan: Plan{Filter: filter}, Seed: 1, Pool: make([]corpus.Document, n)}
	for i := range h.Pool {
		h.Pool[i].ID = fmt.Sprint("d", i)
	}
	return h
}

func TestDrop(t *testing.T) {
	scores := []scored{
		{"tracin", []float64{5, 1, 4, 2, 3, 0, 0, 0, 0, 0}},
		{"confidence", []float64{-0.9, -0.1, -0.9, -0.2, -0.9, -0.9, -0.9, -0.9, -0.9, -0.9}},
	}
	for _, test := range []struct {
		filter Filter
		q      float64
		want   []int
	}{
		{TracIn{}, 0.8, []int{0, 2}}, {nil, 0.75, []int{0, 2, 4}}, {TracIn{}, 0.96, nil}, {TracIn{}, 0.94, []int{0}}, {TracIn{}, 1,
			nil},
		{Confidence{}, 0.8, []int{1, 3}}, {Confidence{}, 1, nil}, {None{}, 0.3, nil},
		{Share{0.3, ByTracIn}, 1, []int{0, 2, 4}}, {Share{0.1, ByConfidence}, 0.2, []int{1}}, {Share{0, ByTracIn}, 0.5, nil},
	} {
		var got []int
		for i, dropped := range withPool(10, test.filter).drop(test.q, scores) {
			if dropped {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%+v, q = %g: %v are dropped, want %v", test.filter, test.q, got, test.want)
		}
	}
}

// Ties break by the documents' IDs and the seed, not by their order.
func TestTies(t *testing.T) {
	h := withPool(50, TracIn{})
	names := func(h *HandOver) []string {
		var dropped []string
		for i, out := range h.drop(0.8, []scored{{"tracin", make([]float64, 50)}}) {
			if out {
				dropped = append(dropped, h.Pool[i].ID)
			}
		}
		slices.Sort(dropped)
		return dropped
	}
	first := names(h)
	slices.Reverse(h.Pool)
	if again := names(h); len(first) != 10 || !slices.Equal(again, first) {
		t.Errorf("%v, in another order %v", first, again)
	}
	if h.Seed = 2; slices.Equal(names(h), first) {
		t.Error("two seeds break ties alike")
	}
}

func TestAreaUnderROC(t *testing.T) {
	wrong := []bool{false, true, false, true}
	for _, test := range []struct {
		scores []float64
		want   float64
	}{
		{[]float64{1, 3, 2, 4}, 1}, {[]float64{4, 1, 3, 2}, 0}, {[]float64{1, 1, 1, 1}, 0.5}, {[]float64{1, 2, 3, 4}, 0.75},
	} {
		if got := areaUnderROC(test.scores, wrong); got == nil || *got != test.want {
			t.Errorf("%v: %v, want %g", test.scores, got, test.want)
		}
	}
	if got := areaUnderROC([]float64{1, 2}, []bool{true, true}); got != nil {
		t.Errorf("%g where nothing is right", *got)
	}
}

// Of all ways to drop so many at random, the mean number of wrong ones is the expected one.
func TestRandomIsExact(t *testing.T) {
	const n, wrong, drop = 6, 2, 3
	sum, ways := 0.0, 0
	for set := range 1 << n {
		found, size := 0, 0
		for i := range n {
			if set>>i&1 == 1 {
				size++
				if i < wrong {
					found++
				}
			}
		}
		if size == drop {
			sum += float64(found)
			ways++
		}
	}
	h := withPool(n, None{})
	labels, truth := make([]Pseudo, n), make([]Labeled, n)
	for i := range labels {
		labels[i].ID = h.Pool[i].ID
		if i < wrong {
			truth[i].Class = 1
		}
	}
	h.Truth, h.Labeler = truth, classifier{}
	dropped := make([]bool, n)
	for i := range drop {
		dropped[n-1-i] = true
	}
	var r Result
	h.report(&r, labels, []scored{{"confidence", make([]float64, n)}}, dropped)
	got := r.Report.Errors.Filters[1]
	if got.By != "random" || math.Abs(got.Wrong-sum/float64(ways)) > 1e-12 || math.Abs(*got.Precision-got.Wrong/drop) > 1e-12 ||
		math.Abs(*got.Recall-got.Wrong/wrong) > 1e-12 {
		t.Errorf("%+v, want %g wrong ones", got, sum/float64(ways))
	}
}
