package tests

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store/storetest"
	"github.com/alnb/alnb/alnb/subsample"
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
			{Name: "LC+UPS", Acquisition: tiny, Strategy: query.LeastConfident{}, Subsample: subsample.UPS{Gamma: 0.2, T: 0.1, FullQueries: []int{0}}},
		},
		Start: alnb.Docs(20), Batch: alnb.Docs(20), Rounds: 3, Seeds: []uint64{1, 2},
	}
}

// runFolder, where set, makes the test program run the experiment in that folder, to be killed.
const runFolder = "ALNB_TEST_RUN_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(runFolder); dir != "" {
		if _, err := experiment().Run(context.Background(), dir, alnb.RunOptions{}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// A run that is killed with SIGKILL at random instants, and run again each time, ends with the files of an undisturbed
// one, byte for byte: scores of a model trained by XLA included.
func TestKilledRunsGoOn(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: runs that are killed; -short was given")
	}
	undisturbed := t.TempDir()
	began := time.Now()
	if err := runAndKill(t, undisturbed, time.Hour); err != nil {
		t.Fatal(err)
	}
	whole := time.Since(began)
	want := storetest.Files(t, undisturbed)
	seed := uint64(began.UnixNano())
	t.Logf("seed %d; undisturbed, a run takes %v", seed, whole)
	random := rand.New(rand.NewPCG(seed, 0))
	const most = 30
	for kills := 0; kills < most; {
		dir := t.TempDir()
		for {
			patience := time.Hour
			if kills < most {
				patience = time.Duration(random.Float64() * float64(whole))
			}
			if runAndKill(t, dir, patience) == nil {
				break
			}
			kills++
		}
		if got := storetest.Files(t, dir); !maps.Equal(got, want) {
			for name := range want {
				if got[name] != want[name] {
					t.Errorf("%s differs:\n%.200s\n%.200s", name, got[name], want[name])
				}
			}
			t.Fatalf("after %d kills there are %d files, without any %d", kills, len(got), len(want))
		}
	}
}

// runAndKill runs the experiment in a process of its own that is killed after patience. The error is that of a killed
// process.
func runAndKill(t *testing.T, dir string, patience time.Duration) error {
	t.Helper()
	run := exec.Command(os.Args[0])
	run.Env = append(os.Environ(), runFolder+"="+dir)
	run.Stderr = os.Stderr
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(patience, func() { run.Process.Kill() })
	defer kill.Stop()
	err := run.Wait()
	if err != nil && run.ProcessState.ExitCode() != -1 { // not ended by a signal
		t.Fatalf("the run failed: %v", err)
	}
	return err
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
