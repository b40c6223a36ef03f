package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/alnb/alnb/alnb/corpus"
)

// A StoredDocument is a document of a session.
type StoredDocument struct {
	Number int // from 0, in the order of the pool, then of the test split
	corpus.Document
	Test bool // it belongs to the test split
}

// page is how many documents are read at once.
const page = 256

// Documents returns all documents by number. They never change, so the session can be written to in between.
func (s *Session) Documents(ctx context.Context) iter.Seq2[StoredDocument, error] {
	return func(yield func(StoredDocument, error) bool) {
		next := 0
		for {
			docs, err := s.documents(ctx, next)
			if err != nil {
				yield(StoredDocument{}, err)
				return
			}
			for _, doc := range docs {
				if !yield(doc, nil) {
					return
				}
			}
			if len(docs) < page {
				return
			}
			next = docs[page-1].Number + 1
		}
	}
}

// selectDocument is what scanDocument reads.
const selectDocument = "SELECT number, id, test, text, words FROM documents JOIN texts USING (number) "

func scanDocument(row *sql.Rows) (doc StoredDocument, err error) {
	var words []byte
	if err := row.Scan(&doc.Number, &doc.ID, &doc.Test, &doc.Text, &words); err != nil {
		return doc, err
	}
	if words != nil {
		if err := json.Unmarshal(words, &doc.Words); err != nil {
			return doc, fmt.Errorf("the words of document %q: %w", doc.ID, err)
		}
	}
	return doc, nil
}

func (s *Session) documents(ctx context.Context, from int) (docs []StoredDocument, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		docs = docs[:0]
		return rows(tx, func(row *sql.Rows) error {
			doc, err := scanDocument(row)
			docs = append(docs, doc)
			return err
		}, selectDocument+"WHERE number >= ? ORDER BY number LIMIT ?", from, page)
	})
	return docs, err
}

// Document returns the document with this ID; where the pool and the test split both have one, the pool's.
func (s *Session) Document(ctx context.Context, id string) (doc StoredDocument, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		number, err := newStatements(tx).number(id)
		if err != nil {
			return fmt.Errorf("document %q: %w", id, err)
		}
		return rows(tx, func(row *sql.Rows) error {
			doc, err = scanDocument(row)
			return err
		}, selectDocument+"WHERE number = ?", number)
	})
	return doc, err
}

// number returns the number of the document with this ID.
func (s *statements) number(id string) (number int, err error) {
	err = s.row("SELECT number FROM documents WHERE id = ? ORDER BY test LIMIT 1", []any{id}, &number)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, errors.New("the session has no document with this ID")
	}
	return number, err
}

// words returns how many words a document has.
func (s *statements) words(number int) (int, error) {
	var raw []byte
	if err := s.row("SELECT words FROM texts WHERE number = ?", []any{number}, &raw); err != nil {
		return 0, err
	}
	var words []string
	if raw != nil {
		if err := json.Unmarshal(raw, &words); err != nil {
			return 0, fmt.Errorf("its words: %w", err)
		}
	}
	return len(words), nil
}

// sequence yields what read returns, at once or an error.
func sequence[T any](read func() ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		all, err := read()
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		for _, one := range all {
			if !yield(one, nil) {
				return
			}
		}
	}
}
