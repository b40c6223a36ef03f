package headless

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/home"
	"github.com/alnb/alnb/helpers/internal/browsertest"
	"github.com/alnb/alnb/helpers/setup"
)

// execute runs a notebook of code cells and returns the folder of its outputs and its log, or skips the test where
// nothing is set up.
func execute(t *testing.T, ctx context.Context, name string, cells ...string) (string, string, error) {
	t.Helper()
	var log bytes.Buffer
	out, err := executeTo(t, ctx, &log, name, cells...)
	for _, suffix := range []string{".ipynb", ".html"} {
		if _, err := os.Stat(filepath.Join(out, name+suffix)); err != nil {
			t.Error(err)
		}
	}
	return out, log.String(), err
}

// requireKernel skips a test where nothing is set up.
func requireKernel(t *testing.T) {
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
	here, err := setup.Checkout(".")
	if err != nil {
		t.Fatal(err)
	}
	if used, err := layout.KernelCheckout(); err != nil || used != here {
		t.Fatalf("notebooks would test %s (%v), not %s: run make setup here", used, err, here)
	}
}

func executeTo(t *testing.T, ctx context.Context, log io.Writer, name string, cells ...string) (string, error) {
	t.Helper()
	requireKernel(t)
	dir := t.TempDir()
	path, out := filepath.Join(dir, name+".ipynb"), filepath.Join(dir, "out")
	writeNotebook(t, path, cells)
	err := Run(ctx, Config{Notebook: path, OutDir: out, Log: io.MultiWriter(log, t.Output())})
	return out, err
}

// onText calls do when text comes by.
type onText struct {
	text string
	do   func(line string)
}

func (o onText) Write(line []byte) (int, error) {
	if strings.Contains(string(line), o.text) {
		o.do(string(line))
	}
	return len(line), nil
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
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var began time.Time
	log := onText{"begun", func(string) { began = time.Now(); cancel() }}
	out, err := executeTo(t, ctx, log, "sleeps", "import (\"fmt\"; \"time\")\n\n%%\nfmt.Println(\"begun\")\ntime.Sleep(time.Hour)")
	if took := time.Since(began); !errors.Is(err, context.Canceled) || took > patience {
		t.Errorf("%v after the interrupt: %v", took, err)
	}
	if raw, err := os.ReadFile(filepath.Join(out, "sleeps.ipynb")); err != nil || !strings.Contains(string(raw), "signal: interrupt") {
		t.Errorf("%v: %s", err, raw)
	}
}

// An interrupt that comes while a cell is compiled is lost by GoNB.
func TestInterruptWhileCompiling(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var began time.Time
	log := onText{"cell 1 of 1", func(string) { began = time.Now(); cancel() }}
	out, err := executeTo(t, ctx, log, "compiles", "import (\"fmt\"; \"time\")\n\n%%\ntime.Sleep(time.Hour)\nfmt.Println()")
	if took := time.Since(began); !errors.Is(err, context.Canceled) || took > patience+2*time.Second {
		t.Errorf("%v after the interrupt: %v", took, err)
	}
	if _, err := os.Stat(filepath.Join(out, "compiles.html")); err != nil {
		t.Error(err)
	}
}

// Python may be killed, by the system when memory is short. Then its kernel must not stay.
func TestPythonIsKilled(t *testing.T) {
	var kernel int
	log := onText{"kernel is", func(line string) { fmt.Sscanf(strings.TrimSpace(line), "kernel is %d", &kernel) }}
	began := time.Now()
	_, err := executeTo(t, t.Context(), log, "killed", `import ("fmt"; "os"; "strconv"; "strings"; "syscall"; "time")

%%
raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", os.Getppid()))
_, fields, _ := strings.Cut(string(raw), ") ")
python, _ := strconv.Atoi(strings.Fields(fields)[1])
fmt.Println("kernel is", os.Getppid())
time.Sleep(time.Second)
syscall.Kill(python, syscall.SIGKILL)
time.Sleep(time.Minute)`)
	if err == nil || !strings.Contains(err.Error(), "signal: killed") {
		t.Errorf("%v", err)
	}
	if took := time.Since(began); took > 50*time.Second {
		t.Errorf("it took %v", took)
	}
	if kernel == 0 {
		t.Fatal("the cell didn't say which process its kernel is")
	}
	for range 50 { // until the system has cleared it away
		if err = syscall.Kill(kernel, 0); err != nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err == nil {
		t.Errorf("the kernel, process %d, still runs", kernel)
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
