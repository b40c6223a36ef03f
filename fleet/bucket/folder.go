package bucket

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/alnb/alnb/alnb/store"
)

// temporary is how the names of unfinished files begin.
const temporary = ".tmp-"

// writeFile writes a file of a folder's bucket once, durably: fileblob neither syncs nor keeps two processes from writing one name,
// each over the other. won tells whether this call wrote it; else it was there.
func writeFile(dir, name string, content io.Reader) (won bool, err error) {
	path := filepath.Join(dir, filepath.FromSlash(name))
	parent := filepath.Dir(path)
	if err := store.MakeDir(parent); err != nil {
		return false, err
	}
	tmp, err := os.CreateTemp(parent, temporary+"*")
	if err != nil {
		return false, err
	}
	defer os.Remove(tmp.Name())
	_, err = io.Copy(tmp, content)
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return false, fmt.Errorf("write %s: %w", path, err)
	}
	switch err := os.Link(tmp.Name(), path); {
	case errors.Is(err, fs.ErrExist):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, store.SyncDir(parent)
}
