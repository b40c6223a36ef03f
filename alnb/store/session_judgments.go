package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/alnb/alnb/alnb/corpus"
)

// A StoredJudgment is one that was kept. Its class, or the types of its spans, are those that the given ones count for
// now.
type StoredJudgment struct {
	Seq      int64  // its number in the session's history, from 1
	Number   int    // of the document
	Document string // its ID
	Test     bool   // it belongs to the test split
	corpus.Judgment
	Withdrawn bool   // it takes back the one before
	Request   string // "" where it came with the document
	Round     int
	Seconds   float64
}

// Judgments returns the last judgment of each document by number, as they all were at one time; those that were
// withdrawn are left out.
func (s *Session) Judgments(ctx context.Context) iter.Seq2[StoredJudgment, error] {
	return sequence(func() (all []StoredJudgment, err error) {
		err = s.view(ctx, func(tx *sql.Tx) error {
			all, err = readJudgments(tx, "latest JOIN judgments USING (seq) JOIN documents ON documents.number = latest.number",
				"WHERE latest.verdict <> '' ORDER BY latest.number")
			return err
		})
		return all, err
	})
}

// History returns all that was ever said about a document, or with the ID "" about all of them, the oldest first.
func (s *Session) History(ctx context.Context, document string) (all []StoredJudgment, err error) {
	const from = "judgments JOIN documents USING (number)"
	err = s.view(ctx, func(tx *sql.Tx) error {
		if document == "" {
			all, err = readJudgments(tx, from, "ORDER BY seq")
			return err
		}
		number, err := newStatements(tx).number(document)
		if err != nil {
			return fmt.Errorf("document %q: %w", document, err)
		}
		all, err = readJudgments(tx, from, "WHERE judgments.number = ? ORDER BY seq", number)
		return err
	})
	return all, err
}

func readJudgments(tx *sql.Tx, from, which string, args ...any) (all []StoredJudgment, err error) {
	classes, err := readClasses(tx)
	if err != nil {
		return nil, err
	}
	err = rows(tx, func(row *sql.Rows) error {
		var j StoredJudgment
		var request sql.NullString
		said := stored{classes: classes}
		if err := row.Scan(&j.Seq, &j.Number, &j.Document, &j.Test, &request, &said.verdict, &said.class, &said.spans,
			&said.flagged, &said.note, &said.annotator, &said.at, &j.Round, &j.Seconds); err != nil {
			return err
		}
		if j.Judgment, err = said.judgment(); err != nil {
			return fmt.Errorf("document %q: %w", j.Document, err)
		}
		j.Request, j.Withdrawn = request.String, j.Verdict == ""
		all = append(all, j)
		return nil
	}, "SELECT judgments.seq, documents.number, documents.id, documents.test, request, judgments.verdict, judgments.class, "+
		"spans, judgments.flagged, note, annotator, at, round, seconds FROM "+from+" "+which, args...)
	return all, err
}

// stored is a judgment as it is in the database.
type stored struct {
	classes         *classes
	verdict         string
	class           sql.NullInt64
	spans           []byte
	flagged         bool
	note, annotator string
	at              sql.NullInt64
}

func (s *stored) judgment() (corpus.Judgment, error) {
	j := corpus.Judgment{
		Verdict: corpus.Verdict(s.verdict), Flagged: s.flagged, Note: s.note, Annotator: s.annotator, At: fromMoment(s.at),
	}
	if s.class.Valid {
		j.Class = s.classes.own(int(s.class.Int64)).Name
	}
	if s.spans == nil {
		return j, nil
	}
	var spans []storedSpan
	if err := json.Unmarshal(s.spans, &spans); err != nil {
		return j, fmt.Errorf("its spans: %w", err)
	}
	for _, span := range spans {
		j.Spans = append(j.Spans, corpus.Span{Start: span.Start, End: span.End, Type: s.classes.own(span.Class).Name})
	}
	return j, nil
}
