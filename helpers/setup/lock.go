package setup

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lockName is the file that also tells a folder setup has worked in from others.
const lockName = "setup.lock"

// Made tells whether setup has worked in a folder.
func Made(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, lockName))
	return err == nil
}

// lock keeps two setups from working in one folder. The system drops it when the process ends, however it ends.
func lock(ctx context.Context, home string, log *logger) (unlock func(), err error) {
	if err := os.MkdirAll(home, 0o755); err != nil {
		return nil, fmt.Errorf("setup: make alnb's folder; set ALNB_HOME to one that can be written: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(home, lockName), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("setup: open the lock of alnb's folder: %w", err)
	}
	for said := false; ; said = true {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if err != syscall.EWOULDBLOCK && err != syscall.EINTR {
			f.Close()
			return nil, fmt.Errorf("setup: lock %s: %w", f.Name(), err)
		}
		if !said {
			log.printf("setup: another setup is at work in %s; waiting for it", home)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("setup: stopped while waiting for another setup: %w", context.Cause(ctx))
		case <-time.After(200 * time.Millisecond):
		}
	}
}
