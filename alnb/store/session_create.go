package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
)

// CreateSession makes a session of the pool's documents in the folder dir, with the judgments that they came with:
// whole or not at all. config is JSON that only its writer reads. A folder that holds a session already is refused.
func CreateSession(ctx context.Context, dir string, config []byte, pool *corpus.Pool) error {
	if err := MakeDir(filepath.Clean(dir)); err != nil {
		return err
	}
	return createSession(ctx, dir, journalFor(dir), migrations(), config, pool)
}

// createSession makes a session with a journal of this kind, in the form that these steps lead to.
func createSession(ctx context.Context, dir, journal string, steps []string, config []byte, pool *corpus.Pool) error {
	dir = filepath.Clean(dir)
	if !json.Valid(config) {
		return fmt.Errorf("store: make a session in %s: its configuration is not JSON", dir)
	}
	if err := checkPool(pool); err != nil {
		return fmt.Errorf("store: make a session in %s: %w", dir, err)
	}
	alone, unlock, err := lockDir(ctx, dir)
	if err != nil {
		return fmt.Errorf("store: make a session in %s: %w", dir, err)
	}
	defer unlock()
	if err := vacant(dir); err != nil {
		return err
	}
	if alone {
		removeLeftovers(dir)
	}
	tmp, err := os.MkdirTemp(dir, temporary+"*")
	if err != nil {
		return fmt.Errorf("store: make a session in %s: %w", dir, err)
	}
	defer os.RemoveAll(tmp)
	draft := filepath.Join(tmp, sessionFile)
	if err := writeSession(ctx, draft, journal, steps, config, pool); err != nil {
		return explain(dir, filepath.Join(dir, sessionFile), err)
	}
	return publish(draft, filepath.Join(dir, sessionFile), alone)
}

// lockDir waits until no other process makes a session in dir, and keeps others waiting. alone is false where the file
// system has no locks.
func lockDir(ctx context.Context, dir string) (alone bool, unlock func(), err error) {
	d, err := os.Open(dir)
	if err != nil {
		return false, nil, err
	}
	for {
		err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return err == nil, func() { d.Close() }, nil
		}
		select {
		case <-ctx.Done():
			d.Close()
			return false, nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// vacant refuses a folder with a session, or with what is left of one.
func vacant(dir string) error {
	path := filepath.Join(dir, sessionFile)
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("store: the folder %s holds a session already; open it, or give another folder", dir)
	}
	for _, beside := range []string{"-wal", "-journal"} { // SQLite would take it for part of the new database
		if _, err := os.Lstat(path + beside); err == nil {
			return fmt.Errorf("store: %s is there without %s, and may hold labels; put that back, or move this away, too",
				path+beside, sessionFile)
		}
	}
	return nil
}

// writeSession writes a new database and syncs it. A crash leaves nothing that is of use: until it is published there
// is no journal.
func writeSession(ctx context.Context, path, journal string, steps []string, config []byte, pool *corpus.Pool) error {
	db, err := openDatabase(path, map[string]string{
		"mode": "rwc", "_foreign_keys": "1", "_journal_mode": "OFF", "_synchronous": "OFF",
	})
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	err = fill(ctx, db, steps, config, pool)
	if err == nil && journal == "wal" {
		err = setJournal(ctx, db, journal)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		return errors.New("SQLite left a journal beside the new database")
	}
	return syncFile(path)
}

func fill(ctx context.Context, db *sql.DB, steps []string, config []byte, pool *corpus.Pool) error {
	tx, err := db.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return err
	}
	if err := fillIn(ctx, tx, steps, config, pool); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

func fillIn(ctx context.Context, tx *sql.Tx, steps []string, config []byte, pool *corpus.Pool) error {
	if _, err := tx.Exec(fmt.Sprintf("PRAGMA application_id = %d", application)); err != nil {
		return err
	}
	if err := takeSteps(tx, steps); err != nil {
		return err
	}
	now := time.Now()
	if _, err := tx.Exec("INSERT INTO session (id, name, origin, spans, created, pool, test, config) "+
		"VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
		pool.Name, pool.Origin, pool.Spans, now.UnixMicro(), len(pool.Docs), len(pool.Test), config); err != nil {
		return err
	}
	for number, name := range pool.Classes {
		if err := addClass(tx, Class{Number: number, Name: name}, "", now); err != nil {
			return err
		}
	}
	k, err := newKeeper(tx, pool.Spans)
	if err != nil {
		return err
	}
	number := 0
	for _, split := range splits(pool) {
		for _, doc := range split.docs {
			if number%1000 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if err := k.document(number, doc, split.test); err != nil {
				return fmt.Errorf("document %q: %w", doc.ID, err)
			}
			number++
		}
	}
	return nil
}

// document keeps a document and the judgment that came with it.
func (k *keeper) document(number int, doc corpus.Judged, test bool) error {
	var words sql.NullString
	if doc.Words != nil {
		raw, err := json.Marshal(doc.Words)
		if err != nil {
			return err
		}
		words = sql.NullString{String: string(raw), Valid: true}
	}
	if _, err := k.exec("INSERT INTO documents (number, id, test) VALUES (?, ?, ?)", number, doc.ID, test); err != nil {
		return err
	}
	if _, err := k.exec("INSERT INTO texts (number, text, words) VALUES (?, ?, ?)", number, doc.Text, words); err != nil {
		return err
	}
	if doc.Judgment == nil {
		return nil
	}
	_, err := k.keep(number, len(doc.Words), Judging{Judgment: *doc.Judgment}, nil)
	return err
}

// syncFile makes a file's content durable.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// publish gives a finished file its name, durably, and refuses one that is taken. Where this process is not alone, a
// link makes sure of that, if the file system has links.
func publish(draft, path string, alone bool) error {
	err := errors.ErrUnsupported
	if !alone {
		err = os.Link(draft, path)
	}
	if err != nil && !errors.Is(err, os.ErrExist) {
		if _, taken := os.Lstat(path); taken == nil {
			err = os.ErrExist
		} else {
			err = os.Rename(draft, path)
		}
	}
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("store: %s exists already; give another name or remove it", path)
	}
	if err != nil {
		return fmt.Errorf("store: make %s: %w", path, err)
	}
	return SyncDir(filepath.Dir(path))
}
