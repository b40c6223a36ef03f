package doubt

import (
	"reflect"
	"slices"
	"testing"

	"github.com/alnb/alnb/alnb/keyed"
)

func TestFoldsAreStratified(t *testing.T) {
	stream := keyed.Key{Purpose: "labels"}.Stream()
	for n := range 60 {
		labels := make([]int, n)
		for i := range labels {
			labels[i] = min(stream.IntN(4), stream.IntN(4)) - 1
		}
		for k := 1; k <= 12; k++ {
			folds := Folds(labels, k, keyed.Key{Seed: uint64(n)})
			if len(folds) != min(k, n) {
				t.Fatalf("%d folds of %d documents, want %d", len(folds), n, k)
			}
			var all, sizes []int
			counts := make(map[int][]int) // of each label, by fold
			for f, fold := range folds {
				if !slices.IsSorted(fold) {
					t.Errorf("%v isn't ascending", fold)
				}
				all, sizes = append(all, fold...), append(sizes, len(fold))
				for _, position := range fold {
					if counts[labels[position]] == nil {
						counts[labels[position]] = make([]int, len(folds))
					}
					counts[labels[position]][f]++
				}
			}
			slices.Sort(all)
			for i, position := range all {
				if position != i {
					t.Fatalf("%d documents in %d folds: %v", n, k, folds)
				}
			}
			if len(all) != n || n > 0 && slices.Max(sizes)-slices.Min(sizes) > 1 {
				t.Errorf("%d documents in %d folds of %v", n, k, sizes)
			}
			for label, of := range counts {
				if slices.Max(of)-slices.Min(of) > 1 {
					t.Errorf("%d documents in %d folds: label %d has %v in them", n, k, label, of)
				}
			}
		}
	}
}

func TestFoldsAreDrawnByTheKey(t *testing.T) {
	labels := make([]int, 100)
	for i := range labels {
		labels[i] = i % 3
	}
	a := Folds(labels, 5, keyed.Key{Seed: 1, Purpose: "doubt"})
	if !reflect.DeepEqual(a, Folds(slices.Clone(labels), 5, keyed.Key{Seed: 1, Purpose: "doubt"})) {
		t.Error("the same key gave other folds")
	}
	for _, other := range []keyed.Key{{Seed: 2, Purpose: "doubt"}, {Seed: 1}, {Seed: 1, Purpose: "doubt", Round: 1}} {
		if reflect.DeepEqual(a, Folds(labels, 5, other)) {
			t.Errorf("%+v gave the same folds", other)
		}
	}
	// Each document is in each fold as often as in others, over keys.
	var in [5]int
	for seed := range uint64(5000) {
		for f, fold := range Folds(labels, 5, keyed.Key{Seed: seed}) {
			if _, ok := slices.BinarySearch(fold, 42); ok {
				in[f]++
			}
		}
	}
	for f, n := range in {
		if n < 850 || n > 1150 {
			t.Errorf("of 5000 keys, %d have document 42 in fold %d", n, f)
		}
	}
}

func TestNoFolds(t *testing.T) {
	for _, test := range []struct{ n, k int }{{0, 3}, {3, 0}, {3, -1}} {
		if folds := Folds(make([]int, test.n), test.k, keyed.Key{}); folds != nil {
			t.Errorf("%d folds of %d documents: %v", test.k, test.n, folds)
		}
	}
}
