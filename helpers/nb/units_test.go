package nb

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A cell sees the queue through the real program.
func TestUnits(t *testing.T) {
	dir := t.TempDir()
	program, file := filepath.Join(dir, "alnb"), filepath.Join(dir, "exp.yaml")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/alnb/alnb/cmd/alnb").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	err := os.WriteFile(file, []byte(`
data: {name: synthetic, config: {train: 200, test: 50, seed: 1}}
arms: [{name: <b>LC</b>, acquisition: {name: naive-bayes}, strategy: least-confident}]
start: {docs: 10}
batch: {docs: 10}
rounds: 1
seeds: [1, 2]
`), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("ALNB_QUEUE", "sqlite://"+filepath.Join(dir, "queue.db"))
	t.Setenv("ALNB_STORE", filepath.Join(dir, "store"))
	id, err := exec.Command(program, "experiment", "submit", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	table, err := units(t.Context(), program, strings.TrimSpace(string(id)))
	if err != nil || len(table.Rows) != 2 || table.Rows[1][0] != "<b>LC</b>, seed 2" || table.Rows[1][1] != "waiting" || table.Note != "2 waiting." {
		t.Errorf("%+v, %v", table, err)
	}
	if html, err := table.HTML(); err != nil || strings.Contains(string(html), "<b>") {
		t.Error("an arm's name isn't escaped", err)
	}
	if _, err := units(t.Context(), program, "nothing"); err == nil || !strings.Contains(err.Error(), `nothing with the ID "nothing" was submitted`) {
		t.Error(err)
	}
	if _, err := units(t.Context(), filepath.Join(dir, "missing"), "nothing"); err == nil || !strings.Contains(err.Error(), `"make setup" installs it`) {
		t.Error(err)
	}
}
