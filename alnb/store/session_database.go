package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/mattn/go-sqlite3"
)

// patience is how long a session waits for other processes that write to it. SQLite is asked again each second, so that
// a cancelled context is noticed.
const patience = 20 * time.Second

// forWriting are the options of a connection that changes a session. EXTRA is FULL, and where there is no write-ahead
// log the folder is synced after a commit, too: without that, a power cut could bring the journal back, which undoes
// the commit.
func forWriting() map[string]string {
	return map[string]string{
		"mode": "rw", "_txlock": "immediate", "_busy_timeout": "1000", "_foreign_keys": "1", "_synchronous": "EXTRA",
	}
}

func forReading() map[string]string {
	options := forWriting()
	delete(options, "_txlock")
	options["_query_only"] = "1"
	return options
}

// openDatabase prepares connections to a database; each is made when it is first needed.
func openDatabase(path string, options map[string]string) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	query := make(url.Values, len(options))
	for _, option := range slices.Sorted(maps.Keys(options)) {
		query.Set(option, options[option])
	}
	db, err := sql.Open("sqlite3", (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	return db, nil
}

// setJournal makes the database keep a journal of this kind, "wal" or "delete". Where a write-ahead log can't be had,
// it is "delete"; a log that must go is an error while another process has the database open.
func setJournal(ctx context.Context, db *sql.DB, kind string) error {
	return patiently(ctx, func() error {
		var is string
		if err := db.QueryRowContext(context.WithoutCancel(ctx), "PRAGMA journal_mode").Scan(&is); err != nil || is == kind {
			return err
		}
		err := db.QueryRowContext(context.WithoutCancel(ctx), "PRAGMA journal_mode = "+kind).Scan(&is)
		if err != nil && kind == "wal" {
			return db.QueryRowContext(context.WithoutCancel(ctx), "PRAGMA journal_mode = delete").Scan(&is)
		}
		return err
	})
}

// update runs change in a transaction of its own, and again where another process was in the way: change must do the
// same each time. It is durable when update returns nil. ctx counts while waiting; what has begun is finished.
func (s *Session) update(ctx context.Context, change func(tx *sql.Tx) error) error {
	return s.transact(ctx, s.write, change)
}

// view runs read on one state of the session, and again where another process was in the way.
func (s *Session) view(ctx context.Context, read func(tx *sql.Tx) error) error {
	return s.transact(ctx, s.read, read)
}

func (s *Session) transact(ctx context.Context, db *sql.DB, do func(tx *sql.Tx) error) error {
	err := patiently(ctx, func() error {
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close()
		tx, err := conn.BeginTx(context.WithoutCancel(ctx), nil)
		if err != nil {
			return err
		}
		if err := do(tx); err != nil {
			tx.Rollback()
			return err
		}
		return tx.Commit()
	})
	switch {
	case err != nil && s.closed.Load():
		return fmt.Errorf("store: the session in %s was closed: %w", s.dir, fs.ErrClosed)
	case err != nil:
		return s.explain(err)
	}
	return nil
}

// patiently tries again while another process is in the way.
func patiently(ctx context.Context, try func() error) error {
	var first time.Time // that it was
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := try()
		switch {
		case !busy(err):
			return err
		case first.IsZero():
			first = time.Now()
		case time.Since(first) > patience:
			return err
		}
	}
}

// busy tells whether an error is that another process holds a lock.
func busy(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked)
}

// Full tells whether an error is that a disk is full, which is over when there is room.
func Full(err error) bool {
	var e sqlite3.Error
	if errors.As(err, &e) && (e.Code == sqlite3.ErrFull || e.SystemErrno == syscall.ENOSPC || e.SystemErrno == syscall.EDQUOT) {
		return true
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// explain makes a sentence of what went wrong with the session.
func (s *Session) explain(err error) error { return explain(s.dir, s.path, err) }

func explain(dir, path string, err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("store: the session in %s: %w", dir, err)
	}
	switch {
	case Full(err):
		return fmt.Errorf("store: the disk that holds %s is full: %w; make room and do this again; what was saved before is kept",
			path, err)
	case e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked:
		return fmt.Errorf("store: another program has kept %s locked for %v: %w; end it and try again", path, patience, err)
	case e.Code == sqlite3.ErrReadonly || e.Code == sqlite3.ErrPerm || e.Code == sqlite3.ErrCantOpen:
		return fmt.Errorf("store: %s and its folder can't be written to: %w; see to their owner and permissions", path, err)
	case e.Code == sqlite3.ErrNotADB:
		return fmt.Errorf("store: %s is not a session's database: %w", path, err)
	case e.Code == sqlite3.ErrCorrupt:
		return fmt.Errorf("store: %s is damaged: %w; restore the latest backup", path, err)
	}
	return fmt.Errorf("store: %s: %w", path, err)
}

// rows calls scan for each row of a query's answer.
func rows(tx *sql.Tx, scan func(row *sql.Rows) error, query string, args ...any) error {
	answer, err := tx.Query(query, args...)
	if err != nil {
		return err
	}
	defer answer.Close()
	for answer.Next() {
		if err := scan(answer); err != nil {
			return err
		}
	}
	return answer.Err()
}

// statements prepares each query once in a transaction; for those that run many times.
type statements struct {
	tx       *sql.Tx
	prepared map[string]*sql.Stmt
}

func newStatements(tx *sql.Tx) *statements {
	return &statements{tx: tx, prepared: make(map[string]*sql.Stmt)}
}

func (s *statements) prepare(query string) (*sql.Stmt, error) {
	if statement, ok := s.prepared[query]; ok {
		return statement, nil
	}
	statement, err := s.tx.Prepare(query) // closed at the end of the transaction
	if err != nil {
		return nil, err
	}
	s.prepared[query] = statement
	return statement, nil
}

func (s *statements) exec(query string, args ...any) (sql.Result, error) {
	statement, err := s.prepare(query)
	if err != nil {
		return nil, err
	}
	return statement.Exec(args...)
}

// row reads the first row of the answer; without one the error is sql.ErrNoRows.
func (s *statements) row(query string, args []any, into ...any) error {
	statement, err := s.prepare(query)
	if err != nil {
		return err
	}
	return statement.QueryRow(args...).Scan(into...)
}

// moment is a time as it is stored: in microseconds since 1970, NULL where it is unknown.
func moment(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: !t.IsZero()}
}

func fromMoment(m sql.NullInt64) time.Time {
	if !m.Valid {
		return time.Time{}
	}
	return time.UnixMicro(m.Int64).UTC()
}
