package alnb

import (
	"context"
	"errors"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store"
)

// ErrNothingLeft is the error of a session in which every document of the pool is judged.
var ErrNothingLeft = errors.New("every document of the pool is judged; nothing is left to ask about")

// Propose returns the open batch: the documents that people are asked about now, in order. Where all of it is judged, it opens
// another: the documents that the last model's scores say are the most informative, or before there is a model random ones.
func (s *Session) Propose(ctx context.Context) (store.Queue, error) {
	open, err := s.db.Queue(ctx)
	if err != nil || left(open) > 0 {
		return open, err
	}
	models, err := s.trained(ctx)
	if err != nil {
		return open, err
	}
	ids, err := s.next(ctx, len(models), s.config.Batch)
	if err != nil {
		return open, err
	}
	if len(ids) == 0 {
		return open, fmt.Errorf("alnb: %w", ErrNothingLeft)
	}
	if err := s.db.SetQueue(ctx, len(models), ids); err != nil {
		return open, err
	}
	return s.db.Queue(ctx)
}

// left is how many documents of a batch nobody has judged.
func left(batch store.Queue) int {
	n := 0
	for _, item := range batch.Items {
		if item.Judgment == nil {
			n++
		}
	}
	return n
}

// next ranks what nobody has judged by what is stored: the scores, and after them, in random order, what was never scored.
func (s *Session) next(ctx context.Context, round, n int) ([]string, error) {
	judged, err := s.judged(ctx)
	if err != nil {
		return nil, err
	}
	var scored, rest []corpus.Document
	var scores []float64
	known := make([]bool, s.about.Pool)
	for score, err := range s.db.Scores(ctx) {
		if err != nil {
			return nil, err
		}
		if _, done := judged[score.Number]; done || score.Number >= s.about.Pool {
			continue
		}
		known[score.Number] = true
		scored, scores = append(scored, corpus.Document{ID: score.ID}), append(scores, score.Score)
	}
	key := keyed.Key{Seed: s.config.Seed, Purpose: "batch", Round: round}
	ids, err := best(nil, n, scored, scores, key)
	if err != nil || len(ids) == n {
		return ids, err
	}
	for d, err := range s.db.Documents(ctx) {
		if err != nil {
			return nil, err
		}
		if _, done := judged[d.Number]; !done && d.Number < s.about.Pool && !known[d.Number] {
			rest = append(rest, corpus.Document{ID: d.ID})
		}
	}
	return best(ids, n, rest, nil, key)
}

// best appends the IDs of the best documents until there are n.
func best(ids []string, n int, docs []corpus.Document, scores []float64, key keyed.Key) ([]string, error) {
	order, err := query.Ranking(docs, scores, key)
	for _, position := range order[:min(len(order), n-len(ids))] {
		ids = append(ids, docs[position].ID)
	}
	return ids, err
}
