package paper

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb"
)

// Only the small preset needs the student, and only where something is still to be run.
func TestCheckStudent(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("ALNB_HOME", folder)
	t.Setenv("ALNB_RUNS", t.TempDir())
	for _, p := range []Preset{Smoke, Paper} {
		if err := p.checkStudent(CoNLL); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
	if err := Small.checkStudent(CoNLL); err == nil || !strings.Contains(err.Error(), "run `make paper PRESET=small`") ||
		!strings.Contains(err.Error(), filepath.Join(folder, "models")) {
		t.Error(err)
	}
	finished, err := Smoke.Experiment(CoNLL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := finished.Run(t.Context(), Small.Dir(CoNLL), alnb.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := Small.checkStudent(CoNLL); err != nil {
		t.Errorf("a finished run is only read: %v", err)
	}
	student := filepath.Join(folder, "models", SmallStudent)
	if err := os.MkdirAll(student, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(student, "config.json"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Small.checkStudent(AGNews); err != nil {
		t.Error(err)
	}
}

// A cell that runs a study says so before anything is asked for.
func TestRunAsksForTheStudentFirst(t *testing.T) {
	const inCell = "ALNB_TEST_CELL"
	if os.Getenv(inCell) != "" {
		Run(CoNLL) // ends the process
		return
	}
	cell := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cell.Env = append(os.Environ(), inCell+"=1", "ALNB_PRESET="+string(Small), "ALNB_HOME="+t.TempDir(), "ALNB_RUNS="+t.TempDir(), "ALNB_DATA="+t.TempDir())
	said, err := cell.CombinedOutput()
	if err == nil || !strings.Contains(string(said), "make paper PRESET=small") {
		t.Errorf("%v: %s", err, said)
	}
}
