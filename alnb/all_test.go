package alnb

import (
	"math"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/query"
)

// An arm of all labels is trained once a seed, on everything; the others are compared with it by their last rounds.
func TestAllLabels(t *testing.T) {
	e := small()
	trainings := 0
	e.Arms = append(e.Arms, Arm{Name: "all labels", Acquisition: wordCounts{Smoothing: 0.3, trainings: &trainings}, All: true})
	dir := t.TempDir()
	results, err := e.Run(t.Context(), dir, RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if done, total := results.Finished(); done != 2*2*4+2 || total != done || trainings != 2 {
		t.Errorf("%d of %d rounds, %d trainings", done, total, trainings)
	}
	curves := results.Curves()
	last := curves[2]
	if !last.All || len(last.Points) != 1 || last.Points[0].Labeled != 300 || last.Points[0].Seeds != 2 || curves[0].All {
		t.Errorf("%+v", last)
	}
	differences, err := results.Differences("all labels")
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range differences {
		if want := curves[i].Points[3].Mean - last.Points[0].Mean; d.Round != 3 || math.Abs(d.Mean-want) > 1e-12 {
			t.Errorf("%+v, want %g", d, want)
		}
	}
	back, err := results.Differences("LC")
	if err != nil || len(back) != 2 || math.Abs(back[1].Mean+differences[1].Mean) > 1e-12 {
		t.Errorf("the other way round: %+v, %v", back, err)
	}
	if rows := results.IterationTimings(1, 2); len(rows) != 2*3 {
		t.Errorf("%+v", rows)
	}
	// It goes on, and comes back from its file.
	if _, err := e.Run(t.Context(), dir, RunOptions{}); err != nil || trainings != 2 {
		t.Errorf("%v, %d trainings", err, trainings)
	}
	raw, err := e.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(raw, testRegistry())
	if err != nil || !again.Arms[2].All || again.Arms[2].Strategy != nil {
		t.Errorf("%+v, %v", again.Arms, err)
	}
	for want, change := range map[string]func(*Arm){
		"is trained on All documents and asks for none": func(a *Arm) { a.Strategy = query.Random{} },
		"has no model for them":                         func(a *Arm) { a.Acquisition = nil },
	} {
		wrong := e
		wrong.Arms = append([]Arm{}, e.Arms...)
		change(&wrong.Arms[2])
		if _, err := wrong.Run(t.Context(), t.TempDir(), RunOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
