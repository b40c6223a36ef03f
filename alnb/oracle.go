package alnb

import (
	"context"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/store"
)

// An Oracle answers in place of a person, as in emulated active learning: it says what it knows of the document.
type Oracle func(id string) (corpus.Judgment, bool)

// GoldOracle knows the labels that a pool has, such as one that was read from files with labels.
func GoldOracle(ctx context.Context, source corpus.PoolSource) (Oracle, error) {
	pool, err := source.LoadPool(ctx)
	if err != nil {
		return nil, err
	}
	known := make(map[string]corpus.Judgment)
	for _, doc := range pool.Docs {
		if doc.Judgment != nil {
			known[doc.ID] = *doc.Judgment
		}
	}
	return func(id string) (corpus.Judgment, bool) {
		j, ok := known[id]
		return j, ok
	}, nil
}

// Answer has the oracle answer all of the open batch that nobody has judged, at once, and returns how many that were.
func (s *Session) Answer(ctx context.Context, oracle Oracle) (int, error) {
	batch, err := s.Propose(ctx)
	if err != nil {
		return 0, err
	}
	var judgings []store.Judging
	for _, item := range batch.Items {
		if item.Judgment != nil {
			continue
		}
		j, known := oracle(item.ID)
		if !known {
			return 0, fmt.Errorf("alnb: the oracle knows no answer for document %s", item.ID)
		}
		j.Annotator = "oracle"
		judgings = append(judgings, store.Judging{Document: item.ID, Judgment: j})
	}
	_, err = s.Label(ctx, judgings...)
	return len(judgings), err
}
