package setup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/home"
)

func byPart(t *testing.T, layout Layout) map[string]Finding {
	t.Helper()
	findings, err := Check(t.Context(), layout)
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]Finding)
	for _, f := range findings {
		out[f.Part] = f
		if !f.OK && f.Remedy == "" {
			t.Errorf("%s is missing, and nothing says what to do", f.Part)
		}
	}
	return out
}

func TestCheckOfNothing(t *testing.T) {
	found := byPart(t, Paths(t.TempDir()))
	for _, part := range []string{"tokenizer library", "gonb", "gopls", "Python", "nbclient", "kernel Go (alnb)", "alnb"} {
		if f, ok := found[part]; !ok || f.OK || !f.Needed || f.Version != "" {
			t.Errorf("%s in an empty folder: %+v", part, f)
		}
	}
	if f := found["XLA plugin"]; f.OK || f.Needed {
		t.Errorf("there is the Go backend, so the plugin isn't needed: %+v", f)
	}
	if f := found["Go"]; !f.OK || f.Version == "" {
		t.Errorf("this test runs in Go: %+v", f)
	}
}

func TestCheckOfWhatSetupMade(t *testing.T) {
	folder, err := home.Dir()
	if err != nil {
		t.Fatal(err)
	}
	if !Made(folder) {
		t.Skipf("NOT TESTED: nothing is set up in %s; run make setup", folder)
	}
	for part, f := range byPart(t, Paths(folder)) {
		if f.Needed && !f.OK {
			t.Errorf("%s: %+v", part, f)
		}
	}
}

func TestKernelOfACheckoutThatIsGone(t *testing.T) {
	layout := Paths(t.TempDir())
	spec := `{"argv":["gonb","-go_work=/no/such/checkout"]}`
	if err := os.MkdirAll(filepath.Dir(layout.Kernel), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(layout.Kernel, []byte(spec), 0o644); err != nil {
		t.Fatal(err)
	}
	if f := byPart(t, layout)["kernel Go (alnb)"]; f.OK || !strings.Contains(f.Remedy, "/no/such/checkout is gone") {
		t.Errorf("%+v", f)
	}
}

func TestCache(t *testing.T) {
	layout := Paths(t.TempDir())
	for path, size := range map[string]int{
		filepath.Join(layout.Models, "org", "a[1]", "config.json"): 10, filepath.Join(layout.Models, "b", "config.json"): 20,
		filepath.Join(layout.Hub, "models--x--y", "blobs", "1"): 30, layout.Alnb: 40,
		filepath.Join(layout.Home, "compiled", "program"): 50, filepath.Join(layout.Home, "tokens", "ids"): 60,
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, size), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	items, err := layout.Cached()
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int64{}
	for _, i := range items {
		rel, _ := filepath.Rel(layout.Home, i.Path)
		sizes[rel] = i.Size
	}
	for path, want := range map[string]int64{"models/org/a[1]": 10, "models/b": 20, "hub/models--x--y": 30, "bin": 40, "compiled": 50, "tokens": 60} {
		if sizes[path] != want {
			t.Errorf("%s has %d bytes, want %d; found %v", path, sizes[path], want, sizes)
		}
	}
	cleaned, err := layout.Clean()
	if err != nil || len(cleaned) != 3 || cleaned[0].Size+cleaned[1].Size+cleaned[2].Size != 30+50+60 {
		t.Errorf("cleaned %+v, %v", cleaned, err)
	}
	if left, _ := layout.Cached(); len(left) != len(items)-3 {
		t.Errorf("left %+v", left)
	}
}
