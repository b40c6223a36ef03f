package store

import (
	"os"
	"path/filepath"
)

// failurePath is a file of an arm and seed that failed, until one of its rounds is finished.
func (e *Experiment) failurePath(arm int, name string, seed uint64) string {
	return filepath.Join(filepath.Dir(e.roundDir(arm, name, seed, 0)), "failed.json")
}

// WriteFailure keeps why an arm with a seed failed.
func (e *Experiment) WriteFailure(arm int, name string, seed uint64, why string) error {
	path := e.failurePath(arm, name, seed)
	if err := MakeDir(filepath.Dir(path)); err != nil {
		return err
	}
	return writeJSON(path, why)
}

// ReadFailure returns why an arm with a seed failed; "" where it didn't, or has gone on since.
func (e *Experiment) ReadFailure(arm int, name string, seed uint64) (why string, err error) {
	return why, readJSON(e.failurePath(arm, name, seed), &why, false)
}

// removeFailure is called when one of its rounds is finished.
func (e *Experiment) removeFailure(arm int, name string, seed uint64) error {
	return os.RemoveAll(e.failurePath(arm, name, seed)) // which is content with none
}
