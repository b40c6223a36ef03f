package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// A Look is a second look at the labels, which whoever trains was asked for.
type Look struct {
	Seq      int64
	Folds    int             // models that are trained for it
	Top      int             // so many documents are to be looked at again at most; 0 stands for all
	Progress json.RawMessage // how far it is, which only its writer reads; nil before it has begun
	Found    json.RawMessage // what it found, likewise; nil where it isn't done
	Problem  string          // why it can't be done; "" where it can
}

// Open tells whether it is still to be taken.
func (l Look) Open() bool { return l.Found == nil && l.Problem == "" }

// open is the condition that a row of looks is open.
const open = "found IS NULL AND problem IS NULL"

// AskLook asks for a second look. Where one is open that was asked for before, it is that one.
func (s *Session) AskLook(ctx context.Context, folds, top int) (look Look, err error) {
	err = s.update(ctx, func(tx *sql.Tx) error {
		before, err := readLooks(tx, open)
		if err != nil {
			return err
		}
		if len(before) > 0 {
			look = before[0]
			return nil
		}
		asked, err := tx.Exec("INSERT INTO looks (folds, top) VALUES (?, ?)", folds, top)
		if err != nil {
			return err
		}
		look = Look{Folds: folds, Top: top}
		look.Seq, err = asked.LastInsertId()
		return err
	})
	return look, err
}

// Look returns how far the second look with this number is.
func (s *Session) Look(ctx context.Context, seq int64) (look Look, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		looks, err := readLooks(tx, "seq = ?", seq)
		switch {
		case err != nil:
			return err
		case len(looks) == 0:
			return fmt.Errorf("there is no second look %d", seq)
		}
		look = looks[0]
		return nil
	})
	return look, err
}

// OpenLook returns the second look that is to be taken; nil where there is none.
func (s *Session) OpenLook(ctx context.Context) (look *Look, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		looks, err := readLooks(tx, open)
		look = nil
		if len(looks) > 0 {
			look = &looks[0]
		}
		return err
	})
	return look, err
}

// ShowLook says how far the open second look is.
func (s *Session) ShowLook(ctx context.Context, progress json.RawMessage) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE looks SET progress = ? WHERE "+open, []byte(progress))
		return err
	})
}

// EndLook ends the open second look, if there is one, with what it found; people are to look again at the documents with these
// IDs, as with [Session.SetReview].
func (s *Session) EndLook(ctx context.Context, found json.RawMessage, ids []string) error {
	if !json.Valid(found) {
		return errors.New("store: what a second look found is not JSON")
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := setReview(tx, ids); err != nil {
			return err
		}
		_, err := tx.Exec("UPDATE looks SET found = ? WHERE "+open, []byte(found))
		return err
	})
}

// FailLook ends the open second look with the reason why it can't be taken.
func (s *Session) FailLook(ctx context.Context, problem string) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE looks SET problem = ? WHERE "+open, problem)
		return err
	})
}

func readLooks(tx *sql.Tx, which string, args ...any) (looks []Look, err error) {
	err = rows(tx, func(row *sql.Rows) error {
		var l Look
		var progress, found []byte
		var problem sql.NullString
		err := row.Scan(&l.Seq, &l.Folds, &l.Top, &progress, &found, &problem)
		l.Progress, l.Found, l.Problem = progress, found, problem.String
		looks = append(looks, l)
		return err
	}, "SELECT seq, folds, top, progress, found, problem FROM looks WHERE "+which, args...)
	return looks, err
}
