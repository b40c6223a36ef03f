package tests

import (
	"bytes"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/store/storetest"
	"github.com/alnb/alnb/fleet/queue/queuetest"
)

// grid is an experiment of three arms and three seeds; a real, tiny BERT learns, long enough to be met at work.
const grid = `
data: {name: synthetic, config: {train: 400, test: 100, seed: 1}}
arms:
- name: Random
  acquisition: &tiny
    name: transformer
    config: {checkpoint: CHECKPOINT, max_tokens: 32, training: {steps: 600, learning_rate: 1.0e-3}}
  strategy: random
- {name: LC, acquisition: *tiny, strategy: least-confident}
- name: LC+UPS
  acquisition: *tiny
  strategy: least-confident
  subsample: {name: ups, config: {gamma: 0.2, t: 0.1, full_queries: [0]}}
start: {docs: 20}
batch: {docs: 20}
rounds: 3
seeds: [1, 2, 3]
`

// program builds alnb.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "alnb")
	if out, err := exec.Command("go", "build", "-o", path, module+"cmd/alnb").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// pinned runs the program on one processor, so that it has one thread to compute with.
func pinned(program string, args ...string) *exec.Cmd {
	return exec.Command("taskset", append([]string{"-c", "0", program}, args...)...)
}

// Three workers on PostgreSQL, killed ten times at random instants, with the database restarted once, give what one process gives.
func TestKilledWorkers(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: workers that are killed ten times; -short was given")
	}
	server := queuetest.StartPostgres(t)
	database, err := server.NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	alnb, dir := program(t), t.TempDir()
	file := gridFile(t, dir)
	want, got := filepath.Join(dir, "want"), filepath.Join(dir, "got")
	if out, err := pinned(alnb, "experiment", "run", file, "--dir", want).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	t.Setenv("ALNB_QUEUE", database)
	t.Setenv("ALNB_STORE", filepath.Join(dir, "store"))
	submitted := exec.Command(alnb, "experiment", "submit", file)
	submitted.Stderr = os.Stderr
	id, err := submitted.Output()
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimSpace(string(id))
	var said bytes.Buffer
	log, err := os.Create(filepath.Join(dir, "workers.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	workers := make([]*exec.Cmd, 3)
	start := func(i int) {
		workers[i] = pinned(alnb, "worker", "--lease", "3s", "--work-dir", filepath.Join(dir, "work"))
		workers[i].Stdout, workers[i].Stderr = log, log
		if err := workers[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	stop := func(i int) {
		workers[i].Process.Kill()
		workers[i].Wait()
	}
	for i := range workers {
		start(i)
		t.Cleanup(func() { stop(i) })
	}
	chance := rand.New(rand.NewPCG(11, 7))
	for kill := range 10 {
		time.Sleep(time.Duration((1 + 2*chance.Float64()) * float64(time.Second)))
		i := chance.IntN(len(workers))
		stop(i)
		start(i)
		if kill == 5 {
			server.Stop()
			time.Sleep(time.Second)
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
		}
	}
	var units []unit
	deaths, finished := 0, 0
	for began := time.Now(); time.Since(began) < 4*time.Minute && finished < 9; time.Sleep(time.Second) {
		if units, err = unitsOf(t, alnb, name); err != nil {
			t.Fatal(err)
		}
		deaths, finished = deathsOf(units), 0
		for _, u := range units {
			if u.State == "finished" {
				finished++
			}
		}
	}
	raw, _ := os.ReadFile(log.Name())
	said.Write(raw)
	t.Logf("%d deaths met a unit at work", deaths)
	if finished != 9 || len(units) != 9 || deaths < 3 {
		t.Fatalf("%d of %d units are finished, %d deaths: %+v\n%s", finished, len(units), deaths, units, &said)
	}
	if out, err := exec.Command(alnb, "experiment", "fetch", name, "--dir", got).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command(alnb, "experiment", "show", want).CombinedOutput(); err != nil { // its reports are of the same form then
		t.Fatalf("%v\n%s", err, out)
	}
	wanted := rounds(storetest.Files(t, want))
	fetched := rounds(storetest.Files(t, got))
	for path, content := range wanted {
		if fetched[path] != content {
			t.Errorf("%s differs", path)
		}
	}
	if len(fetched) != len(wanted) || len(wanted) < 9*4*3 {
		t.Errorf("%d files, want %d", len(fetched), len(wanted))
	}
	// What an environment holds comes into no log, page, table or run folder.
	table, err := exec.Command(alnb, "experiment", "status", name).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, table)
	}
	kept := storetest.Files(t, dir)
	kept["the table of units"] = string(table)
	for _, path := range []string{"workers.log", "the table of units", filepath.Join("got", "report.html")} {
		if kept[path] == "" {
			t.Errorf("there is no %s", path)
		}
	}
	address, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range kept {
		for _, secret := range []string{queuetest.Password, address.User.String(), "p%40ss"} {
			if strings.Contains(content, secret) {
				t.Errorf("%s tells of %s", path, secret)
			}
		}
	}
}

// rounds are a run's files without the reports, which have times.
func rounds(files map[string]string) map[string]string {
	kept := make(map[string]string)
	for path, content := range files {
		if strings.HasPrefix(path, "arms"+string(filepath.Separator)) || path == "config.json" || path == "origins.json" {
			kept[path] = content
		}
	}
	return kept
}
