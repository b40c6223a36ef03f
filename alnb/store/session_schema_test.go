package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
)

// second is a step as a later version may have it: a column is added, filled, and made a condition.
const second = `
ALTER TABLE models ADD COLUMN kind TEXT NOT NULL DEFAULT 'old';
CREATE TABLE shelf (number INTEGER PRIMARY KEY REFERENCES documents) STRICT;
INSERT INTO shelf SELECT number FROM documents WHERE number < 2;
`

func version(t *testing.T, s *Session) (version int) {
	t.Helper()
	if err := s.write.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}

func TestOldSessionsAreMigrated(t *testing.T) {
	steps := append(migrations(), second, "CREATE TABLE third (a INTEGER) STRICT")
	now := len(migrations())
	for _, journal := range journals() {
		s := made(t, journal, texts(3))
		if _, err := s.Judge(t.Context(), label("", id(0), "bug")); err != nil {
			t.Fatal(err)
		}
		before, _ := s.History(t.Context(), "")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		// Several processes may open it at once; one takes the steps.
		const many = 4
		errs := make(chan error, many)
		for range many {
			go func() {
				newer, err := openSession(context.Background(), s.dir, journal, steps)
				if err == nil {
					err = newer.Close()
				}
				errs <- err
			}()
		}
		for range many {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		newer, err := openSession(t.Context(), s.dir, journal, steps)
		if err != nil {
			t.Fatal(err)
		}
		if got := version(t, newer); got != now+2 {
			t.Errorf("the version is %d", got)
		}
		var shelved int
		if err := newer.write.QueryRow("SELECT count(*) FROM shelf").Scan(&shelved); err != nil || shelved != 2 {
			t.Errorf("%d, %v", shelved, err)
		}
		if after, err := newer.History(t.Context(), ""); err != nil || !reflect.DeepEqual(after, before) {
			t.Errorf("%+v, %v; want %+v", after, err, before)
		}
		_, err = openSession(t.Context(), s.dir, journal, migrations())
		says(t, err, s.path, fmt.Sprintf("is of version %d; this program reads up to version %d: use a newer one", now+2, now))
		if got := version(t, newer); got != now+2 {
			t.Errorf("after that, the version is %d", got)
		}
		if err := errors.Join(newer.Verify(t.Context()), newer.Close()); err != nil {
			t.Error(err)
		}
	}
}

// A session that was made before there were second looks which are asked for.
func TestSessionOfTheFirstForm(t *testing.T) {
	for _, journal := range journals() {
		dir, pool := t.TempDir(), texts(5)
		pool.Docs[0].Judgment = &corpus.Judgment{Verdict: corpus.Labeled, Class: "bug"}
		if err := createSession(t.Context(), dir, journal, migrations()[:1], []byte("{}"), pool); err != nil {
			t.Fatal(err)
		}
		s := reopen(t, dir, journal)
		for _, ids := range [][]string{{id(1), id(2)}, {id(3), id(4)}} {
			if err := s.SetQueue(t.Context(), 0, ids); err != nil {
				t.Fatal(err)
			}
		}
		_, asked := s.AskLook(t.Context(), 5, 0)
		if err := errors.Join(asked, s.SetReview(t.Context(), []string{id(0)})); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Judge(t.Context(), label("", id(0), "bug"), label("", id(1), "bug")); err != nil {
			t.Fatal(err)
		}
		queue, err := s.Queue(t.Context())
		if err != nil || len(queue.Items) != 2 || queue.Items[1].ID != id(1) {
			t.Errorf("%+v, %v", queue, err)
		}
		if confirmed, err := s.Confirmed(t.Context()); err != nil || !confirmed[0] {
			t.Errorf("%v, %v", confirmed, err)
		}
		if err := errors.Join(s.Verify(t.Context()), s.Close()); err != nil {
			t.Error(err)
		}
	}
}

func TestMigrationThatFails(t *testing.T) {
	for _, journal := range journals() {
		s := made(t, journal, texts(3))
		now := len(migrations())
		steps := append(migrations(), second, "INSERT INTO nowhere VALUES (1)")
		_, err := openSession(t.Context(), s.dir, journal, steps)
		says(t, err, s.path, fmt.Sprintf("bring it from version %d to %d", now+1, now+2), "no such table: nowhere")
		if got := version(t, s); got != now {
			t.Errorf("the version is %d", got)
		}
		if _, err := s.write.Exec("SELECT * FROM shelf"); err == nil {
			t.Error("half of the steps were taken")
		}
	}
}

// A program that holds a lock is waited for, but no longer than the caller wants.
func TestWaitingForOthers(t *testing.T) {
	begin(t, texts(3), func(t *testing.T, s *Session) {
		other, err := openDatabase(s.path, forWriting())
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		hold := func() func() {
			tx, err := other.Begin() // at once, for writing
			if err != nil {
				t.Fatal(err)
			}
			return func() { tx.Rollback() }
		}
		release := hold()
		time.AfterFunc(1500*time.Millisecond, release)
		if _, err := s.Judge(t.Context(), label("", id(0), "bug")); err != nil {
			t.Error(err)
		}
		release = hold()
		defer release()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err = s.Judge(ctx, label("", id(1), "bug"))
		if says(t, err, s.dir, "deadline exceeded"); time.Since(began) > 3*time.Second {
			t.Errorf("it waited %v", time.Since(began))
		}
		if counts, err := s.Counts(t.Context()); err != nil || counts.Labeled != 1 { // reading goes on
			t.Errorf("%+v, %v", counts, err)
		}
	})
}

func TestClosedSession(t *testing.T) {
	s := made(t, "wal", texts(3))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left := names(t, s.dir); !reflect.DeepEqual(left, []string{sessionFile}) {
		t.Errorf("in the folder: %q", left)
	}
	_, read := s.Counts(t.Context())
	_, wrote := s.Judge(t.Context(), label("", id(0), "bug"))
	for _, err := range []error{read, wrote} {
		if says(t, err, s.dir, "was closed"); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("%v is not fs.ErrClosed", err)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed once more: %v", err)
	}
}

// A session that was made on a local disk and is then opened on a network file system, and the other way round, gets
// the journal that suits it.
func TestJournalFollowsTheFolder(t *testing.T) {
	s := made(t, "wal", texts(3))
	for i, journal := range []string{"delete", "wal"} {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = reopen(t, s.dir, journal)
		if _, err := s.Judge(t.Context(), label("", id(i), "bug")); err != nil {
			t.Error(err)
		}
		var is string
		if err := s.write.QueryRow("PRAGMA journal_mode").Scan(&is); err != nil || is != journal {
			t.Errorf("the journal is of the kind %s, %v; want %s", is, err, journal)
		}
	}
	if counts, err := s.Counts(t.Context()); err != nil || counts.Labeled != 2 {
		t.Errorf("%+v, %v", counts, err)
	}
	// A file system without shared memory between processes, as SQLite's dot-files stand for.
	options := forWriting()
	options["vfs"] = "unix-dotfile"
	other := made(t, "delete", texts(1))
	db, err := openDatabase(other.path, options)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var is string
	if err := setJournal(t.Context(), db, "wal"); err != nil {
		t.Error(err)
	}
	if err := db.QueryRow("PRAGMA journal_mode").Scan(&is); err != nil || is != "delete" {
		t.Errorf("without shared memory the journal is of the kind %s, %v", is, err)
	}
	if kind := journalFor(t.TempDir()); kind != "wal" && kind != "delete" {
		t.Errorf("here it would be %q", kind)
	}
}
