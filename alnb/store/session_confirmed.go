package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
)

// confirm keeps the label that a judgment gives, where its document was to be looked at again and had this label then.
func (k *keeper) confirm(number int, seq int64) error {
	var before sql.NullInt64
	err := k.row("SELECT max(judgments.seq) FROM review JOIN judgments USING (number) WHERE number = ? AND judgments.seq <= after",
		[]any{number}, &before)
	if err != nil || !before.Valid {
		return err
	}
	was, err := k.label(before.Int64)
	if err != nil {
		return err
	}
	is, err := k.label(seq)
	if err != nil || is == "" || is != was {
		return err
	}
	_, err = k.exec("INSERT INTO confirmed (number, label) VALUES (?, ?) ON CONFLICT (number) DO UPDATE SET label = excluded.label",
		number, is)
	return err
}

// label is what a judgment says, as confirmed has it; empty where it gives no label.
func (k *keeper) label(seq int64) (string, error) {
	var class sql.NullInt64
	var spans []byte
	if err := k.row("SELECT class, spans FROM judgments WHERE seq = ?", []any{seq}, &class, &spans); err != nil {
		return "", err
	}
	return k.classes.label(class, spans)
}

// label is a label with the classes that it counts for now, so that one whose class has gone into another differs from what it
// was. A class that was renamed is the same.
func (c *classes) label(class sql.NullInt64, spans []byte) (string, error) {
	switch {
	case class.Valid:
		return strconv.Itoa(c.own(int(class.Int64)).Number), nil
	case spans == nil:
		return "", nil
	}
	var all []storedSpan
	if err := json.Unmarshal(spans, &all); err != nil {
		return "", fmt.Errorf("its spans: %w", err)
	}
	for i := range all {
		all[i].Class = c.own(all[i].Class).Number
	}
	raw, err := json.Marshal(all)
	return string(raw), err
}

// Confirmed returns the documents, by number, whose label people were to look at again, and have given once more: as long as
// they have this label.
func (s *Session) Confirmed(ctx context.Context) (confirmed map[int]bool, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		confirmed = make(map[int]bool)
		classes, err := readClasses(tx)
		if err != nil {
			return err
		}
		return rows(tx, func(row *sql.Rows) error {
			var number int
			var label string
			var class sql.NullInt64
			var spans []byte
			if err := row.Scan(&number, &label, &class, &spans); err != nil {
				return err
			}
			now, err := classes.label(class, spans)
			if now == label {
				confirmed[number] = true
			}
			return err
		}, "SELECT confirmed.number, label, judgments.class, spans FROM confirmed JOIN latest USING (number) JOIN judgments USING (seq)")
	})
	return confirmed, err
}
