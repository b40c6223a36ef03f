package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// says runs a command's line, and is what it says on failing.
func says(t *testing.T, line ...string) string {
	t.Helper()
	cmd := root()
	cmd.SetArgs(line)
	err := cmd.ExecuteContext(t.Context())
	if err == nil {
		t.Errorf("%q succeeded", line)
		return ""
	}
	return discreet(err.Error(), line)
}

// A queue's URL where it doesn't belong isn't told, as it has a password.
func TestURLsAreNotTold(t *testing.T) {
	t.Setenv(queueVariable, "sqlite://"+filepath.Join(t.TempDir(), "queue.db"))
	q, err := (&places{}).openQueue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q.Close()
	t.Setenv(storeVariable, t.TempDir())
	const url = `postgres://u:hu"sh@t pw/x@127.0.0.1:1/d`
	for want, line := range map[string][]string{
		`unknown command "postgres://…"`:      {"worker", url},
		`"postgres://…" is no ID`:             {"experiment", "status", url},
		"open postgres://…: no such file":     {"experiment", "submit", url},
		`invalid argument "postgres://…" for`: {"worker", "--lease=" + url},
		"there is no service \"postgres\"":    {"predict", "--model", "../../alnb/model/testdata/tiny-finetuned", "--in", "postgres://u:12/hush@127.0.0.1:1/d", "--out", t.TempDir()},
	} {
		said := says(t, line...)
		if !strings.Contains(said, want) || strings.Contains(said, "hu") || strings.Contains(said, "pw") {
			t.Errorf("%q: %s", line, said)
		}
	}
}

func TestWorkersTimesAreChecked(t *testing.T) {
	for want, flag := range map[string]string{
		"worker: --lease is -5s; it must be at least 1s": "--lease=-5s",
		"worker: --lease is 0s":                          "--lease=0",
		"worker: --lease is 1ms":                         "--lease=1ms",
		"worker: --drain is -1s; it must be 0":           "--drain=-1s",
		"worker: --limit is -1s; it must be 0":           "--limit=-1s",
	} {
		if said := says(t, "worker", flag); !strings.Contains(said, want) {
			t.Errorf("%s: %s", flag, said)
		}
	}
}

// What is read, such as a pool, isn't made, nor is what comes of it.
func TestNothingIsMadeOfMistakes(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv(queueVariable, "")
	t.Setenv(storeVariable, "")
	if err := os.WriteFile("small.jsonl", []byte(`{"text": "a"}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, line := range map[string][]string{
		"there is no folder " + dir + "/nope/deep":          {"predict", "--model", "m", "--in", "file://" + dir + "/nope/deep", "--out", "xo"},
		"there is no folder " + dir + "/nope/er":            {"query", "--model", "m", "--strategy", "entropy", "--top", "1", "--in", "file://localhost" + dir + "/nope/er"},
		"there is no folder " + dir + "/no pe":              {"predict", "--model", "m", "--in", "file://" + dir + "/no%20pe", "--out", "xo"},
		dir + "/small.jsonl is a file":                      {"predict", "--model", "m", "--in", "file://" + dir + "/small.jsonl", "--out", "xo"},
		"names no folder of this machine":                   {"predict", "--model", "m", "--in", "file://nope/deep", "--out", "xo"},
		"there is no queue in sqlite://" + dir + "/typo.db": {"experiment", "status", "3f", "--queue", "sqlite://" + dir + "/typo.db"},
		"sqlite://" + dir + "/typos.db; mend the URL":       {"experiment", "cancel", "3f", "--queue", "sqlite://" + dir + "/typos.db"},
		"there is no folder " + dir + "/nope":               {"experiment", "fetch", "3f", "--store", dir + "/nope", "--dir", "run"},
		"file://" + dir + "/100% can't be read; in":         {"predict", "--model", "m", "--in", "file://" + dir + "/100%", "--out", "xo"},
	} {
		if said := says(t, line...); !strings.Contains(said, want) {
			t.Errorf("%q: %s", line, said)
		}
	}
	if entries, err := os.ReadDir("."); err != nil || len(entries) != 1 {
		t.Errorf("there are %v, %v", entries, err)
	}
}
