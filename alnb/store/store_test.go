package store

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	for _, content := range []string{"old", "new"} {
		if err := WriteFile(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != content {
			t.Errorf("%q, want %q", got, content)
		}
	}
	if got := names(t, dir); !reflect.DeepEqual(got, []string{"f"}) {
		t.Errorf("left in the folder: %q", got)
	}
	if err := WriteFile(filepath.Join(dir, "none", "f"), nil); err == nil {
		t.Error("a file was written into a folder that isn't there")
	}
}

func TestWriteStreamThatFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := WriteFile(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := WriteStream(path, func(w io.Writer) error { io.WriteString(w, "half"); return broken })
	if got, _ := os.ReadFile(path); !errors.Is(err, broken) || string(got) != "old" {
		t.Errorf("%v, the file holds %q", err, got)
	}
	if got := names(t, dir); !reflect.DeepEqual(got, []string{"f"}) {
		t.Errorf("left in the folder: %q", got)
	}
}

func TestWriteDir(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "a", "b")
	broken := errors.New("broken")
	fill := func(tmp string) error { return WriteFile(filepath.Join(tmp, "f"), []byte("x")) }
	if err := WriteDir(dir, func(tmp string) error { fill(tmp); return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("a folder that failed is there")
	}
	if err := WriteDir(dir, fill); err != nil {
		t.Fatal(err)
	}
	if err := WriteDir(dir, fill); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a folder was written over: %v", err)
	}
	if got := names(t, filepath.Dir(dir)); !reflect.DeepEqual(got, []string{"b"}) {
		t.Errorf("left in the folder: %q", got)
	}
}

var config = []byte(`{"version": 1, "experiment": {"rounds": 3}}`)

func TestRoundsComeBack(t *testing.T) {
	dir := t.TempDir()
	e, err := OpenExperiment(dir, config)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	want := Round{
		Labeled: Labeled{IDs: []string{"a", "b"}}, Metrics: &Metrics{Metric: "accuracy", Value: 0.5, Test: 2, Loss: 1.25, Steps: 3},
		Scores: []Score{{"c", 0.1}, {"d", 1.0 / 3}}, Query: &Query{IDs: []string{"d"}}, Timings: Timings{Train: 1.5},
	}
	name := "../../<script>LC + UPS</script> \x00 " + strings.Repeat("long", 100)
	if err := e.WriteRound(0, name, 7, 0, want); err != nil {
		t.Fatal(err)
	}
	got, err := e.ReadRound(0, name, 7, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got.Scores, err = e.ReadScores(0, name, 7, 0); err != nil || !reflect.DeepEqual(*got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	if e.HasRound(0, name, 7, 1) || !e.HasRound(0, name, 7, 0) {
		t.Error("round 0 is there, round 1 is not; HasRound says otherwise")
	}
	if got, err := e.ReadRound(0, name, 7, 1); got != nil || err != nil {
		t.Errorf("a round that isn't there: %v, %v", got, err)
	}
	if all := names(t, filepath.Join(dir, "arms")); len(all) != 1 || strings.ContainsAny(all[0], "/<>.\x00 ") {
		t.Errorf("the arm's folder is %q", all)
	}
	if err := e.WriteRound(0, name, 7, 0, want); err == nil {
		t.Error("a finished round was written over")
	}
}

func TestDamagedRoundIsASentence(t *testing.T) {
	dir := t.TempDir()
	e, err := OpenExperiment(dir, config)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if err := e.WriteRound(0, "LC", 1, 0, Round{}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "arms", "00-lc", "seed-1", "round-00", "metrics.json")
	if err := os.WriteFile(path, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := e.ReadRound(0, "LC", 1, 0); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}

func TestFolderOfANewerVersion(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"version": 99}`), 0o644)
	if _, err := OpenExperiment(dir, config); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("got %v", err)
	}
	if _, _, err := ReadExperiment(dir); err == nil || !strings.Contains(err.Error(), "use a newer one") {
		t.Errorf("got %v", err)
	}
}

func TestDifferences(t *testing.T) {
	got, err := Differences([]byte(`{"a":1,"b":[1,2],"c":"x"}`), []byte(`{"a":1,"b":[1,3],"d":null}`))
	want := []string{`b[1] was 2, is 3`, `c was "x", there is none`, `d is null, there was none`}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := Differences([]byte(`{`), config); err == nil {
		t.Error("broken JSON was compared")
	}
}

func TestWriteDirSparesWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	file, full, empty := filepath.Join(dir, "results.csv"), filepath.Join(dir, "full"), filepath.Join(dir, "empty")
	os.WriteFile(file, []byte("precious"), 0o644)
	os.MkdirAll(filepath.Join(full, "sub"), 0o755)
	os.Mkdir(empty, 0o755)
	link := filepath.Join(dir, "link")
	os.Symlink(empty, link)
	write := func(tmp string) error { return os.WriteFile(filepath.Join(tmp, "new"), nil, 0o644) }
	for _, path := range []string{file, full, link} {
		if err := WriteDir(path, write); err == nil || !strings.Contains(err.Error(), "exists and is not") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if raw, _ := os.ReadFile(file); string(raw) != "precious" {
		t.Errorf("the file holds %q", raw)
	}
	for _, path := range []string{empty, filepath.Join(dir, "a", "b", "c")} {
		if err := WriteDir(path, write); err != nil || len(names(t, path)) != 1 {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestWriteStreamThroughLinksAndIntoPipes(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	os.WriteFile(target, []byte("old"), 0o644)
	os.Symlink(target, link)
	if err := WriteFile(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Lstat(link); info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link was replaced")
	}
	if raw, _ := os.ReadFile(target); string(raw) != "new" {
		t.Errorf("the link's target holds %q", raw)
	}

	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	got := make(chan string)
	go func() { raw, _ := os.ReadFile(pipe); got <- string(raw) }()
	if err := WriteFile(pipe, []byte("through")); err != nil {
		t.Fatal(err)
	}
	if raw := <-got; raw != "through" {
		t.Errorf("out of the pipe came %q", raw)
	}
	if info, _ := os.Stat(pipe); info.Mode()&os.ModeNamedPipe == 0 {
		t.Error("the pipe was replaced by a file")
	}
	if err := WriteFile(dir, nil); err == nil || !strings.Contains(err.Error(), "it is a folder") {
		t.Errorf("a folder: %v", err)
	}
}

func TestLeftoversGo(t *testing.T) {
	base := t.TempDir()
	mine, other := filepath.Join(base, "exp[1]"), filepath.Join(base, "exp1")
	for _, dir := range []string{mine, other} {
		for _, at := range []string{"", filepath.Join("arms", "00-lc", "seed-1")} {
			os.MkdirAll(filepath.Join(dir, at, ".tmp-123"), 0o755)
		}
	}
	e, err := OpenExperiment(mine, config)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if err := e.WriteRound(0, "LC", 1, 0, Round{}); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]int{mine: 0, other: 1} {
		for _, at := range []string{"", filepath.Join("arms", "00-lc", "seed-1")} {
			n := 0
			for _, name := range names(t, filepath.Join(dir, at)) {
				if strings.HasPrefix(name, ".tmp-") {
					n++
				}
			}
			if n != want {
				t.Errorf("%s holds %d leftovers, want %d", filepath.Join(dir, at), n, want)
			}
		}
	}
}
