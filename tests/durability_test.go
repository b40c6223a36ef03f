package tests

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/datasets"
)

// experiment trains a real, tiny BERT.
func experiment() alnb.Experiment {
	tiny := model.Pretrained(filepath.Join("..", "alnb", "model", "testdata", "tiny-bert"))
	tiny.MaxTokens, tiny.Training.Steps, tiny.Training.LearningRate = 32, 30, 1e-3
	return alnb.Experiment{
		Data: datasets.Synthetic{Train: 400, Test: 100, Seed: 1},
		Arms: []alnb.Arm{
			{Name: "Random", Acquisition: tiny, Strategy: query.Random{}},
			{Name: "LC", Acquisition: tiny, Strategy: query.LeastConfident{}},
		},
		Start: alnb.Docs(20), Batch: alnb.Docs(20), Rounds: 3, Seeds: []uint64{1, 2},
	}
}

// runFolder, where set, makes the test program run the experiment in that folder, to be killed.
const runFolder = "ALNB_TEST_RUN_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(runFolder); dir != "" {
		if _, err := experiment().Run(context.Background(), dir, alnb.RunOptions{}); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// files returns the content of all files of a run but its timings and the lock, by path.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "timings.json" || entry.Name() == ".lock" {
			return err
		}
		raw, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[name] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A run that is killed with SIGKILL again and again, and run again each time, ends with the files of an undisturbed
// one, byte for byte: scores of a model trained by XLA included.
func TestKilledRunGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: a run that is killed; -short was given")
	}
	undisturbed, killed := t.TempDir(), t.TempDir()
	began := time.Now()
	if _, err := experiment().Run(t.Context(), undisturbed, alnb.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	// The first kills come while programs are compiled; the later ones further and further into the run.
	patience, kills := time.Since(began)/20, 0
	for {
		run := exec.Command(os.Args[0])
		run.Env = append(os.Environ(), runFolder+"="+killed)
		run.Stderr = os.Stderr
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(patience, func() { run.Process.Kill() })
		err := run.Wait()
		kill.Stop()
		if err == nil {
			break
		}
		if run.ProcessState.ExitCode() != -1 { // not ended by a signal
			t.Fatalf("the run failed: %v", err)
		}
		kills++
		patience = patience*5/4 + 50*time.Millisecond
	}
	if kills < 3 {
		t.Errorf("the run was killed only %d times", kills)
	}
	if got, want := files(t, killed), files(t, undisturbed); !maps.Equal(got, want) {
		for name := range want {
			if got[name] != want[name] {
				t.Errorf("%s differs:\n%.200s\n%.200s", name, got[name], want[name])
			}
		}
		t.Errorf("after %d kills there are %d files, without any %d", kills, len(got), len(want))
	}
	t.Logf("%d kills", kills)
}

// The first training step compiles a program, which takes seconds and can't be stopped.
func TestRunReturnsWithinASecondOfItsInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var cancelled time.Time
	_, err := experiment().Run(ctx, t.TempDir(), alnb.RunOptions{Progress: func(p alnb.Progress) {
		if p.Phase == alnb.PhaseTrain && cancelled.IsZero() {
			cancelled = time.Now()
			time.AfterFunc(100*time.Millisecond, cancel)
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(cancelled); took > 1100*time.Millisecond {
		t.Errorf("the run returned %v after it was told to stop", took-100*time.Millisecond)
	}
}
