package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const lockFile = ".lock"

// Lock makes a folder where there is none, and keeps other processes from working in it until release is called or this process
// ends. A folder that is in use is an error.
func Lock(dir string) (release func() error, err error) {
	if err := MakeDir(dir); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("store: open the folder %s for writing: %w", dir, err)
	}
	for tries := 1; ; tries++ {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) || tries == 4 {
			break
		}
		time.Sleep(50 * time.Millisecond) // somebody may only be looking: InUse
	}
	if err != nil {
		lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("store: the folder %s is in use by another process; wait for it, or stop it", dir)
		}
		return nil, fmt.Errorf("store: lock the folder %s: %w; a network file system may not be able to: put the folder on a "+
			"local disk", dir, err)
	}
	return lock.Close, nil
}

// InUse tells whether a process works in the experiment's folder: a run under way.
func (e *Experiment) InUse() bool {
	lock, err := os.Open(filepath.Join(e.dir, lockFile))
	if err != nil {
		return false
	}
	defer lock.Close()
	return errors.Is(syscall.Flock(int(lock.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}
