package tests

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/subsample"
)

var poolSize = flag.Int("pool", 8000, "documents in 40 shards that TestShards has scored; docs/scale.md has a million")

// Two workers score a pool in 40 shards, one of them is killed at work: each document is scored once. A next query scores what UPS
// keeps of them in memory, and predictions have each document once, too.
func TestShards(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: a pool in shards; -short was given")
	}
	alnb, dir := program(t), t.TempDir()
	pool := filepath.Join(dir, "pool")
	writeShards(t, pool, 40, *poolSize/40)
	tiny, err := filepath.Abs(filepath.Join("..", "alnb", "model", "testdata", "tiny-finetuned"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("ALNB_QUEUE", "sqlite://"+filepath.Join(dir, "queue.db"))
	t.Setenv("ALNB_STORE", filepath.Join(dir, "store"))
	log, err := os.Create(filepath.Join(dir, "workers.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	start := func() (worker *exec.Cmd) {
		worker = exec.Command(alnb, "worker", "--lease", "3s", "--work-dir", filepath.Join(dir, "work"))
		worker.Stdout, worker.Stderr = log, log
		if err := worker.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { worker.Process.Kill(); worker.Wait() })
		return worker
	}
	start()
	second := start()
	killed := make(chan bool)
	go func() {
		defer close(killed)
		killAtWork(t, alnb, second.Process, filepath.Join(dir, "store"))
		second.Wait()
	}()
	out := filepath.Join(dir, "top.jsonl")
	ask := func(args ...string) (ids map[string]bool, stderr string) {
		t.Helper()
		cmd := exec.Command(alnb, append([]string{"query", "--model", tiny, "--strategy", "least-confident", "--in", pool, "--out", out, "--ups"}, args...)...)
		said, err := cmd.CombinedOutput()
		if err != nil {
			raw, _ := os.ReadFile(log.Name())
			t.Fatalf("%v\n%s\n%s", err, said, raw)
		}
		return idsIn(t, out), string(said)
	}
	began := time.Now()
	all, said := ask("--top", fmt.Sprint(*poolSize))
	t.Logf("%d documents scored in %s", *poolSize, time.Since(began).Round(time.Second/10))
	<-killed
	if len(all) != *poolSize {
		t.Fatalf("%d documents of %d were scored", len(all), *poolSize)
	}
	_, since, ok := strings.Cut(said, "--since ")
	if !ok {
		t.Fatal(said)
	}
	since = strings.Fields(since)[0]
	if units, err := unitsOf(t, alnb, since); err != nil || deathsOf(units) == 0 {
		t.Error("no worker is said to have died at work", err)
	}
	scores := scoresIn(t, out)
	began = time.Now()
	few, said := ask("--top", "100", "--number", "2", "--since", since)
	t.Logf("the next query took %s: %s", time.Since(began).Round(time.Second/10), said)
	if len(few) != 100 || !strings.Contains(said, fmt.Sprintf("of %d documents are scored again", *poolSize)) {
		t.Errorf("%d documents are chosen: %s", len(few), said)
	}
	_, next, _ := strings.Cut(said, "query: this was ")
	equalsMemory(t, filepath.Join(dir, "store"), strings.Trim(strings.Fields(next)[0], ";"), scores, out)
	out = filepath.Join(dir, "predicted")
	if said, err := exec.Command(alnb, "predict", "--model", tiny, "--in", pool, "--out", out).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for want, args := range map[string][]string{
		"has the answers of another model, or to other rows": {"--max-tokens", "5", "--out", out},
		"is in the pool": {"--out", filepath.Join(pool, "answers")},
	} {
		if said, err := exec.Command(alnb, append([]string{"predict", "--model", tiny, "--in", pool}, args...)...).CombinedOutput(); err == nil ||
			!strings.Contains(string(said), want) {
			t.Errorf("%v: %s, want %s", err, said, want)
		}
	}
	files, err := filepath.Glob(filepath.Join(out, "*.jsonl"))
	if err != nil || len(files) != 40 {
		t.Fatal(files, err)
	}
	if n := len(idsIn(t, files...)); n != *poolSize {
		t.Errorf("%d documents of %d are predicted", n, *poolSize)
	}
}

// killAtWork kills a worker while it has a shard: it is halted to look.
func killAtWork(t *testing.T, alnb string, worker *os.Process, store string) {
	for range 600 {
		time.Sleep(20 * time.Millisecond)
		sweeps, _ := filepath.Glob(filepath.Join(store, "sweeps", "*", "shards"))
		if len(sweeps) == 0 {
			continue
		}
		worker.Signal(syscall.SIGSTOP)
		units, _ := unitsOf(t, alnb, filepath.Base(filepath.Dir(sweeps[0]))) // a halted worker may hold the queue's file
		for _, unit := range units {
			if unit.State == "running" && strings.Contains(unit.Worker, fmt.Sprintf("_%d_", worker.Pid)) {
				worker.Kill()
				return
			}
		}
		worker.Signal(syscall.SIGCONT)
	}
	worker.Kill()
	t.Error("the worker was never seen at work")
}

// A unit is one as alnb experiment status tells of it.
type unit struct {
	Unit, State, Worker, Why string
	Deaths                   int
}

func unitsOf(t *testing.T, alnb, id string) (units []unit, err error) {
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	raw, err := exec.CommandContext(ctx, alnb, "experiment", "status", id, "--json").Output()
	if err == nil {
		err = json.Unmarshal(raw, &units)
	}
	return units, err
}

func deathsOf(units []unit) (deaths int) {
	for _, unit := range units {
		deaths += unit.Deaths
	}
	return deaths
}

// scoresIn are the scores in a file that alnb query wrote.
func scoresIn(t *testing.T, path string) map[string]float64 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	scores := make(map[string]float64)
	for lines := json.NewDecoder(f); ; {
		var row struct {
			ID    string
			Score float64
		}
		if err := lines.Decode(&row); errors.Is(err, io.EOF) {
			return scores
		} else if err != nil {
			t.Fatal(path, err)
		}
		scores[row.ID] = row.Score
	}
}

// equalsMemory compares the query with number 2 over shards with UPS in memory, of the scores that the query before gave: what is scored
// again, and, since the model is the same, what is chosen.
func equalsMemory(t *testing.T, store, id string, scores map[string]float64, chosen string) {
	t.Helper()
	pool := subsample.Pool{Query: 2, Budget: 100, Key: keyed.Key{Seed: 1, Round: 2}}
	for shard := range 40 {
		for i := range len(scores) / 40 {
			id := fmt.Sprintf("d%d-%d", shard, i)
			pool.IDs, pool.Stale = append(pool.IDs, id), append(pool.Stale, scores[id])
		}
	}
	sample, err := subsample.DefaultUPS().Sample(t.Context(), pool, func(_ context.Context, positions []int) ([]float64, error) {
		var again []float64
		for _, position := range positions {
			again = append(again, pool.Stale[position])
		}
		return again, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want, top := make(map[string]bool), query.NewTop(100, keyed.Key{Seed: 1, Purpose: "query", Round: 2})
	for i, position := range sample.Positions {
		want[pool.IDs[position]] = true
		if err := top.Add(pool.IDs[position], sample.Scores[i]); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := filepath.Glob(filepath.Join(store, "sweeps", id, "keep", "*", "*-keep.txt"))
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	for _, path := range kept {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			var id string
			if err := json.Unmarshal([]byte(line), &id); err != nil || !want[id] {
				t.Fatalf("%s has %q, which UPS in memory doesn't keep; %v", path, line, err)
			}
			got++
		}
	}
	if got != len(want) || got < len(scores)/10 {
		t.Errorf("%d documents of %d are scored again, in memory %d", got, len(scores), len(want))
	}
	const rounding = 1e-6 // of a float32, as other documents are in its batch
	again, ranked := scoresIn(t, chosen), top.Ranked()
	last := ranked[len(ranked)-1].Score
	for _, one := range ranked {
		if score, ok := again[one.ID]; ok && math.Abs(score-one.Score) > rounding || !ok && one.Score > last+rounding {
			t.Errorf("%s with the score %g is chosen in memory, over shards with %g (%t)", one.ID, one.Score, score, ok)
		}
	}
}

// idsIn are the IDs in files of JSON lines, each of which may be there once in all of them.
func idsIn(t *testing.T, paths ...string) map[string]bool {
	t.Helper()
	ids := make(map[string]bool)
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			var row struct{ ID string }
			if err := json.Unmarshal(lines.Bytes(), &row); err != nil || row.ID == "" {
				t.Fatalf("%s: %q, %v", path, lines.Text(), err)
			}
			if ids[row.ID] {
				t.Errorf("%s has %s, which was there before", path, row.ID)
			}
			ids[row.ID] = true
		}
		f.Close()
	}
	return ids
}

// writeShards makes shards of short texts.
func writeShards(t *testing.T, dir string, shards, each int) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	words := strings.Fields("the a model film plot is was not very good bad dull great story actor scene long short music i you it end of")
	r := rand.New(rand.NewPCG(2, 3))
	for shard := range shards {
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("part-%03d.jsonl", shard)))
		if err != nil {
			t.Fatal(err)
		}
		w := bufio.NewWriter(f)
		for i := range each {
			fmt.Fprintf(w, `{"id":"d%d-%d","text":"`, shard, i)
			for range 3 + r.IntN(9) {
				fmt.Fprint(w, words[r.IntN(len(words))], " ")
			}
			fmt.Fprintln(w, `"}`)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
}
