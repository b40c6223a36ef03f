package store

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "work", "step.json")
	done := 0
	do := func() ([]float64, error) {
		if done++; done == 1 {
			return nil, errors.New("the power went out")
		}
		return []float64{0.1, 1e-30}, nil
	}
	if _, err := Once(path, "a", do); err == nil {
		t.Fatal("a step that failed is taken for done")
	}
	first, err := Once(path, "a", do)
	if err != nil || first.By != "a" || !reflect.DeepEqual(first.Result, []float64{0.1, 1e-30}) {
		t.Fatal(first, err)
	}
	again, err := Once(path, "b", do)
	if err != nil || done != 2 || !reflect.DeepEqual(again, first) {
		t.Errorf("%+v, %v; it was done %d times", again, err, done)
	}
	if err := os.WriteFile(path, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Once(path, "a", do); err == nil || done != 2 || !strings.Contains(err.Error(), path) {
		t.Errorf("a broken file: %v", err)
	}
}

func TestFinishWork(t *testing.T) {
	e, err := OpenExperiment(t.TempDir(), []byte(`{"version": 3}`))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for round := range 2 {
		if _, err := Once(filepath.Join(e.Work(1, round), "x", "step.json"), "a", func() (int, error) { return 7, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.FinishWork(1, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(e.Work(1, 1)); err != nil {
		t.Error("the other round's steps are gone, too")
	}
	for range 2 { // the second finds nothing
		if err := e.FinishWork(1, 1); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(e.dir, "work")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is left behind: %v", err)
	}
}
