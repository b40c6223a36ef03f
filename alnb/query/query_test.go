package query_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/query/querytest"
)

func TestConformance(t *testing.T) {
	for _, strategy := range []query.Strategy{query.Random{}, query.LeastConfident{}} {
		t.Run(strategy.Name(), func(t *testing.T) { querytest.Run(t, strategy) })
	}
}

func TestLeastConfident(t *testing.T) {
	table := querytest.Table{"sure": {0, 1, 0}, "torn": {0.25, 0.5, 0.25}, "lost": {0.25, 0.375, 0.375}}
	docs := []corpus.Document{{ID: "sure"}, {ID: "torn"}, {ID: "lost"}}
	got, err := query.LeastConfident{}.Score(t.Context(), query.Request{Docs: docs, Model: table})
	if want := []float64{0, 0.5, 0.625}; err != nil || !slices.Equal(got, want) {
		t.Errorf("scores %v, %v; want %v", got, err, want)
	}
}

func TestTop(t *testing.T) {
	docs := make([]corpus.Document, 1000)
	for i := range docs {
		docs[i].ID = fmt.Sprint(i)
	}
	key := keyed.Key{Seed: 1, Purpose: "ties"}
	t.Run("highest first", func(t *testing.T) {
		got, err := query.Top(2, docs[:4], []float64{0.1, 0.9, 0.3, 0.5}, key)
		if err != nil || !slices.Equal(got, []int{1, 3}) {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("more than there are", func(t *testing.T) {
		got, err := query.Top(9, docs[:3], nil, key)
		if err != nil || len(got) != 3 {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("ties are drawn uniformly", func(t *testing.T) {
		counts := make([]int, 10)
		for seed := range uint64(10000) {
			top, err := query.Top(1, docs[:10], nil, keyed.Key{Seed: seed, Purpose: "ties"})
			if err != nil {
				t.Fatal(err)
			}
			counts[top[0]]++
		}
		for i, n := range counts {
			if math.Abs(float64(n)-1000) > 150 { // five standard deviations
				t.Errorf("document %d was drawn %d times of 10000, about 1000 were expected", i, n)
			}
		}
	})
	t.Run("ties do not depend on the order", func(t *testing.T) {
		a, _ := query.Top(20, docs, nil, key)
		reversed := slices.Clone(docs)
		slices.Reverse(reversed)
		b, _ := query.Top(20, reversed, nil, key)
		for i := range a {
			if docs[a[i]].ID != reversed[b[i]].ID {
				t.Fatalf("document %d: %s and, in reverse order, %s", i, docs[a[i]].ID, reversed[b[i]].ID)
			}
		}
	})
	t.Run("not a number", func(t *testing.T) {
		if _, err := query.Top(1, docs[:2], []float64{0, math.NaN()}, key); err == nil {
			t.Error("a score that is not a number was taken")
		}
	})
}
