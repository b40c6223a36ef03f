package store

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/keyed"
)

// created is how many documents the sessions have that are killed while they are made.
const created = 5000

// A session whose maker is killed is there whole, or not at all; then it can be made, and nothing of it is left.
func TestKilledWhileMade(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: processes that are killed while they make a session; -short was given")
	}
	began, whole, left := time.Now(), 0, 0
	makeAndKill(t, filepath.Join(t.TempDir(), "undisturbed"), time.Hour)
	undisturbed := time.Since(began)
	const kills = 30
	for kill := range kills {
		dir := filepath.Join(t.TempDir(), "s")
		instant := keyed.Key{Seed: 1, Purpose: "kill a maker", Round: kill}.Float64()
		makeAndKill(t, dir, time.Duration(instant*float64(undisturbed)))
		if entries, err := os.ReadDir(dir); err == nil {
			left += len(entries)
		}
		s, err := OpenSession(t.Context(), dir)
		if errors.Is(err, fs.ErrNotExist) {
			if err := CreateSession(t.Context(), dir, []byte("{}"), texts(created)); err != nil {
				t.Fatal(err)
			}
			if in := names(t, dir); len(in) != 1 {
				t.Errorf("in the folder: %q", in)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		whole, left = whole+1, left-1
		if in := names(t, dir); strings.HasPrefix(in[0], temporary) && len(names(t, filepath.Join(dir, in[0]))) > 0 {
			t.Error("the draft of a finished session is there, too")
		}
		if err := s.Verify(t.Context()); err != nil {
			t.Error(err)
		}
		if n := len(all(t, s.Documents(t.Context()))); n != created+2 {
			t.Errorf("%d documents", n)
		}
		s.Close()
	}
	t.Logf("%d kills; %d of the sessions were there, whole; %d left a draft, which went with the next try", kills, whole, left)
}

// makeAndKill starts a child that makes a session, and kills it after some time.
func makeAndKill(t *testing.T, dir string, patience time.Duration) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childTask+"=create", childDir+"="+dir)
	child.Stderr = os.Stderr
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(patience, func() { child.Process.Kill() })
	defer kill.Stop()
	if err := child.Wait(); err != nil && child.ProcessState.ExitCode() != -1 { // not ended by a signal
		t.Fatal(err)
	}
}
