package store

import (
	"errors"
	"os"
	"path/filepath"
)

// failureFile is in the folder of an arm and seed that failed, until one of its rounds is finished.
const failureFile = "failed.json"

// WriteFailure keeps why an arm with a seed failed.
func (e *Experiment) WriteFailure(arm int, name string, seed uint64, why string) error {
	dir := filepath.Dir(e.roundDir(arm, name, seed, 0))
	if err := makeDir(dir); err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, failureFile), why)
}

// ReadFailure returns why an arm with a seed failed; "" where it didn't, or has gone on since.
func (e *Experiment) ReadFailure(arm int, name string, seed uint64) (why string, err error) {
	return why, readJSON(filepath.Join(filepath.Dir(e.roundDir(arm, name, seed, 0)), failureFile), &why, false)
}

// removeFailure is called when one of its rounds is finished.
func (e *Experiment) removeFailure(arm int, name string, seed uint64) error {
	err := os.Remove(filepath.Join(filepath.Dir(e.roundDir(arm, name, seed, 0)), failureFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
