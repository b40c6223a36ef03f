// Package disktest gives tests file systems that are small, or can't be written to.
package disktest

import (
	"os/exec"
	"testing"
)

// Mount returns a folder that is a file system of its own, in memory, with mount's options for it, such as "size=512k". It is gone
// when the test ends. Where none can be mounted, which needs root, it skips the test, saying so.
func Mount(t *testing.T, options string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED: no file system can be mounted (%v: %s); it needs root", err, out)
	}
	t.Cleanup(func() { // lazily: files may still be open
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	return dir
}

// Remount gives a file system other options, such as "size=64m" or "ro".
func Remount(t *testing.T, dir, options string) {
	t.Helper()
	if out, err := exec.Command("mount", "-o", "remount,"+options, dir).CombinedOutput(); err != nil {
		t.Fatalf("remount: %v: %s", err, out)
	}
}
