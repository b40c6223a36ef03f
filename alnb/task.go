package alnb

import (
	"context"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store"
)

// A task is what a run does in one way for the classes of texts, in another for the spans of words. Documents are
// positions in the training split.
type task interface {
	about() dataConfig
	origin() string
	check() error
	docs() []corpus.Document                      // the training split
	words() int                                   // in the training split; 0 where texts are not counted in words
	labeled(positions []int) []query.Labeled      // with their gold labels
	onesided(positions []int) string              // a warning, where nothing can be learned from these documents alone
	uncertainty() query.Scorer                    // ranks the pool where the strategy has no score
	open(context.Context, Arm) (trainable, error) // the arm's model
}

// A trainable is a task's model, opened.
type trainable interface {
	Train(ctx context.Context, positions []int, run learner.Run) (learner.Trained, error)
	// Evaluate fills in what the model is worth on the test split, and counts what it finds in each document of it.
	Evaluate(ctx context.Context, progress func(done, total int)) (store.Metrics, []eval.Tally, error)
	// Predict says what the model takes each document for.
	Predict(ctx context.Context, docs []corpus.Document, progress func(done int)) ([]corpus.Prediction, error)
	// Asked is what strategies ask about documents.
	Asked() any
	Origin() string
	Close() error
}

// at returns the elements at positions.
func at[T any](of []T, positions []int) []T {
	those := make([]T, len(positions))
	for i, position := range positions {
		those[i] = of[position]
	}
	return those
}
