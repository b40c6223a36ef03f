package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"
)

// sessionFile is the name of a session's database in its folder.
const sessionFile = "session.db"

// A Session is the database in which people's labels are kept, with the documents, the classes, the open batch, the
// scores and the models: DIR/session.db, and while it is open the files that SQLite keeps beside it. What a method has
// changed is on disk when it returns. Any number of processes and goroutines may use the same session at once.
//
// No program may open session.db as a plain file while the process has the session open: closing it would drop SQLite's
// locks. [Session.Backup] makes a copy.
type Session struct {
	dir   string
	path  string
	write *sql.DB // has one connection: who changes something waits for those before
	read  *sql.DB
	about SessionInfo

	config atomic.Pointer[[]byte]
	closed atomic.Bool
}

// SessionInfo says what a session is about.
type SessionInfo struct {
	Name    string // of the pool
	Origin  string // a sentence naming the files that the documents came from
	Spans   bool   // documents are words, to be marked with spans; else texts, to be given a class
	Created time.Time
	Pool    int // documents, of the pool
	Test    int // documents, of the test split
}

// OpenSession opens the session in the folder dir. Where there is none, the error wraps fs.ErrNotExist.
func OpenSession(ctx context.Context, dir string) (*Session, error) {
	return openSession(ctx, dir, journalFor(dir), migrations())
}

// openSession opens a session with a journal of this kind, as one whose form is the last of these.
func openSession(ctx context.Context, dir, journal string, steps []string) (*Session, error) {
	dir = filepath.Clean(dir)
	path := filepath.Join(dir, sessionFile)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("store: the folder %s holds no session: it has no %s: %w", dir, sessionFile, fs.ErrNotExist)
	case err != nil:
		return nil, fmt.Errorf("store: open the session in %s: %w", dir, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("store: open the session in %s: %s is not a file", dir, path)
	}
	s := &Session{dir: dir, path: path}
	if s.write, err = openDatabase(path, forWriting()); err != nil {
		return nil, err
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = openDatabase(path, forReading()); err != nil {
		s.write.Close()
		return nil, err
	}
	s.read.SetMaxOpenConns(4)
	s.read.SetMaxIdleConns(4)
	if err := s.ready(ctx, journal, steps); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// ready brings the database into the form that this program knows, and reads what never changes.
func (s *Session) ready(ctx context.Context, journal string, steps []string) error {
	if err := checkForm(ctx, s.path, s.write, len(steps)); err != nil {
		return s.explain(err)
	}
	if err := setJournal(ctx, s.write, journal); err != nil {
		return s.explain(err)
	}
	if err := s.migrate(ctx, steps); err != nil {
		return err
	}
	return s.view(ctx, func(tx *sql.Tx) error {
		var created int64
		var config []byte
		a := &s.about
		err := tx.QueryRow("SELECT name, origin, spans, created, pool, test, config FROM session").
			Scan(&a.Name, &a.Origin, &a.Spans, &created, &a.Pool, &a.Test, &config)
		if err != nil {
			return err
		}
		a.Created = time.UnixMicro(created).UTC()
		s.config.Store(&config)
		return nil
	})
}

// Close closes the session. Whatever is called after it, or goes on, ends with an error that wraps fs.ErrClosed.
func (s *Session) Close() error {
	s.closed.Store(true)
	if err := errors.Join(s.read.Close(), s.write.Close()); err != nil {
		return s.explain(err)
	}
	return nil
}

// Config returns the configuration, as JSON: that of CreateSession, or what SetConfig made of it before the session was
// opened or since then by this Session.
func (s *Session) Config() []byte { return slices.Clone(*s.config.Load()) }

// SetConfig replaces the configuration.
func (s *Session) SetConfig(ctx context.Context, config []byte) error {
	if !json.Valid(config) {
		return fmt.Errorf("store: the session in %s: its new configuration is not JSON", s.dir)
	}
	config = slices.Clone(config)
	if err := s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE session SET config = ?", config)
		return err
	}); err != nil {
		return err
	}
	s.config.Store(&config)
	return nil
}

// About says what the session is about.
func (s *Session) About(context.Context) (SessionInfo, error) { return s.about, nil }
