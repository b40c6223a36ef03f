package query

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
)

// The values of a strategy's field By.
const (
	ByRandom      = "random"      // drawn at random
	ByUncertainty = "uncertainty" // those with the highest score by LeastConfident, or by MNLP where the model is a tagger
)

// defaultPart is the number of documents that a strategy compares with each other where Part is 0.
const defaultPart = 10_000

func checkPart(size int, by string, model any) error {
	switch {
	case size < 0:
		return fmt.Errorf("part is %d; it is a number of documents, 0 stands for %d", size, defaultPart)
	case by != "" && by != ByRandom && by != ByUncertainty:
		return fmt.Errorf("by is %q; it is %q or %q", by, ByRandom, ByUncertainty)
	case by == ByUncertainty:
		_, predicts := model.(Predictor)
		_, tags := model.(Tagger)
		if !predicts && !tags {
			return fmt.Errorf("by is %q, and the model %T gives neither probabilities nor tags", by, model)
		}
	}
	return nil
}

// part returns the positions of the documents that a strategy compares with each other, at least enough for the budget,
// in an order that the key draws: who comes first among equals doesn't depend on the order of the pool.
func part(ctx context.Context, reader *reader, r Request, size int, by string) ([]int, error) {
	if err := checkPart(size, by, r.Model); err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	if size == 0 {
		size = defaultPart
	}
	drawn, err := newRanked(r.Docs, nil, purpose(r.Key, "part"))
	if err != nil {
		return nil, err
	}
	if by != ByUncertainty || size >= len(r.Docs) {
		return drawn.fill(ctx, r.Budget, size)
	}
	scores, err := uncertainty(ctx, reader, r.Docs)
	if err != nil {
		return nil, err
	}
	uncertain, err := newRanked(r.Docs, scores, drawn.key)
	if err != nil {
		return nil, err
	}
	positions, err := uncertain.fill(ctx, r.Budget, size)
	slices.SortFunc(positions, drawn.compare)
	return positions, err
}

func uncertainty(ctx context.Context, reader *reader, docs []corpus.Document) ([]float64, error) {
	if _, ok := reader.model.(Predictor); ok {
		return reader.scores(ctx, docs, leastConfident)
	}
	return reader.tagScores(ctx, docs, mnlp)
}

// purpose is the key of something random inside a strategy.
func purpose(key keyed.Key, of string) keyed.Key {
	key.Purpose += ", " + of
	return key
}

// at returns the documents at positions.
func at(docs []corpus.Document, positions []int) []corpus.Document {
	those := make([]corpus.Document, len(positions))
	for i, position := range positions {
		those[i] = docs[position]
	}
	return those
}

// byID returns the positions of the documents in the order of their IDs.
func byID(docs []corpus.Document) []int {
	positions := make([]int, len(docs))
	for i := range positions {
		positions[i] = i
	}
	slices.SortFunc(positions, func(a, b int) int { return cmp.Compare(docs[a].ID, docs[b].ID) })
	return positions
}

// sorted returns the labeled documents and their classes in the order of their IDs.
func sorted(labeled []Labeled) (docs []corpus.Document, classes []int) {
	labeled = slices.Clone(labeled)
	slices.SortFunc(labeled, func(a, b Labeled) int { return cmp.Compare(a.ID, b.ID) })
	for _, l := range labeled {
		docs, classes = append(docs, l.Document), append(classes, l.Class)
	}
	return docs, classes
}

// A batch is what a strategy has chosen so far from a part.
type batch struct {
	request Request
	part    []int
	taken   []bool // of part
	chosen  []int  // positions in request.Docs
	words   int
}

func newBatch(r Request, part []int) *batch {
	return &batch{request: r, part: part, taken: make([]bool, len(part))}
}

// full tells whether the budget is spent or nothing is left.
func (b *batch) full() bool {
	budget := b.request.Budget
	return len(b.chosen) == len(b.part) || budget.Docs > 0 && len(b.chosen) >= budget.Docs || budget.Words > 0 && b.words >= budget.Words
}

// take chooses the i-th document of the part.
func (b *batch) take(i int) {
	b.taken[i] = true
	b.chosen = append(b.chosen, b.part[i])
	b.words += len(b.request.Docs[b.part[i]].Words)
}

// expected estimates how many documents the budget buys.
func (b *batch) expected() int {
	n := b.request.Budget.Docs
	if b.request.Budget.Words > 0 {
		words := 0
		for _, position := range b.part {
			words += len(b.request.Docs[position].Words)
		}
		n = len(b.part)
		if words > 0 {
			n = (b.request.Budget.Words*len(b.part) + words - 1) / words
		}
	}
	return min(n, len(b.part))
}
