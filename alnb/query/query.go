// Package query holds the query strategies: which documents of the pool to ask labels for. One strategy, one file.
//
// A strategy either scores each document by itself ([Scorer]) or chooses documents that go together ([Selector]);
// [Propose] runs both. What it asks of the model, it asks through small interfaces that it finds in the request
// ([Predictor], [Tagger], [Embedder], [GradientEmbedder], [DropoutSampler]).
package query

import (
	"context"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
)

// A Strategy is a plain struct whose exported fields are its configuration. It is a [Scorer] or a [Selector].
type Strategy interface {
	// Name identifies the strategy in a run's configuration.
	Name() string
}

// A Scorer is a strategy that scores each document by itself.
type Scorer interface {
	Strategy
	// Score returns one finite score a document, in the order of request.Docs; the higher, the more informative. nil
	// means that the strategy has no score: all documents tie.
	Score(ctx context.Context, request Request) ([]float64, error)
}

// A Selector is a strategy that chooses documents together, such as ones that differ from each other.
type Selector interface {
	Strategy
	// Select returns distinct positions in request.Docs, in the order in which they were chosen, at least until the budget
	// is spent or there are no more documents. The choice depends on neither the order of the documents nor that of the
	// labeled ones.
	Select(ctx context.Context, request Request) ([]int, error)
}

// A Checker is a strategy that needs more than the documents: a capability of the model, or a field that is set.
type Checker interface {
	// Check tells in a sentence what is missing. It is called before the first round, with the model untrained.
	Check(model any) error
}

// A Request is what a strategy chooses from, and with what.
type Request struct {
	Docs     []corpus.Document // the candidates: distinct IDs, in any order
	Labeled  []Labeled         // what the model was trained on
	Model    any               // trained; what it can is found by its interfaces
	Budget   Budget
	Key      keyed.Key      // of all that is random; its ID is empty
	Progress func(done int) // documents that the model has read so far; may be nil
}

// Labeled is a document that has its label: a class of a text, or the spans of a list of words.
type Labeled struct {
	corpus.Document
	Class int           // of a text
	Spans []corpus.Span // of a list of words
}

// A Budget ends a batch: so many documents, or so many words, of which the document that crosses it is the last one. One
// of the two is set.
type Budget struct {
	Docs  int
	Words int
}

// Docs is a budget of n documents.
func Docs(n int) Budget { return Budget{Docs: n} }

// Words is a budget of n words.
func Words(n int) Budget { return Budget{Words: n} }

// Fill returns how many of the documents at positions, in this order, the budget takes.
func (b Budget) Fill(docs []corpus.Document, positions []int) int {
	if b.Words == 0 {
		return min(b.Docs, len(positions))
	}
	words := 0
	for i, position := range positions {
		if words >= b.Words {
			return i
		}
		words += len(docs[position].Words)
	}
	return len(positions)
}

func (b Budget) check() error {
	if (b.Docs > 0) == (b.Words > 0) || b.Docs < 0 || b.Words < 0 {
		return fmt.Errorf("query: the budget is %d documents and %d words; one of the two must be above 0", b.Docs, b.Words)
	}
	return nil
}

// A Proposal is what a strategy has chosen.
type Proposal struct {
	Positions []int     // in Request.Docs, the first choice first
	Scores    []float64 // one for each of Request.Docs; nil where the strategy has none
}

// Propose asks a strategy for documents until the budget is spent. Ties between scores are broken at random by the key
// and the document's ID, so that neither order nor restarts matter. Scores and choices that break the strategy's promises
// are errors.
func Propose(ctx context.Context, s Strategy, r Request) (Proposal, error) {
	if err := r.Budget.check(); err != nil {
		return Proposal{}, err
	}
	if err := ctx.Err(); err != nil {
		return Proposal{}, err
	}
	switch s := s.(type) {
	case Scorer:
		scores, err := s.Score(ctx, r)
		if err != nil {
			return Proposal{}, err
		}
		ranked, err := newRanked(r.Docs, scores, r.Key)
		if err != nil {
			return Proposal{}, fmt.Errorf("%w (strategy %s)", err, s.Name())
		}
		positions, err := ranked.fill(ctx, r.Budget, 0)
		if err != nil {
			return Proposal{}, err
		}
		return Proposal{Positions: positions, Scores: scores}, nil
	case Selector:
		chosen, err := s.Select(ctx, r)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return Proposal{}, err
		}
		if err := checkChoice(chosen, r); err != nil {
			return Proposal{}, fmt.Errorf("%w (strategy %s)", err, s.Name())
		}
		return Proposal{Positions: chosen[:r.Budget.Fill(r.Docs, chosen)]}, nil
	}
	return Proposal{}, fmt.Errorf("query: strategy %s has neither Score nor Select", s.Name())
}

// checkChoice tells whether positions are distinct, in range, and enough.
func checkChoice(chosen []int, r Request) error {
	seen := make(map[int]bool, len(chosen))
	for _, position := range chosen {
		switch {
		case position < 0 || position >= len(r.Docs):
			return fmt.Errorf("query: position %d was chosen, of %d documents", position, len(r.Docs))
		case seen[position]:
			return fmt.Errorf("query: document %s was chosen twice", r.Docs[position].ID)
		}
		seen[position] = true
	}
	if len(chosen) == len(r.Docs) {
		return nil
	}
	words := 0
	for _, position := range chosen {
		words += len(r.Docs[position].Words)
	}
	if len(chosen) < r.Budget.Docs || words < r.Budget.Words {
		return fmt.Errorf("query: only %d documents were chosen, of %d", len(chosen), len(r.Docs))
	}
	return nil
}

// Check tells in a sentence what a strategy misses in a model.
func Check(s Strategy, model any) error {
	switch s.(type) {
	case Scorer, Selector:
	default:
		return fmt.Errorf("query: strategy %s has neither Score nor Select", s.Name())
	}
	if c, ok := s.(Checker); ok {
		if err := c.Check(model); err != nil {
			return fmt.Errorf("query: strategy %s: %w", s.Name(), err)
		}
	}
	return nil
}
