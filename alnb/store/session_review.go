package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// SetReview says which judged documents people are to look at again, in order. The IDs replace what is left of those before.
func (s *Session) SetReview(ctx context.Context, ids []string) error {
	return s.update(ctx, func(tx *sql.Tx) error { return setReview(tx, ids) })
}

func setReview(tx *sql.Tx, ids []string) error {
	if _, err := tx.Exec("DELETE FROM review"); err != nil {
		return err
	}
	many, seen := newStatements(tx), make(map[string]bool, len(ids))
	for i, id := range ids {
		number, err := many.number(id)
		if err == nil {
			err = many.reviewable(number)
		}
		switch {
		case err != nil:
			return fmt.Errorf("document %q can't be looked at again: %w", id, err)
		case seen[id]:
			return fmt.Errorf("document %q is to be looked at again twice", id)
		}
		seen[id] = true
		if _, err := many.exec("INSERT INTO review (position, number, after) "+
			"VALUES (?, ?, (SELECT coalesce(max(seq), 0) FROM judgments))", i, number); err != nil {
			return err
		}
	}
	return nil
}

// reviewable refuses a document that nobody has judged.
func (s *statements) reviewable(number int) error {
	var verdict string
	err := s.row("SELECT verdict FROM latest WHERE number = ?", []any{number}, &verdict)
	if errors.Is(err, sql.ErrNoRows) || err == nil && verdict == "" {
		return errors.New("nobody has judged it")
	}
	return err
}

// Review returns the documents that are still to be looked at again: those that nobody has judged since SetReview. That the
// judgment is the same as before doesn't matter.
func (s *Session) Review(ctx context.Context) (items []QueueItem, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		classes, err := readClasses(tx)
		if err != nil {
			return err
		}
		items, err = readItems(tx, classes, "review", "latest.seq <= review.after OR latest.verdict = ''")
		return err
	})
	return items, err
}
