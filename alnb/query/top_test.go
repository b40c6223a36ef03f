package query

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
)

func TestTopEqualsRanking(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	for trial := range 200 {
		n, key := 1+r.IntN(400), keyed.Key{Seed: r.Uint64(), Purpose: "query", Round: trial}
		docs, scores := make([]corpus.Document, n), make([]float64, n)
		for i := range n {
			docs[i].ID, scores[i] = fmt.Sprint("d", i), r.NormFloat64()
			if trial%2 == 0 {
				scores[i] = float64(r.IntN(4)) // ties
			}
		}
		order, err := Ranking(docs, scores, key)
		if err != nil {
			t.Fatal(err)
		}
		top := NewTop(r.IntN(n+10), key)
		for _, i := range r.Perm(n) {
			if err := top.Add(docs[i].ID, scores[i]); err != nil {
				t.Fatal(err)
			}
		}
		ranked := top.Ranked()
		if len(ranked) != min(n, top.n) {
			t.Fatalf("%d of %d documents, %d asked for", len(ranked), n, top.n)
		}
		for rank, s := range ranked {
			if want := order[rank]; s.ID != docs[want].ID || s.Score != scores[want] {
				t.Fatalf("rank %d is %+v, want %s with %g", rank, s, docs[want].ID, scores[want])
			}
		}
	}
	if err := NewTop(1, keyed.Key{}).Add("a", math.NaN()); err == nil {
		t.Error("NaN has a rank")
	}
}
