package setup

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// checkout writes a module with a program that prints what it was built from.
func checkout(t *testing.T, says string) string {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "go.mod"), "module "+modulePath()+"\n\ngo 1.26\n")
	writeFile(t, filepath.Join(dir, "cmd", "alnb", "main.go"), program(says))
	return dir
}

func program(says string) string {
	return "package main\n\nimport \"os\"\n\nfunc main() { os.Stdout.WriteString(\"" + says + "\") }\n"
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestProgramIsBuiltWhenItsSourcesChange(t *testing.T) {
	j, out := testJob(t)
	j.checkout = checkout(t, "one")
	build := func() string {
		t.Helper()
		out.Reset()
		if err := j.run(t.Context(), []part{j.programPart()}); err != nil {
			t.Fatal(err)
		}
		said, err := exec.CommandContext(t.Context(), j.Alnb).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(said)
	}
	if got := build(); got != "one" {
		t.Errorf("it says %q", got)
	}
	for _, other := range []string{"README.md", "cmd/alnb/main_test.go", "out/page.html", ".git/index", "cmd/testdata/x"} {
		writeFile(t, filepath.Join(j.checkout, other), "package main")
	}
	if build(); !strings.Contains(out.String(), "in place") {
		t.Errorf("built again after changes that aren't its own:\n%s", out)
	}
	writeFile(t, filepath.Join(j.checkout, "cmd", "alnb", "main.go"), program("two"))
	if got := build(); got != "two" {
		t.Errorf("after a change it says %q", got)
	}
}

func TestRunInAnUsedFolder(t *testing.T) {
	// The parts that need no network, through the front door, twice; the second time is under a second.
	home, root := t.TempDir(), checkout(t, "hello")
	cfg := Config{Home: home, Checkout: root, Only: []string{"program", "kernel"}}
	if err := Run(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	cfg.Log = &log
	start := time.Now()
	if err := Run(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("the second run took %v", took)
	}
	if !strings.Contains(log.String(), "0 of them made now") {
		t.Errorf("the second run did something:\n%s", log.String())
	}
	cfg.Home = filepath.Join(root, ".home")
	if err := Run(t.Context(), cfg); err == nil {
		t.Error("a home inside the checkout was taken")
	}
}
