package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// run is what a command writes to standard output and to standard error.
func run(t *testing.T, cmd *exec.Cmd) (out, said string) {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	return stdout.String(), stderr.String()
}

// A shard is read as a file is: predict and query give, byte for byte, the same.
func TestShardsAreReadAsFiles(t *testing.T) {
	type document struct {
		ID   int64  `parquet:"id"`
		Text string `parquet:"text"`
	}
	type sentence struct {
		ID    *string  `parquet:"id,optional"`
		Words []string `parquet:"words,list"`
	}
	x := "x"
	for what, c := range map[string]struct {
		model, strategy string
		lines           []string
		parquet         func(path string) error // the same rows; nil: there are none
	}{
		"texts": {tinyFolder, "least-confident", []string{"\ufeff" + `{"id":"a","text":"good film"}`, "", `{"id":1,"text":""}`, `{"id":1.50,"text":" "}`,
			`{"id":true,"text":"the fox","ID":"zzz","sentence":7}`, `{"text":"the dog"}`, `{"id":null,"text":"the dog"}`, `{"id":"\u00e9<","text":"caf` + "\xe9" + `"}`}, nil},
		"numbered": {tinyFolder, "margin", []string{`{"id":1,"text":"good film"}`, `{"id":2,"text":""}`, `{"id":3,"text":"bad film"}`}, func(path string) error {
			return parquet.WriteFile(path, []document{{1, "good film"}, {2, ""}, {3, "bad film"}})
		}},
		"words": {taggerFolder, "mnlp", []string{`{"id":"x","words":["John","lives","in","Paris"]}`, `{"id":null,"words":[""]}`}, func(path string) error {
			return parquet.WriteFile(path, []sentence{{&x, []string{"John", "lives", "in", "Paris"}}, {nil, []string{""}}})
		}},
	} {
		file := writeRows(t, c.lines...)
		wanted, _ := run(t, program("predict", "--model", c.model, "--in", file))
		chosen, _ := run(t, program("query", "--model", c.model, "--strategy", c.strategy, "--in", file, "--top", "50"))
		if strings.Count(chosen, "\n") != strings.Count(wanted, "\n") {
			t.Errorf("%s: predicted are %s, chosen %s", what, wanted, chosen)
		}
		pools := map[string]string{filepath.Base(file): filepath.Dir(file)}
		if c.parquet != nil {
			dir := t.TempDir()
			if err := c.parquet(filepath.Join(dir, "rows.parquet")); err != nil {
				t.Fatal(err)
			}
			pools["rows.parquet"] = dir
		}
		for name, pool := range pools {
			out := filepath.Join(t.TempDir(), "out")
			run(t, program("predict", "--model", c.model, "--in", pool, "--out", out))
			if got := string(readFile(t, filepath.Join(out, "00000-rows.jsonl"))); got != wanted {
				t.Errorf("%s, of the shard %s:\n%swant\n%s", what, name, got, wanted)
			}
			got, said := run(t, program("query", "--model", c.model, "--strategy", c.strategy, "--in", pool, "--top", "50", "--store", t.TempDir()))
			if got != chosen {
				t.Errorf("%s, chosen of the shard %s:\n%swant\n%s", what, name, got, chosen)
			}
			if !strings.Contains(said, "query: the batch is larger than the pool: --top is 50, and there are ") {
				t.Errorf("%s of %s said %s", what, name, said)
			}
		}
	}
}

// Labeled documents of a pool in shards are known by the id alone, as it is written, and may come from standard input.
func TestLabeledOfShards(t *testing.T) {
	pool := filepath.Dir(writeRows(t, `{"id":"a","text":"good"}`, `{"id":7,"text":"bad"}`, `{"id":"c","text":"fox"}`))
	if err := os.WriteFile(filepath.Join(pool, "more.jsonl.gz"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := program("query", "--model", tinyFolder, "--strategy", "margin", "--in", pool, "--top", "2", "--labeled", "-", "--store", t.TempDir())
	cmd.Stdin = strings.NewReader("\ufeff" + `{"id":"a","ID":"c"}` + "\n\n" + `{"id":7,"label":[1]}` + "\n")
	out, said := run(t, cmd)
	if !strings.HasPrefix(out, `{"id":"c",`) || strings.Count(out, "\n") != 1 || !strings.Contains(said, "and there are 1 documents") ||
		!strings.Contains(said, "left out of "+pool+": 1 of its files, such as more.jsonl.gz;") {
		t.Errorf("%s chose %s", said, out)
	}
	for line, want := range map[string]string{
		`{"label":"a"}`: `line 1 has no "id", by which documents in shards are known`,
		`{"id":[1]}`:    `line 1 has an "id" that is neither a string nor a number`,
		"a":             "line 1 is not a JSON object",
	} {
		if _, err := idsOf(t.Context(), writeRows(t, line)); err == nil || !strings.HasPrefix(err.Error(), "query: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}

// What is made of a pool in shards isn't written into the pool, by whatever name.
func TestBesidePool(t *testing.T) {
	dir := t.TempDir()
	pool, link := filepath.Join(dir, "pool"), filepath.Join(dir, "link")
	if err := os.Mkdir(pool, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(pool, link); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, pool string
		in         bool
	}{
		{pool, pool, true},
		{filepath.Join(pool, "answers", "new"), pool, true},
		{"file://" + filepath.Join(pool, "answers"), pool, true},
		{filepath.Join(link, "answers"), pool, true},
		{filepath.Join(pool, "answers"), link, true},
		{pool + "-answers", pool, false},
		{dir, pool, false},
		{"s3://b/pool/answers?region=x", "s3://b/pool/", true},
		{"s3://b/pool2", "s3://b/pool", false},
		{"s3://b/pool", pool, false},
	} {
		path, err := absolute(c.path)
		if err != nil {
			t.Fatal(err)
		}
		if err := besidePool("--out", path, c.pool); (err != nil) != c.in {
			t.Errorf("%s in %s: %v", c.path, c.pool, err)
		}
	}
	err := besidePool("--out", "s3://KEY:s3cret@b/pool/x?endpoint=s3cret", "s3://KEY:s3cret@b/pool")
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Error(err)
	}
}
