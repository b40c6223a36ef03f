package fleet

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A worker whose machine hasn't the pool says so, and makes none.
func TestAMissingPoolIsNotMade(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	_, listing := Shards(t.Context(), none)
	_, fetching := (Sweep{Pool: none}).fetchShard(t.Context(), Shard{Name: "a.jsonl"}, t.TempDir())
	for _, err := range []error{listing, fetching} {
		if err == nil || !strings.Contains(err.Error(), "there is no folder "+none) {
			t.Error(err)
		}
	}
	if _, err := os.Stat(none); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it was made:", err)
	}
}

// Of the links in a pool only those that are named like shards matter, and none to a folder.
func TestLinksThatAreNoShards(t *testing.T) {
	dir, beside := t.TempDir(), t.TempDir()
	file := filepath.Join(beside, "a")
	err := errors.Join(
		os.WriteFile(file, []byte(`{"text": "a"}`), 0o644), os.WriteFile(filepath.Join(beside, "hidden.jsonl"), nil, 0o644),
		os.Symlink(file, filepath.Join(dir, "a.jsonl")), os.Symlink("nowhere", filepath.Join(dir, "README")),
		os.Symlink(beside, filepath.Join(dir, "sub")), os.Symlink(beside, filepath.Join(dir, "sub.jsonl")),
	)
	if err != nil {
		t.Fatal(err)
	}
	shards, err := Shards(t.Context(), dir)
	if err != nil || len(shards) != 1 || shards[0].Name != "a.jsonl" || shards[0].Bytes != 13 {
		t.Errorf("%v, %v", shards, err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "b.jsonl")); err != nil {
		t.Fatal(err)
	}
	if _, err := Shards(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "the shard b.jsonl in "+dir+" is a link to what isn't there") {
		t.Error(err)
	}
}
