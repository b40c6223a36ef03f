package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Backup copies all that is committed into a new file, also while others write. To restore it, put it into a folder of
// its own as session.db. A file that exists is refused.
func (s *Session) Backup(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("store: back up the session in %s: %w", s.dir, err)
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("store: back up the session in %s: %s exists already; give another name or remove it", s.dir, path)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(path), temporary+"*")
	if err != nil {
		return fmt.Errorf("store: back up the session in %s: %w", s.dir, err)
	}
	defer os.RemoveAll(tmp)
	draft := filepath.Join(tmp, sessionFile)
	if err := s.copyTo(ctx, draft); err != nil {
		return fmt.Errorf("store: copy the session in %s to %s: %w", s.dir, path, err)
	}
	return publish(draft, path, false)
}

// copyTo copies the session as it is at one time, without its lease, which is of the folder.
func (s *Session) copyTo(ctx context.Context, draft string) error {
	source, err := openDatabase(s.path, forWriting())
	if err != nil {
		return err
	}
	err = patiently(ctx, func() error {
		os.Remove(draft)
		_, err := source.ExecContext(ctx, "VACUUM INTO ?", draft)
		return err
	})
	if err := errors.Join(err, source.Close()); err != nil {
		return err
	}
	backup, err := openDatabase(draft, forWriting())
	if err != nil {
		return err
	}
	_, err = backup.ExecContext(context.WithoutCancel(ctx), "DELETE FROM lease")
	if err := errors.Join(err, backup.Close()); err != nil {
		return err
	}
	return syncFile(draft)
}
