package compiled

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// A folder keeps programs, each in a file of the checksum and the bytes, up to a limit: then those go that were not used
// for longest. Processes share it. What fails is as if it were not there.
type folder struct {
	dir   string
	limit int64 // bytes
}

// read returns a program, or nil.
func (f folder) read(key string) []byte {
	path := filepath.Join(f.dir, key)
	content, err := os.ReadFile(path)
	if err != nil || len(content) <= sha256.Size {
		return nil
	}
	checksum, program := content[:sha256.Size], content[sha256.Size:]
	if sum := sha256.Sum256(program); !bytes.Equal(sum[:], checksum) {
		return nil
	}
	os.Chtimes(path, time.Now(), time.Now()) // used
	return program
}

// write keeps a program. Only the user may write here: what is read is run.
func (f folder) write(key string, program []byte) {
	if os.MkdirAll(f.dir, 0o700) != nil {
		return
	}
	tmp, err := os.CreateTemp(f.dir, ".tmp-*")
	if err != nil {
		return
	}
	defer os.Remove(tmp.Name())
	sum := sha256.Sum256(program)
	_, err = tmp.Write(append(sum[:], program...))
	if tmp.Close() != nil || err != nil || os.Rename(tmp.Name(), filepath.Join(f.dir, key)) != nil {
		return
	}
	f.trim()
}

// trim removes the files last used longest ago, until the rest are within the limit.
func (f folder) trim() {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return
	}
	var files []fs.FileInfo
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			files = append(files, info)
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int {
		return cmp.Or(b.ModTime().Compare(a.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	var size int64
	for _, file := range files {
		if size += file.Size(); size > f.limit {
			os.Remove(filepath.Join(f.dir, file.Name()))
		}
	}
}
