package setup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// testJob is a job in a temporary folder, and what it prints.
func testJob(t *testing.T) (*job, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	log := newLogger(&out)
	return &job{Layout: Paths(t.TempDir()), log: log, net: newFetcher(&http.Transport{}, log)}, &out
}

// filePart writes content to path and counts how often.
func filePart(name, path, content string, made *int) part {
	return part{name: name, outputs: []string{path}, key: fixed(content), make: func(context.Context) (string, error) {
		*made++
		return "written", os.WriteFile(path, []byte(content), 0o644)
	}}
}

func TestPartIsMadeOnceUntilSomethingChanges(t *testing.T) {
	j, out := testJob(t)
	path, made := filepath.Join(j.Home, "a"), 0
	run := func(content string) {
		t.Helper()
		if err := j.run(t.Context(), []part{filePart("a", path, content, &made)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		what    string
		before  func() error
		content string
		want    int
	}{
		{"first", nil, "one", 1},
		{"again", nil, "one", 1},
		{"another pin", nil, "two", 2},
		{"truncated", func() error { return os.Truncate(path, 1) }, "two", 3},
		{"removed", func() error { return os.Remove(path) }, "two", 4},
		{"again", nil, "two", 4},
		{"stamp broken", func() error { return os.WriteFile(filepath.Join(j.stamps, "a.json"), []byte("{"), 0o644) }, "two", 5},
	} {
		if step.before != nil {
			if err := step.before(); err != nil {
				t.Fatal(err)
			}
		}
		run(step.content)
		if made != step.want {
			t.Errorf("%s: made %d times, want %d", step.what, made, step.want)
		}
	}
	if !strings.Contains(out.String(), "in place (written)") {
		t.Errorf("the log should tell what was found:\n%s", out)
	}
	if _, err := os.Stat(j.temp); !os.IsNotExist(err) {
		t.Errorf("temporary files stayed: %v", err)
	}
}

func TestAFailureDoesNotStopTheOthers(t *testing.T) {
	j, out := testJob(t)
	broken := errors.New("the disk is made of cheese")
	made := 0
	err := j.run(t.Context(), []part{
		{name: "bad", key: fixed(""), make: func(context.Context) (string, error) { return "", broken }},
		{name: "poor", key: fixed(""), make: func(context.Context) (string, error) { return "", errGoOn }},
		filePart("good", filepath.Join(j.Home, "good"), "x", &made),
	})
	if !errors.Is(err, broken) || errors.Is(err, errGoOn) || made != 1 {
		t.Errorf("error %v, good part made %d times", err, made)
	}
	if !strings.Contains(out.String(), "left out") {
		t.Errorf("a part that is left out should be named:\n%s", out)
	}
}

func TestAnOutputThatIsNotThereIsAnError(t *testing.T) {
	j, _ := testJob(t)
	err := j.run(t.Context(), []part{{name: "a", outputs: []string{filepath.Join(j.Home, "a")}, key: fixed(""),
		make: func(context.Context) (string, error) { return "done, it says", nil }}})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestStoppingLeavesNothingHalfMade(t *testing.T) {
	j, _ := testJob(t)
	ctx, cancel := context.WithCancel(t.Context())
	never, child := 0, 0
	err := j.run(ctx, []part{
		{name: "slow", key: fixed(""), make: func(ctx context.Context) (string, error) {
			if err := os.WriteFile(filepath.Join(j.temp, "half"), nil, 0o644); err != nil {
				t.Error(err)
			}
			pid := filepath.Join(t.TempDir(), "pid")
			go func() { // as soon as the grandchild runs
				for child = 0; child == 0; time.Sleep(10 * time.Millisecond) {
					raw, _ := os.ReadFile(pid)
					fmt.Sscan(string(raw), &child)
				}
				cancel()
			}()
			_, err := command{argv: []string{"sh", "-c", "sleep 100 & echo $! > " + pid + "; wait"}}.run(ctx)
			return "", err
		}},
		filePart("next", filepath.Join(j.Home, "next"), "", &never),
	})
	if !errors.Is(err, context.Canceled) || never != 0 {
		t.Errorf("error %v, next part made %d times", err, never)
	}
	for began := time.Now(); syscall.Kill(child, 0) == nil; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > 5*time.Second {
			t.Errorf("the command's child, process %d, still runs", child)
			break
		}
	}
	for _, left := range []string{j.temp, filepath.Join(j.stamps, "slow.json")} {
		if _, err := os.Stat(left); !os.IsNotExist(err) {
			t.Errorf("%s stayed", left)
		}
	}
}

func TestOnlyNamedParts(t *testing.T) {
	j, _ := testJob(t)
	got, err := pick(j.parts(), []string{"venv"})
	if err != nil || len(got) != 1 || got[0].name != "venv" {
		t.Errorf("got %d parts, error %v", len(got), err)
	}
	if _, err := pick(j.parts(), []string{"coffee"}); err == nil || !strings.Contains(err.Error(), "plugin") {
		t.Errorf("an unknown part should be answered with the known ones: %v", err)
	}
}

func TestASecondSetupWaits(t *testing.T) {
	home := t.TempDir()
	unlock, err := lock(t.Context(), home, newLogger(nil))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lock(ctx, home, newLogger(nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("the second lock gave %v, want to be still waiting", err)
	}
	unlock()
	unlock, err = lock(t.Context(), home, newLogger(nil))
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestUninstallRemovesOnlyWhatSetupMade(t *testing.T) {
	folder := t.TempDir()
	layout := Paths(folder)
	p, err := readPins()
	if err != nil {
		t.Fatal(err)
	}
	ours := []string{
		layout.Alnb, layout.GoNB, layout.Library, layout.Plugin, layout.VenvPython, layout.Kernel,
		filepath.Join(layout.Models, p.Weights.ID, "config.json"), filepath.Join(layout.Hub, "models--a--b", "blob"),
	}
	theirs := []string{
		filepath.Join(layout.Models, "mine", "config.json"), filepath.Join(layout.Bin, "other"), filepath.Join(folder, "src", "main.go"),
	}
	for _, path := range append(ours, theirs...) {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	if err := Uninstall(folder, "", &log); err == nil {
		t.Error("setup has never worked in the folder; things were removed from it")
	}
	unlock, err := lock(t.Context(), folder, newLogger(nil))
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if err := Uninstall(folder, "", &log); err != nil {
		t.Fatal(err)
	}
	for _, path := range ours {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", path, err)
		}
	}
	for _, path := range theirs {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"models", "bin", "src"} {
		if !strings.Contains(log.String(), "left "+filepath.Join(folder, name)) {
			t.Errorf("it isn't said that %s stays: %s", name, log.String())
		}
	}
}

// Where the folder is a link to a larger disk, what it leads to is emptied.
func TestUninstallThroughALink(t *testing.T) {
	disk := t.TempDir()
	link := filepath.Join(t.TempDir(), "alnb")
	if err := os.Symlink(disk, link); err != nil {
		t.Fatal(err)
	}
	layout := Paths(link)
	for _, path := range []string{layout.Alnb, layout.Plugin, filepath.Join(link, lockName)} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := Uninstall(link, "", &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(disk); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestUninstallRemovesAnEmptyFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "alnb")
	unlock, err := lock(t.Context(), folder, newLogger(nil))
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if err := Uninstall(folder, "", &bytes.Buffer{}); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
}

// A part that is made anew and interrupted is not taken for the one that was there.
func TestInterruptedRemakeIsNotInPlace(t *testing.T) {
	j, _ := testJob(t)
	output := filepath.Join(j.Home, "tool")
	made := 0
	whole := filePart("a", output, "1", &made)
	if err := j.run(t.Context(), []part{whole}); err != nil || made != 1 {
		t.Fatal(err, made)
	}
	os.Remove(output)
	half := whole
	half.make = func(context.Context) (string, error) {
		os.WriteFile(output, []byte("1"), 0o644) // as large as the whole one
		return "", errors.New("stopped in the middle")
	}
	if err := j.run(t.Context(), []part{half}); err == nil {
		t.Fatal("no error")
	}
	if _, ok := j.inPlace(whole, "1"); ok {
		t.Error("it is taken for whole")
	}
}
