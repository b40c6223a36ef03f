package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
)

// A RoundScore is the last score of a document.
type RoundScore struct {
	Number int // of the document
	ID     string
	Score  float64
	Round  int // that the score is of
}

// atOnce is how many scores are written in a transaction: others get their turn in between.
const atOnce = 5000

// SetScores keeps the scores of a round, each in place of the document's score before. They become durable in parts:
// after a crash in between some documents have their new score and its round, the others the old one.
func (s *Session) SetScores(ctx context.Context, round int, scores []Score) error {
	numbered, err := s.numbered(ctx, scores)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(numbered, atOnce) {
		if err := s.update(ctx, func(tx *sql.Tx) error {
			many := newStatements(tx)
			for _, score := range part {
				if _, err := many.exec("INSERT INTO scores (number, score, round) VALUES (?, ?, ?) ON CONFLICT (number) "+
					"DO UPDATE SET score = excluded.score, round = excluded.round", score.Number, score.Score, round); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// numbered checks scores, and returns them by number.
func (s *Session) numbered(ctx context.Context, scores []Score) (numbered []RoundScore, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		numbered = make([]RoundScore, len(scores))
		many := newStatements(tx)
		for i, score := range scores {
			number, err := many.number(score.ID)
			if err == nil && math.IsNaN(score.Score) {
				err = errors.New("its score is not a number")
			}
			if err != nil {
				return fmt.Errorf("document %q: %w", score.ID, err)
			}
			numbered[i] = RoundScore{Number: number, ID: score.ID, Score: score.Score}
		}
		slices.SortFunc(numbered, func(a, b RoundScore) int { return cmp.Compare(a.Number, b.Number) })
		for i := 1; i < len(numbered); i++ {
			if numbered[i].Number == numbered[i-1].Number {
				return fmt.Errorf("document %q has two scores", numbered[i].ID)
			}
		}
		return nil
	})
	return numbered, err
}

// Scores returns the last score of each document that has one, by number, as they all were at one time.
func (s *Session) Scores(ctx context.Context) iter.Seq2[RoundScore, error] {
	return sequence(func() (all []RoundScore, err error) {
		err = s.view(ctx, func(tx *sql.Tx) error {
			all = all[:0]
			return rows(tx, func(row *sql.Rows) error {
				var score RoundScore
				err := row.Scan(&score.Number, &score.ID, &score.Score, &score.Round)
				all = append(all, score)
				return err
			}, "SELECT number, id, score, round FROM scores JOIN documents USING (number) ORDER BY number")
		})
		return all, err
	})
}
