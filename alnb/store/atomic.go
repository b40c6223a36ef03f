// Package store keeps durable state: files that are there whole or not at all, also after a crash or a power cut.
package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// WriteFile writes a file so that after a crash its old or its new content is there, whole: to a temporary file beside
// it, synced, then renamed.
func WriteFile(path string, content []byte) error {
	return WriteStream(path, func(w io.Writer) error {
		if _, err := w.Write(content); err != nil {
			return fmt.Errorf("store: write %s: %w", path, err)
		}
		return nil
	})
}

// WriteDir makes a folder so that after a crash it is there whole or not at all. The files are written by write into a
// temporary folder beside it, which is renamed when write is done. The folder must not exist, or be empty.
func WriteDir(path string, write func(tmp string) error) error {
	if entries, err := os.ReadDir(path); err == nil && len(entries) > 0 {
		return fmt.Errorf("store: the folder %s exists and is not empty; give another or remove it", path)
	}
	parent := filepath.Dir(filepath.Clean(path))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return fmt.Errorf("store: make %s: %w", path, err)
	}
	tmp, err := os.MkdirTemp(parent, ".tmp-*")
	if err != nil {
		return fmt.Errorf("store: make %s: %w", path, err)
	}
	defer os.RemoveAll(tmp)
	if err := os.Chmod(tmp, 0o755); err != nil {
		return fmt.Errorf("store: make %s: %w", path, err)
	}
	if err := write(tmp); err != nil {
		return fmt.Errorf("store: make %s: %w", path, err)
	}
	if err := syncDir(tmp); err != nil {
		return err
	}
	os.Remove(path) // an empty folder of that name gives way
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("store: make %s: %w", path, err)
	}
	return syncDir(parent)
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("store: sync %s: %w", dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("store: sync %s: %w", dir, err)
	}
	return nil
}

// WriteStream is WriteFile for content that is written bit by bit: the file appears when write has returned nil.
func WriteStream(path string, write func(w io.Writer) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return fmt.Errorf("store: write %s: %w", path, err)
	}
	if err := write(tmp); err != nil {
		tmp.Close()
		os.Remove(tmp.Name())
		return err
	}
	err = errors.Join(tmp.Chmod(0o644), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		os.Remove(tmp.Name())
		return fmt.Errorf("store: write %s: %w", path, err)
	}
	return syncDir(filepath.Dir(path))
}
