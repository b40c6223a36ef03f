package store

import (
	"context"
	"database/sql"

	"github.com/alnb/alnb/alnb/corpus"
)

// Counts say how many documents of the pool are judged, and how.
type Counts struct {
	Labeled, Skipped, Unsure int
	Flagged                  int            // of those
	Withdrawn                int            // documents whose judgment was taken back, and which have no other
	PerClass                 map[string]int // labeled documents, or their spans; classes that went into another count for it
}

// Counts counts the judgments of the pool.
func (s *Session) Counts(ctx context.Context) (counts Counts, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		counts = Counts{PerClass: make(map[string]int)}
		classes, err := readClasses(tx)
		if err != nil {
			return err
		}
		for _, class := range classes.all {
			if class.Into < 0 {
				counts.PerClass[class.Name] = 0
			}
		}
		if err := counts.verdicts(tx, classes, s.about.Pool); err != nil || !s.about.Spans {
			return err
		}
		return rows(tx, func(row *sql.Rows) error {
			var class, n int
			if err := row.Scan(&class, &n); err != nil {
				return err
			}
			counts.PerClass[classes.own(class).Name] += n
			return nil
		}, "SELECT class, sum(spans) FROM latest_spans WHERE number < ? GROUP BY class", s.about.Pool)
	})
	return counts, err
}

func (c *Counts) verdicts(tx *sql.Tx, classes *classes, pool int) error {
	return rows(tx, func(row *sql.Rows) error {
		var verdict corpus.Verdict
		var class sql.NullInt64
		var flagged bool
		var n int
		if err := row.Scan(&verdict, &class, &flagged, &n); err != nil {
			return err
		}
		switch verdict {
		case corpus.Labeled:
			c.Labeled += n
		case corpus.Skipped:
			c.Skipped += n
		case corpus.Unsure:
			c.Unsure += n
		default:
			c.Withdrawn += n
			return nil
		}
		if flagged {
			c.Flagged += n
		}
		if class.Valid {
			c.PerClass[classes.own(int(class.Int64)).Name] += n
		}
		return nil
	}, "SELECT verdict, class, flagged, count(*) FROM latest INDEXED BY latest_counted WHERE +number < ? "+
		"GROUP BY verdict, class, flagged", pool)
}
