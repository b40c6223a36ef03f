package tests

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/store/storetest"
	"github.com/alnb/alnb/fleet/bucket/buckettest"
)

// gridFile writes the grid with the tiny BERT's folder in it.
func gridFile(t *testing.T, dir string) string {
	t.Helper()
	file := filepath.Join(dir, "grid.yaml")
	checkpoint, err := filepath.Abs(filepath.Join("..", "alnb", "model", "testdata", "tiny-bert"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(grid, "CHECKPOINT", checkpoint, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// Several submit one experiment at once, a worker begins it, and is told to stop: it puts its unit back, and ends well. The units are cancelled.
func TestAWorkerIsToldToStop(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: a worker that gets SIGTERM; -short was given")
	}
	alnb, dir := program(t), t.TempDir()
	file := gridFile(t, dir)
	t.Setenv("ALNB_QUEUE", "sqlite://"+filepath.Join(dir, "queue.db"))
	t.Setenv("ALNB_STORE", filepath.Join(dir, "store"))
	var submitters sync.WaitGroup
	ids := make([]string, 4)
	for i := range ids {
		submitters.Go(func() {
			out, err := exec.Command(alnb, "experiment", "submit", file).Output()
			if err != nil {
				t.Error(err)
			}
			ids[i] = strings.TrimSpace(string(out))
		})
	}
	submitters.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Fatalf("the submitters say %q", ids)
		}
	}
	if units, err := unitsOf(t, alnb, ids[0]); err != nil || len(units) != 9 {
		t.Errorf("%d units are in the queue, want 9: %v", len(units), err)
	}
	states := func() map[string]int {
		count := make(map[string]int)
		units, err := unitsOf(t, alnb, ids[0])
		if err != nil {
			t.Error(err)
		}
		for _, unit := range units {
			count[unit.State]++
		}
		return count
	}
	until := func(state string, n int) {
		t.Helper()
		for began := time.Now(); states()[state] != n; time.Sleep(100 * time.Millisecond) {
			if time.Since(began) > time.Minute {
				t.Fatalf("%v; want %d %s", states(), n, state)
			}
		}
	}
	var said bytes.Buffer
	worker := exec.Command(alnb, "worker", "--drain", "10ms", "--work-dir", filepath.Join(dir, "work"))
	worker.Stderr = &said
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	until("running", 1)
	worker.Process.Signal(syscall.SIGTERM)
	if err := worker.Wait(); err != nil || !strings.Contains(said.String(), "put back, as this worker stops") {
		t.Errorf("%v: %s", err, said.String())
	}
	until("waiting", 9)
	if out, err := exec.Command(alnb, "experiment", "cancel", ids[0]).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	until("cancelled", 9)
}

// A bucket that may not be used is a sentence, whatever asks for it, and no secret is told or kept.
func TestNoPermission(t *testing.T) {
	alnb, dir := program(t), t.TempDir()
	service, file := buckettest.NewS3(t), gridFile(t, dir)
	pool := filepath.Join(dir, "pool")
	writeShards(t, pool, 2, 5)
	tiny := filepath.Join("..", "alnb", "model", "testdata", "tiny-finetuned")
	queue := filepath.Join(dir, "queue.db")
	t.Setenv("ALNB_QUEUE", "sqlite://"+queue)
	for _, bucket := range []string{"forbidden", "readonly"} {
		for _, args := range [][]string{
			{"worker"},
			{"experiment", "submit", file},
			{"query", "--model", tiny, "--strategy", "least-confident", "--in", pool, "--top", "3"},
			{"predict", "--model", tiny, "--in", pool, "--out", filepath.Join(dir, "answers")},
		} {
			args = append(args, "--store", service.URL(bucket+"/alnb"))
			said, err := exec.Command(alnb, args...).CombinedOutput()
			if err == nil || !strings.Contains(string(said), "no permission") || !strings.Contains(string(said), "s3://"+bucket) {
				t.Errorf("%q: %v: %s", args[0], err, said)
			}
			if strings.Contains(string(said), buckettest.SecretKey) || strings.Contains(string(said), "AKIDEXAMPLE") || strings.Contains(string(said), "endpoint=") {
				t.Errorf("%q tells a secret: %s", args[0], said)
			}
		}
	}
	for path, content := range storetest.Files(t, dir) {
		if strings.Contains(content, buckettest.SecretKey) {
			t.Errorf("%s has a secret", path)
		}
	}
	if said, err := exec.Command(alnb, "predict", "--model", tiny, "--in", pool, "--out", filepath.Join(dir, "answers")).CombinedOutput(); err == nil ||
		!strings.Contains(string(said), "give the store's URL with --store") {
		t.Errorf("with a queue and no store: %v: %s", err, said)
	}
}
