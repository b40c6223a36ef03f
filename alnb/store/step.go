package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// A Step is the result of one step of a longer work, kept in a file so that the work, interrupted, goes on after it.
type Step[T any] struct {
	By      string  `json:"by"`      // who did it
	Seconds float64 `json:"seconds"` // that it took
	Result  T       `json:"result"`
}

// Once returns the result of a step from its file; where there is none it does the step and writes the file, whose folder is
// made where missing.
func Once[T any](path, by string, do func() (T, error)) (step Step[T], err error) {
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		err := readJSON(path, &step, true)
		return step, err
	}
	began := time.Now()
	step.By = by
	if step.Result, err = do(); err != nil {
		return step, err
	}
	step.Seconds = time.Since(began).Seconds()
	if err := MakeDir(filepath.Dir(path)); err != nil {
		return step, err
	}
	removeLeftovers(filepath.Dir(path))
	return step, writeJSON(path, step)
}

// Work is the folder of the steps of a round that isn't finished by all arms, which share what they have in common. It may
// not be there yet.
func (e *Experiment) Work(seed uint64, round int) string {
	return filepath.Join(e.dir, "work", filepath.FromSlash(roundName(seed, round)))
}

// FinishWork removes what the steps of a round left.
func (e *Experiment) FinishWork(seed uint64, round int) error {
	if err := os.RemoveAll(e.Work(seed, round)); err != nil {
		return fmt.Errorf("store: remove the finished steps: %w", err)
	}
	// The folders above it go, too, with the last round in them.
	os.Remove(filepath.Dir(e.Work(seed, round)))
	os.Remove(filepath.Join(e.dir, "work"))
	return nil
}
