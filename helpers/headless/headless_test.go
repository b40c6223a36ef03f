package headless

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/home"
	"github.com/alnb/alnb/helpers/internal/browsertest"
	"github.com/alnb/alnb/helpers/setup"
)

// execute runs a notebook of code cells and returns the folder of its outputs, or skips the test where nothing is set
// up.
func execute(t *testing.T, ctx context.Context, name string, cells ...string) (string, string, error) {
	t.Helper()
	folder, err := home.Dir()
	if err != nil {
		t.Fatal(err)
	}
	layout := setup.Paths(folder)
	for _, path := range []string{layout.VenvPython, layout.Kernel, layout.GoNB} {
		if _, err := os.Stat(path); err != nil {
			t.Skipf("NO NOTEBOOK WAS RUN: %v (make setup puts it there)", err)
		}
	}
	dir := t.TempDir()
	path, out := filepath.Join(dir, name+".ipynb"), filepath.Join(dir, "out")
	writeNotebook(t, path, cells)
	var log bytes.Buffer
	err = Run(ctx, Config{Notebook: path, OutDir: out, Log: &log})
	t.Logf("%s", log.String())
	for _, suffix := range []string{".ipynb", ".html"} {
		if _, err := os.Stat(filepath.Join(out, name+suffix)); err != nil {
			t.Error(err)
		}
	}
	return out, log.String(), err
}

func writeNotebook(t *testing.T, path string, cells []string) {
	t.Helper()
	var list []map[string]any
	for i, source := range cells {
		list = append(list, map[string]any{
			"cell_type": "code", "id": "cell-" + string(rune('a'+i)), "metadata": map[string]any{}, "execution_count": nil,
			"outputs": []any{}, "source": source,
		})
	}
	raw, err := json.Marshal(map[string]any{
		"cells": list, "metadata": map[string]any{}, "nbformat": 4, "nbformat_minor": 5,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestFailingCell(t *testing.T) {
	_, log, err := execute(t, t.Context(), "fails",
		"import (\"fmt\"; \"os\")\n\n%%\nfmt.Println(\"fine\")",
		"%%\nfmt.Fprintln(os.Stderr, \"the reason\")\nos.Exit(3)",
		"%%\nfmt.Println(\"never\")")
	var cell *CellError
	if !errors.As(err, &cell) || cell.Cell != 2 || cell.Of != 3 {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{"cell 2 of 3", "fails.ipynb", "os.Stderr", "the reason", "exit status 3"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q: %v", want, err)
		}
	}
	if !strings.Contains(log, "fine") || strings.Contains(log, "never") {
		t.Errorf("the log: %s", log)
	}
}

func TestCodeThatDoesNotCompile(t *testing.T) {
	_, _, err := execute(t, t.Context(), "wrong", "%%\nvar x int = \"text\"\n_ = x")
	var cell *CellError
	if !errors.As(err, &cell) || cell.Cell != 1 || !strings.Contains(err.Error(), "Line 2") || !strings.Contains(err.Error(), "cannot use") {
		t.Errorf("%v", err)
	}
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
	defer cancel()
	began := time.Now()
	out, _, err := execute(t, ctx, "sleeps", "import (\"fmt\"; \"time\")\n\n%%\nfmt.Println(\"begun\")\ntime.Sleep(time.Hour)")
	if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > 20*time.Second {
		t.Errorf("after %v: %v", took, err)
	}
	if raw, err := os.ReadFile(filepath.Join(out, "sleeps.ipynb")); err != nil || !strings.Contains(string(raw), "signal: interrupt") {
		t.Errorf("%v: %s", err, raw)
	}
}

// experiment is a cell that runs an experiment with hostile names and a model that guesses.
const experiment = `import (
	"context"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/datasets"
	"github.com/alnb/alnb/helpers/nb"
)

type guess struct{}

func (guess) Name() string { return "guess" }
func (g guess) Open(context.Context, []string) (learner.Classifier, error) { return g, nil }
func (guess) Train(context.Context, []corpus.Example, learner.Run) (learner.Trained, error) { return learner.Trained{Steps: 1}, nil }
func (guess) Probabilities(_ context.Context, docs []corpus.Document, _ func(int)) ([][]float32, error) {
	rows := make([][]float32, len(docs))
	for i, d := range docs {
		rows[i] = make([]float32, 4)
		rows[i][len(d.Text)%4] = 1
	}
	return rows, nil
}
func (guess) Origin() string { return "a guess" }
func (guess) Close() error { return nil }

%%
nb.Run("runs/x", alnb.Experiment{
	Data: datasets.Synthetic{Train: 100, Test: 50, Seed: 1},
	Arms: []alnb.Arm{
		{Name: "<script>document.title='RAN'</script>", Acquisition: guess{}, Strategy: query.Random{}},
		{Name: "\"><img src=x onerror=\"document.title='RAN'\">", Acquisition: guess{}, Strategy: query.LeastConfident{}},
	},
	Start: alnb.Docs(10), Batch: alnb.Docs(10), Rounds: 2, Seeds: []uint64{1, 2},
})`

func TestPageIsDrawnOffline(t *testing.T) {
	out, log, err := execute(t, t.Context(), "charts", experiment,
		"%%\nnb.LearningCurve(nb.OpenResults(\"runs/x\"))",
		"%%\nnb.TimingTable(nb.OpenResults(\"runs/x\"))\nnb.LearningCurve(nb.OpenResults(\"runs/x\"))")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log, "a guess") {
		t.Errorf("the log doesn't say which model was used: %s", log)
	}
	if _, err := os.Stat(filepath.Join(out, "runs", "x", "config.json")); err != nil {
		t.Errorf("the run is not beside the page: %v", err)
	}
	raw, err := os.ReadFile(filepath.Join(out, "charts.html"))
	if err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`(src|href)="(https?:)?//[^"]*"|@import|url\(["']?https?:`).FindAllString(string(raw), 5); found != nil {
		t.Errorf("the page fetches %q", found)
	}
	dom := browsertest.DOM(t, filepath.Join(out, "charts.html"), os.Getenv("ALNB_SCREENSHOT"))
	if !strings.Contains(dom, "<title>charts</title>") {
		t.Error("a name ran as a script")
	}
	if n := strings.Count(dom, "<svg "); n != 2 {
		t.Errorf("%d charts are drawn, want 2", n)
	}
}

func TestWithoutSetup(t *testing.T) {
	err := Run(t.Context(), Config{Notebook: "x.ipynb", OutDir: t.TempDir(), Home: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "make setup") {
		t.Errorf("%v", err)
	}
}

func TestPlan(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.ipynb")
	if _, err := plan(Config{Notebook: path, OutDir: dir}); err == nil || !strings.Contains(err.Error(), "no notebook") {
		t.Errorf("missing notebook: %v", err)
	}
	writeNotebook(t, path, nil)
	if _, err := plan(Config{Notebook: path, OutDir: dir}); err == nil || !strings.Contains(err.Error(), "overwrite") {
		t.Errorf("the notebook's own folder: %v", err)
	}
	e, err := plan(Config{Notebook: path, OutDir: filepath.Join(dir, "out", "deep")})
	if err != nil || e.HTML != filepath.Join(dir, "out", "deep", "a.html") {
		t.Errorf("%v %+v", err, e)
	}
}

func TestTitle(t *testing.T) {
	for source, want := range map[string]string{
		"import \"fmt\"\n\n%%\n\nfmt.Println()": "fmt.Println()",
		"import (\n\t\"fmt\"\n)\n%%\nx := 1":    "x := 1",
		"import \"fmt\"":                        "import \"fmt\"",
	} {
		if got := title(source); got != want {
			t.Errorf("%q: %q", source, got)
		}
	}
}
