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

// SetQueue fills the open batch. Documents of it that are judged stay, first; those that nobody has judged are replaced by as
// many of the IDs, the first ones that nobody has judged. A page may still show what was replaced: when it is judged after all,
// it takes its place in the batch again, from the last one that nobody has judged. Where all of the batch is judged it is done
// with, and the IDs are a new one.
func (s *Session) SetQueue(ctx context.Context, round int, ids []string) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		b := batch{newStatements(tx)}
		room, err := b.empty()
		if err != nil {
			return err
		}
		if room == 0 {
			room = len(ids)
		}
		seen := make(map[string]bool, len(ids))
		for _, id := range ids {
			number, err := b.number(id)
			switch {
			case err != nil:
				return fmt.Errorf("the batch names document %q: %w", id, err)
			case seen[id]:
				return fmt.Errorf("the batch names document %q twice", id)
			}
			seen[id] = true
			if room == 0 {
				continue
			}
			added, err := b.add(number)
			if err != nil {
				return err
			}
			if added {
				room--
			}
		}
		_, err = tx.Exec("UPDATE session SET queue_round = ?", round)
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
