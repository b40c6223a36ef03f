package query

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
)

var tieKey = keyed.Key{Seed: 1, Purpose: "ties"}

func numbered(n int) []corpus.Document {
	docs := make([]corpus.Document, n)
	for i := range docs {
		docs[i] = corpus.Document{ID: fmt.Sprint(i), Words: make([]string, i%7)}
	}
	return docs
}

// plainRanking hashes and sorts all.
func plainRanking(docs []corpus.Document, scores []float64) []int {
	positions := make([]int, len(docs))
	for i := range positions {
		positions[i] = i
	}
	hash := func(i int) uint64 {
		key := tieKey
		key.ID = docs[i].ID
		return key.Hash()
	}
	slices.SortFunc(positions, func(a, b int) int {
		if scores != nil && scores[a] != scores[b] {
			return cmp.Compare(scores[b], scores[a])
		}
		return cmp.Compare(hash(a), hash(b))
	})
	return positions
}

func TestRankingIsThePlainOne(t *testing.T) {
	stream := rand.New(rand.NewPCG(1, 2))
	for trial := range 60 {
		docs := numbered(1 + stream.IntN(1500))
		var scores []float64
		if different := stream.IntN(5); different > 0 {
			scores = make([]float64, len(docs))
			for i := range scores {
				scores[i] = float64(stream.IntN([]int{1, 3, 50, 1 << 40}[different-1]))
			}
		}
		want := plainRanking(docs, scores)
		got, err := Ranking(docs, scores, tieKey)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("trial %d: the ranking of %d documents is another, or %v", trial, len(docs), err)
		}
		for _, budget := range []Budget{Docs(1), Docs(1 + stream.IntN(200)), Docs(len(docs) + 5), Words(1), Words(1 + stream.IntN(6000))} {
			r, _ := newRanked(docs, scores, tieKey)
			got, err := r.fill(t.Context(), budget, 0)
			if err != nil || !slices.Equal(got, want[:budget.Fill(docs, want)]) {
				t.Fatalf("trial %d: %+v takes others from %d documents, or %v", trial, budget, len(docs), err)
			}
		}
	}
}

func TestTiesAreDrawnUniformly(t *testing.T) {
	docs, counts := numbered(10), make([]int, 10)
	for seed := range uint64(10000) {
		r, _ := newRanked(docs, nil, keyed.Key{Seed: seed, Purpose: "ties"})
		first, err := r.first(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		counts[first[0]]++
	}
	for i, n := range counts {
		if math.Abs(float64(n)-1000) > 150 { // five standard deviations
			t.Errorf("document %d was drawn %d times of 10000, about 1000 were expected", i, n)
		}
	}
}

func TestRankingRefuses(t *testing.T) {
	docs := numbered(2)
	for _, scores := range [][]float64{{0, math.NaN()}, {math.Inf(1), 0}, {0}} {
		if _, err := Ranking(docs, scores, tieKey); err == nil {
			t.Errorf("%v was taken", scores)
		}
	}
}
