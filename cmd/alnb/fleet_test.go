package main

import (
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
