package alnb

import (
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/query"
)

func TestScores(t *testing.T) {
	e := subsampling()
	e.Arms = []Arm{arm("LC", query.LeastConfident{}, nil), arm("UPS", query.LeastConfident{}, third), arm("Random", query.Random{}, nil)}
	dir := t.TempDir()
	results, err := e.Run(t.Context(), dir, RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]int{"LC": {192, 182, 172, 162, 0}, "UPS": {192, 182, -1, -1, 0}, "Random": {0, 0, 0, 0, 0}} {
		for round, n := range want {
			scores, err := results.Scores(name, 2, round)
			if err != nil || n >= 0 && len(scores) != n || n < 0 && (len(scores) < 40 || len(scores) > 80) {
				t.Errorf("%s, round %d: %d scores, %v", name, round, len(scores), err)
			}
		}
	}
	for want, of := range map[string][2]any{`no arm "LD"`: {"LD", 0}, "no finished round 9": {"LC", 9}} {
		if _, err := results.Scores(of[0].(string), 1, of[1].(int)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
