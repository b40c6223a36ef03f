package paper

import (
	"maps"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/store/storetest"
)

// inChild is the environment variable with the folder that a test's child runs a study in.
const inChild = "ALNB_TEST_PAPER"

// TestRunInChild runs the study of TestKilledTwentyTimes; by itself it does nothing.
func TestRunInChild(t *testing.T) {
	dir := os.Getenv(inChild)
	if dir == "" {
		t.Skip("it is the child of TestKilledTwentyTimes")
	}
	e, err := Smoke.Experiment(CoNLL)
	if err != nil {
		t.Fatal(err)
	}
	// Slowed down, so that it can be met at work.
	if _, err := e.Run(t.Context(), dir, alnb.RunOptions{Progress: func(alnb.Progress) { time.Sleep(100 * time.Microsecond) }}); err != nil {
		t.Fatal(err)
	}
}

// Killed twenty times with SIGKILL, a grid gives the files of one that ran through.
func TestKilledTwentyTimes(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: a grid that is killed twenty times; -short was given")
	}
	e, err := Smoke.Experiment(CoNLL)
	if err != nil {
		t.Fatal(err)
	}
	want, dir := t.TempDir(), t.TempDir()
	if _, err := e.Run(t.Context(), want, alnb.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	met := 0
	for kills := range 20 {
		child := exec.Command(os.Args[0], "-test.run=^TestRunInChild$")
		child.Env = append(os.Environ(), inChild+"="+dir)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		instant := keyed.Key{Purpose: "kill a grid", Round: kills}.Float64()
		die := time.AfterFunc(100*time.Millisecond+time.Duration(instant*float64(time.Second)), func() { child.Process.Kill() })
		err := child.Wait()
		die.Stop()
		if err != nil && child.ProcessState.ExitCode() != -1 {
			t.Fatalf("the child ended by itself: %v", err)
		}
		if err != nil {
			met++
		}
	}
	t.Logf("%d of 20 kills met the grid at work", met)
	if met < 5 {
		t.Errorf("%d of 20 kills met the grid at work", met)
	}
	if _, err := e.Run(t.Context(), dir, alnb.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	got, wanted := storetest.Files(t, dir), storetest.Files(t, want)
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, slices.Sorted(maps.Keys(wanted))) {
		t.Errorf("the files differ: %q", names)
	}
	for name, content := range wanted {
		if got[name] != content {
			t.Errorf("%s differs", name)
		}
	}
}
