package pretrained

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/pretrained/hubtest"
)

// tiny is a real model's folder, small enough to stay in memory.
func tiny(t *testing.T) hubtest.Repo {
	t.Helper()
	repo := hubtest.Repo{ID: "someone/tiny-bert", Files: map[string][]byte{"README.md": []byte("not asked for")}}
	for _, name := range []string{configFile, weightsFile, tokenizerFile} {
		content, err := os.ReadFile(filepath.Join("..", "model", "testdata", "tiny-bert", name))
		if err != nil {
			t.Fatal(err)
		}
		repo.Files[name] = content
	}
	return repo
}

func TestFindOnTheHub(t *testing.T) {
	server := hubtest.Serve(t, tiny(t))
	dir, origin, err := Find(t.Context(), "someone/tiny-bert")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(origin, "hub") || !strings.HasPrefix(dir, os.Getenv("ALNB_HOME")) {
		t.Errorf("from %q, in %s", origin, dir)
	}
	folder, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if folder.Config.HiddenSize == 0 || len(folder.Weights) == 0 {
		t.Errorf("%+v, %d weights", folder.Config, len(folder.Weights))
	}
	if _, err := os.Stat(filepath.Join(dir, "README.md")); err == nil {
		t.Error("a file nobody needs was downloaded")
	}
	// From now on the hub isn't needed.
	asked := server.Requests()
	server.Close()
	again, _, err := Find(t.Context(), "someone/tiny-bert")
	if err != nil || again != dir || server.Requests() != asked {
		t.Errorf("the second time: %s, %v, %d requests", again, err, server.Requests()-asked)
	}
	// A file that was lost is.
	if err := os.Remove(filepath.Join(dir, weightsFile)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Find(t.Context(), "someone/tiny-bert"); err == nil {
		t.Error("the weights are gone, the hub is out of reach, and nothing was said")
	}
}

func TestFindWithAToken(t *testing.T) {
	repo := tiny(t)
	repo.Token = "hf_secret"
	hubtest.Serve(t, repo)
	if _, _, err := Find(t.Context(), repo.ID); err == nil || !strings.Contains(err.Error(), "HF_TOKEN") {
		t.Errorf("without the token: %v", err)
	}
	t.Setenv("HF_TOKEN", "hf_secret")
	if _, _, err := Find(t.Context(), repo.ID); err != nil {
		t.Error(err)
	}
}

func TestFindRefuses(t *testing.T) {
	altered, small, halved, empty := tiny(t), tiny(t), tiny(t), tiny(t)
	altered.ID, altered.Claims = "someone/altered", map[string]string{weightsFile: strings.Repeat("0", 64)}
	small.ID, small.Claims = "someone/small", map[string]string{tokenizerFile: strings.Repeat("0", 40)}
	halved.ID = "someone/halved"
	delete(halved.Files, weightsFile)
	empty.ID = "someone/empty"
	delete(empty.Files, configFile)
	hubtest.Serve(t, altered, small, halved, empty)
	for name, want := range map[string]string{
		"someone/altered": "it should have 000000",
		"someone/small":   "it should have 000000",
		"someone/halved":  "no " + weightsFile,
		"someone/empty":   "no " + configFile,
		"someone/unknown": "can't be had from the hub",
		"./nowhere":       "has no " + configFile,
		"a/b/c":           "has no " + configFile,
		"":                "has no " + configFile,
	} {
		if dir, _, err := Find(t.Context(), name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want %q, got %q, %v", name, want, dir, err)
		}
	}
}

func TestFindHere(t *testing.T) {
	hubtest.Serve(t) // with nothing on it
	home := os.Getenv("ALNB_HOME")
	for _, dir := range []string{filepath.Join(home, "models", "someone", "tiny-bert"), filepath.Join(home, "mine")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, configFile), []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"someone/tiny-bert", dir} {
			if got, _, err := Find(t.Context(), name); err != nil || got != dir && name == dir {
				t.Errorf("%s: %s, %v", name, got, err)
			}
		}
	}
}
