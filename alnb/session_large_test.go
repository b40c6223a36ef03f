package alnb

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/store"
)

// many are so many short documents.
type many struct {
	Documents int `json:"documents"`
}

func (many) Name() string { return "many" }

func (m many) LoadPool(context.Context) (*corpus.Pool, error) {
	pool := &corpus.Pool{Name: "many", Classes: []string{"A", "B"}, Docs: make([]corpus.Judged, m.Documents)}
	for i := range pool.Docs {
		pool.Docs[i].Document = corpus.Document{ID: fmt.Sprint("doc-", i), Text: fmt.Sprint("This is document number ", i, ", and a few words more, so that it has a length.")}
	}
	return pool, nil
}

// A session of 100,000 documents opens, proposes and takes labels while a person looks on. The goals are 1 s, 0.5 s and 20 ms;
// the test allows four times as much, for machines that do other things.
func TestSessionOfAHundredThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: a session of 100,000 documents; -short was given")
	}
	dir := t.TempDir()
	config := SessionConfig{Pool: many{100_000}, Model: wordCounts{Smoothing: 0.1}, Batch: 50}
	first := created(t, dir, config)
	scores := make([]store.Score, 100_000)
	for i := range scores {
		scores[i] = store.Score{ID: fmt.Sprint("doc-", i), Score: keyed.Key{Purpose: "score", Round: i}.Float64()}
	}
	if err := first.db.SetScores(t.Context(), 0, scores); err != nil {
		t.Fatal(err)
	}
	first.Close()

	timed := func(what string, goal time.Duration, do func()) {
		began := time.Now()
		do()
		took := time.Since(began)
		t.Logf("%s took %v (goal %v)", what, took, goal)
		if took > 4*goal {
			t.Errorf("%s took %v", what, took)
		}
	}
	var s *Session
	timed("opening and the status", time.Second, func() {
		s = created(t, dir, config)
		must(s.Status(t.Context()))
	})
	var batch store.Queue
	timed("proposing from stored scores", time.Second/2, func() { batch = must(s.Propose(t.Context())) })
	slices.SortFunc(scores, func(a, b store.Score) int {
		if a.Score > b.Score {
			return -1
		}
		return 1
	})
	for i, item := range batch.Items {
		if item.ID != scores[i].ID {
			t.Fatalf("document %d of the batch is %s, want %s", i, item.ID, scores[i].ID)
		}
		timed("a label", 20*time.Millisecond, func() {
			must(s.Label(t.Context(), store.Judging{Document: item.ID, Judgment: corpus.Judgment{Verdict: corpus.Labeled, Class: "A"}}))
		})
	}
}
