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
