// Package store keeps durable state: files that are there whole or not at all, also after a crash or a power cut.
package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
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
	path = filepath.Clean(path)
	if info, err := os.Lstat(path); err == nil && !info.IsDir() {
		return fmt.Errorf("store: %s exists and is not a folder; give another name or remove it", path)
	}
	if entries, err := os.ReadDir(path); err == nil && len(entries) > 0 {
		return fmt.Errorf("store: the folder %s exists and is not empty; give another or remove it", path)
	}
	parent := filepath.Dir(path)
	if err := MakeDir(parent); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, temporary+"*")
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
	if err := SyncDir(tmp); err != nil {
		return err
	}
	os.Remove(path) // an empty folder of that name gives way
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("store: make %s: %w", path, err)
	}
	return SyncDir(parent)
}

// temporary is how the names of unfinished files and folders begin.
const temporary = ".tmp-"

// MakeDir makes a folder and those above it that are missing, each name durable.
func MakeDir(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	parent := filepath.Dir(path)
	if parent != path {
		if err := MakeDir(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("store: make the folder %s: %w", path, err)
	}
	return SyncDir(parent)
}

// removeLeftovers removes what interrupted writes left in a folder that only this process writes to.
func removeLeftovers(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), temporary) {
			os.RemoveAll(filepath.Join(dir, entry.Name()))
		}
	}
}

// SyncDir makes the names in a folder durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("store: sync %s: %w", dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("store: sync %s: %w", dir, err)
	}
	return nil
}

// WriteStream is WriteFile for content that is written bit by bit: the file appears when write has returned nil. Where
// path is a link, the file it leads to is replaced; what isn't a regular file, such as /dev/stdout or a pipe, is
// written to as it is.
func WriteStream(path string, write func(w io.Writer) error) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("store: write %s: it is a folder", path)
	} else if err == nil && !info.Mode().IsRegular() {
		return writeInto(path, write)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), temporary+"*")
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
	return SyncDir(filepath.Dir(path))
}

func writeInto(path string, write func(w io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("store: write %s: %w", path, err)
	}
	return errors.Join(write(f), f.Close())
}
