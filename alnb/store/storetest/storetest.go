// Package storetest gives tests what they compare runs by.
package storetest

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Files returns the content of all files of a run's folder, by path, but for the lock, and the timings, which differ from run to run.
func Files(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "timings.json" || entry.Name() == ".lock" {
			return err
		}
		raw, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[name] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
