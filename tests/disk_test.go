package tests

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/store/disktest"
	"github.com/alnb/alnb/alnb/store/storetest"
)

// A run whose disk gets full stops with a sentence, keeps its finished rounds, and goes on when there is room.
func TestFullDisk(t *testing.T) {
	undisturbed := t.TempDir()
	if _, err := experiment().Run(t.Context(), undisturbed, alnb.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	disk := disktest.Mount(t, "size=256k")
	dir := filepath.Join(disk, "run")
	_, err := experiment().Run(t.Context(), dir, alnb.RunOptions{})
	if err == nil || !strings.Contains(err.Error(), "no space left on device") || !strings.Contains(err.Error(), dir) {
		t.Fatalf("on a full disk: %v", err)
	}
	results, err := alnb.OpenResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	done, total := results.Finished()
	if done == 0 || done == total {
		t.Errorf("%d of %d rounds were finished; the disk should be full in between", done, total)
	}
	disktest.Remount(t, disk, "size=64m")
	if _, err := experiment().Run(t.Context(), dir, alnb.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	if got, want := storetest.Files(t, dir), storetest.Files(t, undisturbed); !maps.Equal(got, want) {
		t.Errorf("%d files, an undisturbed run has %d, or their contents differ", len(got), len(want))
	}
}

func TestReadOnlyFolder(t *testing.T) {
	disk := disktest.Mount(t, "size=16m")
	disktest.Remount(t, disk, "ro")
	dir := filepath.Join(disk, "run")
	if _, err := experiment().Run(t.Context(), dir, alnb.RunOptions{}); err == nil || !strings.Contains(err.Error(), "read-only file system") || !strings.Contains(err.Error(), dir) {
		t.Errorf("in a folder that can't be written: %v", err)
	}
}

// Backends are opened once a process, so this needs one of its own.
func TestMissingPlugin(t *testing.T) {
	for backend, want := range map[string]string{
		"xla:/no/such/plugin.so": `open the compute backend "xla:/no/such/plugin.so"`,
		"nonsense":               `open the compute backend "nonsense"`,
	} {
		run := exec.Command(os.Args[0])
		run.Env = append(os.Environ(), runFolder+"="+t.TempDir(), "ALNB_BACKEND="+backend)
		out, err := run.CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) || !strings.Contains(string(out), "run make setup") || strings.Contains(string(out), "goroutine") {
			t.Errorf("%s: %v, %s", backend, err, out)
		}
	}
}
