package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/datasets/rows"
)

const tinyFolder = "../../alnb/model/testdata/tiny-finetuned"

// someRows are n rows of different lengths.
func someRows(n int) string {
	var in strings.Builder
	for i := range n {
		fmt.Fprintf(&in, "{\"id\":%d,\"text\":\"the fox %d jumped over %s\"}\n", i, i%1000, strings.Repeat("dogs ", i*7%23))
	}
	return in.String()
}

// interruptedAfter answers rows as predict does, and stops when so many chunks are kept.
func interruptedAfter(t *testing.T, chunks int, in, out string, m made, restart bool) error {
	t.Helper()
	part, err := openPartial(out, m, restart)
	if err != nil {
		return err
	}
	source := rows.Source{In: strings.NewReader(in), Name: "rows", Command: "predict", Kind: rows.Text}
	stopped := errors.New("stopped")
	kept := 0
	err = predictRows(t.Context(), textClassifier{byLength{}}, part.rest(inChunks(source)), quiet(), func(a answered) error {
		if kept == chunks {
			return stopped
		}
		kept++
		return part.keep(a, cuts{})
	})
	if err == nil {
		return part.finish()
	}
	if _, failed := part.suspend(); failed != nil || err != stopped {
		return errors.Join(err, failed)
	}
	return nil
}

func TestInterruptedOutputGoesOn(t *testing.T) {
	in, all := someRows(3*chunkRows+5), 99
	whole, parts := filepath.Join(t.TempDir(), "out"), filepath.Join(t.TempDir(), "out")
	m := made{Model: "m"}
	if err := interruptedAfter(t, all, in, whole, m, false); err != nil {
		t.Fatal(err)
	}
	for i, chunks := range []int{0, 2, 0, 1, all} {
		if err := interruptedAfter(t, chunks, in, parts, m, false); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(parts); (err == nil) != (i == 4) {
			t.Fatalf("after interruption %d: %v", i, err)
		}
	}
	want, got := readFile(t, whole), readFile(t, parts)
	if !bytes.Equal(got, want) || bytes.Count(want, []byte("\n")) != 3*chunkRows+5 {
		t.Errorf("%d bytes, want %d", len(got), len(want))
	}
	if left, err := os.ReadDir(filepath.Dir(parts)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestWhatDoesNotGoOn(t *testing.T) {
	in, m := someRows(3*chunkRows), made{Model: "m", Origin: "here"}
	for name, test := range map[string]struct {
		in, want string
		made     made
		damage   func(dir string) error
	}{
		"another model":      {in: in, made: made{Model: "n", Origin: "here"}, want: "with another model, or a model that was changed since; run that again, or give --restart"},
		"another limit":      {in: in, made: made{Model: "m", Origin: "here", MaxTokens: 8}, want: "with --max-tokens 0 instead of 8"},
		"bad rows":           {in: in, made: made{Model: "m", Origin: "here", SkipBad: true}, want: "with --skip-bad=false"},
		"another set-up":     {in: in, made: made{Model: "m", Origin: "there"}, want: "with another set-up (here; now it is there)"},
		"another row":        {in: strings.Replace(in, "jumped", "ran", 1), made: m, want: fmt.Sprintf("the input was changed: its first %d rows", chunkRows)},
		"another id":         {in: strings.Replace(in, `{"id":7,`, `{"id":8,`, 1), made: m, want: "the input was changed"},
		"fewer rows":         {in: someRows(10), made: m, want: "the input was changed"},
		"no rows":            {in: "", made: m, want: "the input was changed"},
		"a state of nothing": {in: in, made: m, want: "state.json can't be used", damage: func(dir string) error { return os.WriteFile(filepath.Join(dir, "state.json"), nil, 0o644) }},
		"answers cut off":    {in: in, made: m, want: "rows.jsonl is shorter than", damage: func(dir string) error { return os.Truncate(filepath.Join(dir, "rows.jsonl"), 10) }},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			if err := interruptedAfter(t, 1, in, out, m, false); err != nil {
				t.Fatal(err)
			}
			if test.damage != nil {
				if err := test.damage(out + ".partial"); err != nil {
					t.Fatal(err)
				}
			}
			if err := interruptedAfter(t, 99, test.in, out, test.made, false); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want %q, got %v", test.want, err)
			}
			if err := interruptedAfter(t, 99, test.in, out, test.made, true); err != nil {
				t.Errorf("--restart: %v", err)
			}
			if n := bytes.Count(readFile(t, out), []byte("\n")); n != strings.Count(test.in, "\n") {
				t.Errorf("--restart: %d rows", n)
			}
		})
	}
}

// What was appended to the input since is answered, too.
func TestInputThatGrew(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	if err := interruptedAfter(t, 1, someRows(2*chunkRows), out, made{}, false); err != nil {
		t.Fatal(err)
	}
	if err := interruptedAfter(t, 99, someRows(3*chunkRows), out, made{}, false); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(readFile(t, out), []byte("\n")); n != 3*chunkRows {
		t.Errorf("%d rows", n)
	}
}

func TestTwoWritersOfAFile(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	first, err := openPartial(out, made{}, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openPartial(out, made{}, true); err == nil || !strings.Contains(err.Error(), "another process is writing "+out) {
		t.Errorf("got %v", err)
	}
	if _, err := first.suspend(); err != nil {
		t.Error(err)
	}
}

// Killed at any instant, the same command goes on, and writes what it would have written at once. So does one that reads
// from a pipe.
func TestKilledPredictGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	dir := t.TempDir()
	rows := someRows(120_000)
	in := filepath.Join(dir, "in.jsonl")
	if err := os.WriteFile(in, []byte(rows), 0o644); err != nil {
		t.Fatal(err)
	}
	whole := filepath.Join(dir, "whole.jsonl")
	began := time.Now()
	if said, err := program("predict", "--model", tinyFolder, "--in", in, "--out", whole).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	took := time.Since(began)
	want := readFile(t, whole)
	stream := rand.New(rand.NewPCG(1, 2))
	for _, from := range []string{in, "-"} {
		out := filepath.Join(dir, "out.jsonl")
		kills, wentOn := 0, 0
		for {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration((0.15+0.5*stream.Float64())*float64(took)))
			defer cancel()
			var said bytes.Buffer
			cmd := program("predict", "--model", tinyFolder, "--in", from, "--out", out)
			cmd.Stderr, cmd.Stdin = &said, strings.NewReader(rows)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			go func() { <-ctx.Done(); cmd.Process.Kill() }()
			err := cmd.Wait()
			if strings.Contains(said.String(), "going on after them") {
				wentOn++
			}
			if err == nil {
				break
			}
			if cmd.ProcessState.ExitCode() != -1 {
				t.Fatalf("%v: %s", err, said.String())
			}
			if kills++; kills > 40 {
				t.Fatalf("it doesn't come to an end: %s", said.String())
			}
		}
		t.Logf("from %s: killed %d times, went on %d times, a whole run takes %v", filepath.Base(from), kills, wentOn, took)
		if !bytes.Equal(readFile(t, out), want) {
			t.Errorf("from %s: the output differs", from)
		}
		if err := os.Remove(out); err != nil {
			t.Fatal(err)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "*.partial")); len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}

// A bad row in a stream keeps what was answered before it.
func TestBadRowKeepsWhatIsAnswered(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.jsonl")
	rows := someRows(chunkRows)
	for _, test := range []struct{ in, want string }{
		{rows + "nonsense\n", fmt.Sprintf("%d rows are kept in %s.partial; the same command goes on after them", chunkRows, out)},
		{rows + `{"text":"a"}`, fmt.Sprintf("%d rows are answered in %s.partial; going on after them", chunkRows, out)},
	} {
		cmd := program("predict", "--model", tinyFolder, "--out", out)
		cmd.Stdin = io.MultiReader(strings.NewReader(test.in))
		said, _ := cmd.CombinedOutput()
		if !strings.Contains(string(said), test.want) {
			t.Errorf("want %q, it said\n%s", test.want, said)
		}
	}
	if n := bytes.Count(readFile(t, out), []byte("\n")); n != chunkRows+1 {
		t.Errorf("%d rows", n)
	}
}
