package alnb

import (
	"math"
	"slices"
	"testing"

	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/query"
)

func TestDrifts(t *testing.T) {
	e := subsampling()
	e.Arms = []Arm{arm("LC", query.LeastConfident{}, nil), arm("UPS", query.LeastConfident{}, third), arm("Random", query.Random{}, nil)}
	results, err := e.Run(t.Context(), t.TempDir(), RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, queries := range map[string][]int{"LC": {1, 2, 3}, "UPS": {1}, "Random": nil} {
		drifts, err := results.Drifts(name)
		if err != nil {
			t.Fatal(err)
		}
		var found []int
		for _, d := range drifts {
			found = append(found, d.Query)
			if pool := 192 - 10*d.Query; d.Documents != 2*pool || len(d.Moves) != 2*pool || d.Correlation.N != 2 {
				t.Errorf("%s: %+v", name, d)
			}
		}
		if !slices.Equal(found, queries) {
			t.Errorf("%s drifted before the queries %v, want %v", name, found, queries)
		}
	}
	if _, err := results.Drifts("LD"); err == nil {
		t.Error("there is no such arm")
	}
	// By hand: the documents of the later pool, of one seed.
	before, after := scoresByID(t, results, 0), scoresByID(t, results, 1)
	var old, now []float64
	for id, score := range after {
		old, now = append(old, before[id]), append(now, score)
	}
	e.Seeds = e.Seeds[:1]
	one, err := e.Run(t.Context(), t.TempDir(), RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	drifts, err := one.Drifts("LC")
	if _, want := eval.RankMoves(old, now); err != nil || math.Abs(drifts[0].Correlation.Mean-want) > 1e-9 {
		t.Errorf("correlation %+v, want %g; %v", drifts[0].Correlation, want, err)
	}
}

func scoresByID(t *testing.T, r *Results, round int) map[string]float64 {
	t.Helper()
	scores, err := r.Scores("LC", 1, round)
	if err != nil {
		t.Fatal(err)
	}
	byID := make(map[string]float64, len(scores))
	for _, s := range scores {
		byID[s.ID] = s.Score
	}
	return byID
}
