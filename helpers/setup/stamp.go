package setup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// stampFile records that a part was made. It is written last: a part without one is made again.
type stampFile struct {
	Key   string  `json:"key"` // of what the outputs depend on
	How   string  `json:"how"` // a few words for people
	Sizes []int64 `json:"sizes"`
}

// inPlace tells whether p was made from key and its files are still there in full. Sizes stand for contents: contents
// were verified when they were made, and hashing 300 MB at every start would be felt.
func (j *job) inPlace(p part, key string) (how string, ok bool) {
	data, err := os.ReadFile(filepath.Join(j.stamps, p.name+".json"))
	if err != nil {
		return "", false
	}
	var s stampFile
	if json.Unmarshal(data, &s) != nil || s.Key != digest(key) || len(s.Sizes) != len(p.outputs) {
		return "", false
	}
	for i, path := range p.outputs {
		if size, err := fileSize(path); err != nil || size != s.Sizes[i] {
			return "", false
		}
	}
	return s.How, true
}

func (j *job) stamp(p part, key, how string) error {
	s := stampFile{Key: digest(key), How: how}
	for _, path := range p.outputs {
		size, err := fileSize(path)
		if err != nil {
			return fmt.Errorf("%s should be there now: %w", path, err)
		}
		s.Sizes = append(s.Sizes, size)
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return j.write(filepath.Join(j.stamps, p.name+".json"), data)
}

func fileSize(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, fmt.Errorf("%s is not a file", path)
	}
	return info.Size(), nil
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// fixed is a part's key that can't fail.
func fixed(key string) func() (string, error) {
	return func() (string, error) { return key, nil }
}

// jsonKey is a key of plain values.
func jsonKey(values ...any) func() (string, error) {
	return func() (string, error) {
		data, err := json.Marshal(values)
		return string(data), err
	}
}

// write puts data into path through a temporary file, synced.
func (j *job) write(path string, data []byte) error {
	if err := os.MkdirAll(j.temp, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(j.temp, "write-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return err
	}
	return install(f, path, 0o644)
}

// install syncs f, closes it and moves it to path.
func install(f *os.File, path string, mode os.FileMode) error {
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return installPath(f.Name(), path)
}

// installPath moves a synced file to its place, and syncs the folder.
func installPath(from, path string) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := os.Rename(from, path); err != nil {
		return err
	}
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
