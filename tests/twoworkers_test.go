package tests

import (
	"flag"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var twoWorkers = flag.Bool("two-workers", false, "measure two workers of one thread each against one; the machine should have nothing else to do")

// Two workers of one thread each against one: how much of a second processor the queue and the store leave.
func TestTwoWorkersAgainstOne(t *testing.T) {
	if !*twoWorkers {
		t.Skip("it measures, and needs a quiet machine: -args -two-workers")
	}
	alnb, dir := program(t), t.TempDir()
	file := gridFile(t, dir)
	took := make(map[int]time.Duration)
	for _, workers := range []int{1, 2, 1, 2} {
		place := t.TempDir()
		t.Setenv("ALNB_QUEUE", "sqlite://"+filepath.Join(place, "queue.db"))
		t.Setenv("ALNB_STORE", filepath.Join(place, "store"))
		out, err := exec.Command(alnb, "experiment", "submit", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		id := strings.TrimSpace(string(out))
		began := time.Now()
		var all []*exec.Cmd
		for i := range workers {
			worker := exec.Command("taskset", "-c", fmt.Sprint(i), alnb, "worker", "--work-dir", filepath.Join(place, "work"))
			if err := worker.Start(); err != nil {
				t.Fatal(err)
			}
			all = append(all, worker)
		}
		for {
			status, err := exec.Command(alnb, "experiment", "status", id, "--json").Output()
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(string(status), `"state":"finished"`) == 9 {
				break
			}
			time.Sleep(500 * time.Millisecond)
		}
		seconds := time.Since(began)
		t.Logf("%d workers: %.1f s", workers, seconds.Seconds())
		took[workers] += seconds
		for _, worker := range all {
			worker.Process.Kill()
			worker.Wait()
		}
	}
	t.Logf("two workers are %.2f x as fast as one", took[1].Seconds()/took[2].Seconds())
}
