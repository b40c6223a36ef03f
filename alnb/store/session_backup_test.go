package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestBackup(t *testing.T) {
	begin(t, texts(50), func(t *testing.T, s *Session) {
		ctx := t.Context()
		if _, err := s.TakeLease(ctx, Holder{PID: 1}, time.Hour); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Judge(ctx, label("before", id(0), "bug")); err != nil {
			t.Fatal(err)
		}
		stop, stopped := make(chan struct{}), make(chan error, 1)
		go func() { // somebody goes on meanwhile
			for i := 0; ; i++ {
				select {
				case <-stop:
					stopped <- nil
					return
				default:
				}
				if _, err := s.Judge(context.Background(), label("", id(1+i%49), "praise")); err != nil {
					stopped <- err
					return
				}
			}
		}()
		restored := t.TempDir()
		path := filepath.Join(restored, sessionFile)
		err := s.Backup(ctx, path)
		close(stop)
		if err := errors.Join(err, <-stopped); err != nil {
			t.Fatal(err)
		}
		if left := names(t, restored); !reflect.DeepEqual(left, []string{sessionFile}) {
			t.Errorf("in the backup's folder: %q", left)
		}
		says(t, s.Backup(ctx, path), path, "exists already")
		none := filepath.Join(restored, "none", "backup")
		says(t, s.Backup(ctx, none), filepath.Dir(none), "no such file or directory")

		r := reopen(t, restored, kind(t))
		if err := r.Verify(ctx); err != nil {
			t.Error(err)
		}
		ours, err := s.History(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := r.History(ctx, "")
		if err != nil || len(theirs) < 3 || !reflect.DeepEqual(theirs, ours[:len(theirs)]) {
			t.Errorf("%d judgments of %d, %v", len(theirs), len(ours), err)
		}
		if !reflect.DeepEqual(all(t, r.Documents(ctx)), all(t, s.Documents(ctx))) {
			t.Error("the backup has other documents")
		}
		if _, err := r.TakeLease(ctx, Holder{PID: 2}, time.Hour); err != nil { // the lease isn't copied
			t.Error(err)
		}
		if got, err := r.Judge(ctx, label("before", id(0), "bug")); err != nil || !got[0].Repeated {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestVerifyFindsDamage(t *testing.T) {
	for want, change := range map[string]string{
		"1 documents are whose last judgment isn't what is counted": "UPDATE latest SET seq = 1 WHERE number = 0",
		"1 documents are counted as they weren't judged":            "UPDATE latest SET verdict = 'skip' WHERE number = 0",
		"1 documents are missing or extra":                          "INSERT INTO documents VALUES (99, 'x', 0)",
		"1 documents are without their text":                        "DELETE FROM texts WHERE number = 2",
		"names a row of documents that isn't there":                 "PRAGMA foreign_keys = 0; INSERT INTO queue VALUES (1, 77)",
	} {
		dir := t.TempDir()
		if err := CreateSession(t.Context(), dir, []byte("{}"), texts(3)); err != nil {
			t.Fatal(err)
		}
		s := reopen(t, dir, "wal")
		if _, err := s.Judge(t.Context(), label("", id(0), "bug")); err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := s.write.Exec(change); err != nil {
			t.Fatal(err)
		}
		says(t, s.Verify(t.Context()), s.path, "is damaged", want, "restore the latest backup")
	}

	dir := t.TempDir()
	if err := CreateSession(t.Context(), dir, []byte("{}"), texts(300)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, sessionFile)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(raw), "It crashed 200 times.")
	for i := at / 4096 * 4096; i < at/4096*4096+64; i++ {
		raw[i] = 0xff
	}
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	s := reopen(t, dir, "wal")
	says(t, s.Verify(t.Context()), path, "is damaged")
	for _, err := range s.Documents(t.Context()) {
		if err != nil {
			says(t, err, path, "is damaged", "restore the latest backup")
			return
		}
	}
	t.Error("the damaged page was read")
}
