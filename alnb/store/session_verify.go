package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Verify reads the whole database and tells whether it is in order: SQLite's own checks, and that what is counted is
// what was judged last.
func (s *Session) Verify(ctx context.Context) error {
	var wrong []string
	if err := s.view(ctx, func(tx *sql.Tx) (err error) {
		wrong, err = s.faults(tx)
		return err
	}); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return fmt.Errorf("store: %s is damaged: %s; restore the latest backup", s.path, strings.Join(wrong, "; "))
	}
	return nil
}

func (s *Session) faults(tx *sql.Tx) (wrong []string, err error) {
	if err := rows(tx, func(row *sql.Rows) error {
		var said string
		err := row.Scan(&said)
		if said != "ok" {
			wrong = append(wrong, said)
		}
		return err
	}, "PRAGMA integrity_check(10)"); err != nil {
		return nil, err
	}
	if err := rows(tx, func(row *sql.Rows) error {
		var table, parent string
		var id, key sql.NullInt64
		err := row.Scan(&table, &id, &parent, &key)
		wrong = append(wrong, fmt.Sprintf("row %d of %s names a row of %s that isn't there", id.Int64, table, parent))
		return err
	}, "PRAGMA foreign_key_check"); err != nil {
		return nil, err
	}
	for _, check := range []struct{ query, fault string }{
		{"SELECT abs(count(*) - (SELECT pool + test FROM session)) FROM documents", "missing or extra"},
		{"SELECT count(*) FROM documents LEFT JOIN texts USING (number) WHERE texts.number IS NULL", "without their text"},
		{"SELECT count(*) FROM (SELECT number, max(seq) AS seq FROM judgments GROUP BY number) AS j " +
			"LEFT JOIN latest USING (number) WHERE latest.seq IS NOT j.seq", "whose last judgment isn't what is counted"},
		{"SELECT count(*) FROM latest JOIN judgments USING (seq) WHERE latest.number <> judgments.number OR " +
			"latest.verdict <> judgments.verdict OR latest.class IS NOT judgments.class OR latest.flagged <> judgments.flagged",
			"counted as they weren't judged"},
	} {
		var n int
		if err := tx.QueryRow(check.query).Scan(&n); err != nil {
			return nil, err
		}
		if n > 0 {
			wrong = append(wrong, fmt.Sprintf("%d documents are %s", n, check.fault))
		}
	}
	return wrong, nil
}
