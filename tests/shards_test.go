package tests

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var poolSize = flag.Int("pool", 8000, "documents in 40 shards that TestShards has scored; docs/scale.md has a million")

// Two workers score a pool in 40 shards, one of them is killed: each document is scored once. A next query scores a tenth of them, and
// predictions have each document once, too.
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
		for range 600 {
			if done, _ := filepath.Glob(filepath.Join(dir, "store", "sweeps", "*", "shards", "*", "manifest.json")); len(done) > 5 {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		second.Process.Kill()
		second.Wait()
	}()
	query := func(args ...string) (ids map[string]bool, stderr string) {
		t.Helper()
		out := filepath.Join(dir, "top.jsonl")
		cmd := exec.Command(alnb, append([]string{"query", "--model", tiny, "--strategy", "least-confident", "--in", pool, "--out", out, "--ups"}, args...)...)
		said, err := cmd.CombinedOutput()
		if err != nil {
			raw, _ := os.ReadFile(log.Name())
			t.Fatalf("%v\n%s\n%s", err, said, raw)
		}
		return idsIn(t, out), string(said)
	}
	began := time.Now()
	all, said := query("--top", fmt.Sprint(*poolSize))
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
	began = time.Now()
	few, said := query("--top", "100", "--number", "2", "--since", since)
	t.Logf("the next query took %s: %s", time.Since(began).Round(time.Second/10), said)
	if len(few) != 100 || !strings.Contains(said, fmt.Sprintf("of %d documents are scored again", *poolSize)) {
		t.Errorf("%d documents are chosen: %s", len(few), said)
	}
	out := filepath.Join(dir, "predicted")
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
