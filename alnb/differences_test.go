package alnb

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/subsample"
)

func TestDifferences(t *testing.T) {
	for _, e := range []Experiment{subsampling(), tagged()} {
		dir := t.TempDir()
		results, err := e.Run(t.Context(), dir, RunOptions{})
		if err != nil {
			t.Fatal(err)
		}
		last := map[string]float64{} // by arm, mean over the seeds
		for _, l := range results.Labelings() {
			if l.Round == e.Rounds {
				last[l.Arm] += l.Value / float64(len(e.Seeds))
			}
		}
		against := e.Arms[0].Name
		differences, err := results.Differences(against)
		if err != nil || len(differences) != len(e.Arms)-1 {
			t.Fatal(differences, err)
		}
		apart := false
		for _, d := range differences {
			want := last[d.Arm] - last[against]
			if math.Abs(d.Mean-want) > 1e-12 || d.Low > d.Mean || d.High < d.Mean || d.Seeds != len(e.Seeds) || d.Round != e.Rounds {
				t.Errorf("%s: %+v, want a mean of %g", results.Metric(), d, want)
			}
			if d.Arm == "LC full" && (d.Mean != 0 || d.Low != 0 || d.High != 0) {
				t.Errorf("arms that do the same differ: %+v", d)
			}
			apart = apart || d.High > d.Low
		}
		if !apart {
			t.Error("no two arms differ, so nothing was tested")
		}
		if _, err := results.Differences("LD"); err == nil {
			t.Error("there is no such arm")
		}
	}
}

func TestDifferencesOfAChangedFolder(t *testing.T) {
	e := subsampling()
	e.Arms = e.Arms[:2]
	dir := t.TempDir()
	results, err := e.Run(t.Context(), dir, RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "arms", "01-lc-full", "seed-1", "round-04", "tested.json")
	if err := os.WriteFile(path, []byte(`{"right":[1,0]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := results.Differences("LC"); err == nil || !strings.Contains(err.Error(), `arm "LC full", seed 1, round 4`) {
		t.Errorf("got %v", err)
	}
	os.Remove(path) // as in folders from before there were such files
	if d, err := results.Differences("LC"); err != nil || len(d) != 1 || d[0].Seeds != 1 {
		t.Errorf("%+v, %v", d, err)
	}
}

// A round that goes on without the scores before it would take all documents for never scored.
func TestScoresThatAreGoneAreMissed(t *testing.T) {
	e := subsampling()
	e.Arms, e.Seeds = []Arm{arm("top", query.LeastConfident{}, subsample.TopGamma{Gamma: 0.3, FullQueries: []int{0}})}, []uint64{1}
	dir := t.TempDir()
	if _, err := e.Run(t.Context(), dir, RunOptions{}); err != nil {
		t.Fatal(err)
	}
	seed := filepath.Join(dir, "arms", "00-top", "seed-1")
	for _, gone := range []string{"round-00/scores.json", "round-02", "round-03", "round-04"} {
		os.RemoveAll(filepath.Join(seed, gone))
	}
	if _, err := e.Run(t.Context(), dir, RunOptions{}); err == nil || !strings.Contains(err.Error(), "round 0 scored 192 documents") {
		t.Errorf("got %v", err)
	}
	if names, _ := os.ReadDir(seed); slices.ContainsFunc(names, func(e os.DirEntry) bool { return e.Name() == "round-02" }) {
		t.Error("it went on")
	}
}
