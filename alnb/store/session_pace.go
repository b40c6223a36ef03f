package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// recent is how many judgments Pace looks at, so that it takes as long in any session.
const recent = 2000

// Pace returns how many of the latest judgments were made since a time, by requests, and when the first of them was.
func (s *Session) Pace(ctx context.Context, since time.Time) (n int, first time.Time, err error) {
	var at sql.NullInt64
	err = s.view(ctx, func(tx *sql.Tx) error {
		return tx.QueryRow("SELECT count(*), min(at) FROM (SELECT request, verdict, at FROM judgments ORDER BY seq DESC LIMIT ?) "+
			"WHERE at >= ? AND request IS NOT NULL AND verdict <> ''", recent, moment(since)).Scan(&n, &at)
	})
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("store: %w", err)
	}
	return n, fromMoment(at), nil
}
