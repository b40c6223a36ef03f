package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
)

// A Queue is the open batch: the documents that people are asked about, in order.
type Queue struct {
	Round int
	Items []QueueItem
}

// A QueueItem is a document of the open batch.
type QueueItem struct {
	ID       string
	Judgment *corpus.Judgment // nil: nobody has judged it
}

// SetQueue fills the open batch. Documents of it that are judged stay, first; the IDs replace what nobody has judged
// yet. Where all of it is judged it is done with, and the IDs are a new batch.
func (s *Session) SetQueue(ctx context.Context, round int, ids []string) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		const judged = "EXISTS (SELECT 1 FROM latest WHERE latest.number = queue.number AND verdict <> '')"
		var left int
		if err := tx.QueryRow("SELECT count(*) FROM queue WHERE NOT " + judged).Scan(&left); err != nil {
			return err
		}
		goes := "DELETE FROM queue"
		if left > 0 {
			goes += " WHERE NOT " + judged
		}
		if _, err := tx.Exec(goes); err != nil {
			return err
		}
		var last int
		if err := tx.QueryRow("SELECT coalesce(max(position), 0) FROM queue").Scan(&last); err != nil {
			return err
		}
		many, seen := newStatements(tx), make(map[string]bool, len(ids))
		for i, id := range ids {
			number, err := many.number(id)
			switch {
			case err != nil:
				return fmt.Errorf("the batch names document %q: %w", id, err)
			case seen[id]:
				return fmt.Errorf("the batch names document %q twice", id)
			}
			seen[id] = true
			if _, err := many.exec("INSERT INTO queue (position, number) VALUES (?, ?) ON CONFLICT (number) DO NOTHING",
				last+1+i, number); err != nil {
				return err
			}
		}
		_, err := tx.Exec("UPDATE session SET queue_round = ?", round)
		return err
	})
}

// Queue returns the open batch.
func (s *Session) Queue(ctx context.Context) (queue Queue, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		queue = Queue{}
		if err := tx.QueryRow("SELECT queue_round FROM session").Scan(&queue.Round); err != nil {
			return err
		}
		classes, err := readClasses(tx)
		if err != nil {
			return err
		}
		queue.Items, err = readItems(tx, classes, "queue", "TRUE")
		return err
	})
	return queue, err
}

// readItems reads the documents of a table in the order of their positions, those for which the condition holds.
func readItems(tx *sql.Tx, classes *classes, table, condition string) (items []QueueItem, err error) {
	err = rows(tx, func(row *sql.Rows) error {
		var item QueueItem
		var verdict, note, annotator sql.NullString
		var flagged sql.NullBool
		said := stored{classes: classes}
		if err := row.Scan(&item.ID, &verdict, &said.class, &said.spans, &flagged, &note, &annotator, &said.at); err != nil {
			return err
		}
		if verdict.String != "" {
			said.verdict, said.flagged = verdict.String, flagged.Bool
			said.note, said.annotator = note.String, annotator.String
			judgment, err := said.judgment()
			if err != nil {
				return fmt.Errorf("document %q: %w", item.ID, err)
			}
			item.Judgment = &judgment
		}
		items = append(items, item)
		return nil
	}, "SELECT id, judgments.verdict, judgments.class, judgments.spans, judgments.flagged, note, annotator, at FROM "+table+
		" JOIN documents USING (number) LEFT JOIN latest USING (number) LEFT JOIN judgments USING (seq) WHERE "+condition+
		" ORDER BY position")
	return items, err
}
