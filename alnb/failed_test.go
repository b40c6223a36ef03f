package alnb

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store/storetest"
)

// failing is small with a third arm, whose model fails in its second training of 18 documents, which is in seed 2, round 1.
func failing(failure error) Experiment {
	e := small()
	trainings := 0
	model := wordCounts{Smoothing: 0.2, fails: func(documents int) error {
		if documents == 18 {
			trainings++
		}
		if trainings == 2 {
			return failure
		}
		return nil
	}}
	e.Arms = append([]Arm{{Name: "frail", Acquisition: model, Strategy: query.LeastConfident{}}}, e.Arms...)
	return e
}

// Where an arm fails with a seed, the others go on, and it is named; run again, the run is as one in which nothing failed.
func TestAFailedUnitDoesNotStopTheRest(t *testing.T) {
	dir, want := t.TempDir(), t.TempDir()
	notes := 0
	_, err := failing(errors.New("the loss is NaN")).Run(t.Context(), dir, RunOptions{Progress: func(p Progress) {
		if strings.HasPrefix(p.Note, "FAILED") {
			notes++
		}
	}})
	var failed *FailedError
	if !errors.As(err, &failed) || len(failed.Errs) != 1 || failed.Units != 6 || notes != 1 ||
		!strings.Contains(err.Error(), `arm "frail", seed 2, round 1: the loss is NaN`) {
		t.Fatalf("%v, said %d times", err, notes)
	}
	results, err := OpenResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	standing, err := results.Standing()
	if err != nil {
		t.Fatal(err)
	}
	if u := standing.Units[1]; standing.Running || u.Arm != "frail" || u.Seed != 2 || u.Done != 1 || u.Rounds != 4 || !strings.Contains(u.Failed, "the loss is NaN") ||
		standing.Units[0].Failed != "" {
		t.Errorf("%+v", standing)
	}
	if done, total := results.Finished(); done != total-3 {
		t.Errorf("%d of %d rounds are finished", done, total)
	}
	for _, run := range []string{dir, want} {
		if _, err := failing(nil).Run(t.Context(), run, RunOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(storetest.Files(t, dir), storetest.Files(t, want)) {
		t.Error("the run that went on differs")
	}
}

// A full disk is no single arm's matter.
func TestAFullDiskStopsTheRun(t *testing.T) {
	dir := t.TempDir()
	_, err := failing(syscall.ENOSPC).Run(t.Context(), dir, RunOptions{})
	var failed *FailedError
	if err == nil || errors.As(err, &failed) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v", err)
	}
	results, err := OpenResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	if done, _ := results.Finished(); done != 3*4+3 { // seed 1, and round 0 of seed 2
		t.Errorf("%d rounds are finished", done)
	}
}

// A panic, of a model or a strategy that may be somebody's own, is its unit's matter, too; the error says where it was.
func TestAPanicDoesNotStopTheRest(t *testing.T) {
	e := small()
	var counts map[string]int
	frail := Arm{Name: "frail", Strategy: query.Random{}, Acquisition: wordCounts{Smoothing: 0.2, fails: func(documents int) error {
		counts["documents"] = documents // of a nil map
		return nil
	}}}
	e.Arms = append([]Arm{frail}, e.Arms...)
	dir := t.TempDir()
	_, err := e.Run(t.Context(), dir, RunOptions{})
	var failed *FailedError
	if !errors.As(err, &failed) || len(failed.Errs) != 2 {
		t.Fatal(err)
	}
	for _, err := range failed.Errs {
		if !strings.Contains(err.Error(), `arm "frail", seed `) || !strings.Contains(err.Error(), "alnb/failed_test.go:") ||
			!strings.Contains(err.Error(), "assignment to entry in nil map") {
			t.Error(err)
		}
	}
	results, err := OpenResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	if done, total := results.Finished(); done != total-8 {
		t.Errorf("%d of %d rounds are finished", done, total)
	}
}

// A model whose answers are no probabilities has no accuracy, where no strategy looks at them, either.
func TestAnswersThatAreNoProbabilities(t *testing.T) {
	nan := float32(math.NaN())
	for want, spoils := range map[string]func([][]float32) [][]float32{
		"the probability NaN":        func(rows [][]float32) [][]float32 { rows[7] = []float32{nan, nan, nan, nan}; return rows },
		"gave document":              func(rows [][]float32) [][]float32 { rows[7] = rows[7][:1]; return rows },
		"0 probabilities":            func(rows [][]float32) [][]float32 { rows[7] = nil; return rows },
		"rows of probabilities for ": func(rows [][]float32) [][]float32 { return rows[1:] },
	} {
		for _, arm := range []Arm{{Name: "random", Strategy: query.Random{}}, {Name: "all", All: true}} {
			e := small()
			arm.Acquisition = wordCounts{Smoothing: 0.2, spoils: spoils}
			e.Arms = []Arm{arm}
			if _, err := e.Run(t.Context(), t.TempDir(), RunOptions{}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: want %q, got %v", arm.Name, want, err)
			}
		}
	}
}

// What can't be written is told with the unit that it is of.
func TestAnUnwritableRoundIsNamed(t *testing.T) {
	e := small()
	e.Arms = e.Arms[:1]
	e.Arms[0].Acquisition = wordCounts{Smoothing: 0.2, loss: math.NaN()}
	if _, err := e.Run(t.Context(), t.TempDir(), RunOptions{}); err == nil || !strings.Contains(err.Error(), `seed 1, round 0: store: `) {
		t.Error(err)
	}
}
