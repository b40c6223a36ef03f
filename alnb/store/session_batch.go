package store

import (
	"database/sql"
	"errors"
)

// A batch is the open one, as it is changed.
type batch struct{ *statements }

// unjudged is the condition that nobody has judged a document of the batch.
const unjudged = "NOT EXISTS (SELECT 1 FROM latest WHERE latest.number = queue.number AND verdict <> '')"

// empty takes out what nobody has judged, and returns how many documents that were; where there are none, it takes out all.
func (b batch) empty() (left int, err error) {
	if err := b.row("SELECT count(*) FROM queue WHERE "+unjudged, nil, &left); err != nil {
		return 0, err
	}
	steps := []string{"INSERT INTO replaced SELECT number FROM queue WHERE " + unjudged, "DELETE FROM queue WHERE " + unjudged}
	if left == 0 {
		steps = []string{"DELETE FROM replaced", "DELETE FROM queue"}
	}
	for _, step := range steps {
		if _, err := b.exec(step); err != nil {
			return 0, err
		}
	}
	return left, nil
}

// add adds a document at the end, unless it is judged.
func (b batch) add(number int) (added bool, err error) {
	result, err := b.exec("INSERT INTO queue (position, number) SELECT (SELECT coalesce(max(position), 0) + 1 FROM queue), ? "+
		"WHERE NOT EXISTS (SELECT 1 FROM latest WHERE number = ? AND verdict <> '')", number, number)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	if err != nil || n == 0 {
		return false, err
	}
	_, err = b.exec("DELETE FROM replaced WHERE number = ?", number)
	return true, err
}

// restore gives a document that was replaced, and is judged now, the place of the last one that nobody has judged: whoever was
// shown it has done their part of the batch.
func (b batch) restore(number int) error {
	result, err := b.exec("DELETE FROM replaced WHERE number = ?", number)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	var position int
	err = b.row("SELECT position FROM queue WHERE "+unjudged+" ORDER BY position DESC LIMIT 1", nil, &position)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // the batch is done
	}
	if err != nil {
		return err
	}
	// That one may be on a page, too.
	if _, err := b.exec("INSERT INTO replaced SELECT number FROM queue WHERE position = ?", position); err != nil {
		return err
	}
	_, err = b.exec("UPDATE queue SET number = ? WHERE position = ?", number, position)
	return err
}
