package plane

import (
	"context"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/query"
)

// A Scene is a pool with its labels so far, and the model that was trained on them.
type Scene struct {
	Classes []string
	Pool    []corpus.Document // without a label
	Labeled []query.Labeled
	Model   *Model
	Seed    uint64 // of what is drawn at random when a strategy is asked

	gold map[string]int // the classes of all documents, which nobody sees
	err  error          // that of the first step that failed; Ask returns it
}

// What the example is made of. The pool is cut to what pictures show of the plane.
const (
	right, top   = 4.8, 2.4
	exampleSeed  = 1
	exampleStart = 12 // labeled documents
)

// clump is documents of a class around a point.
type clump struct {
	at     Point
	spread float64
	size   int
	class  int
}

func clumps() []clump {
	return []clump{
		{Point{-2.4, 0.6}, 0.62, 115, 0},
		{Point{0.6, 0.75}, 0.6, 85, 1},
		{Point{1.3, -0.7}, 0.55, 70, 2},
		{Point{-1.1, -1.75}, 0.2, 22, 3}, // a class that is rare
		{Point{4.2, 1.9}, 0.18, 8, 1},    // unlike all others, whatever their label is
	}
}

// Example returns 300 made-up documents of four classes, of which twelve drawn at random have a label. Classes B and C
// overlap, D is small and has no label yet, and eight documents lie far from all others. It is the same each time.
func Example() Scene {
	s := Scene{Classes: []string{"A", "B", "C", "D"}, Seed: exampleSeed, gold: make(map[string]int)}
	draw := keyed.Key{Seed: exampleSeed, Purpose: "plane, example"}.Stream()
	for _, c := range clumps() {
		for range c.size {
			p := Point{c.at.X + c.spread*draw.NormFloat64(), c.at.Y + c.spread*draw.NormFloat64()}
			p.X, p.Y = max(-right, min(p.X, right)), max(-top, min(p.Y, top))
			doc := p.Document(fmt.Sprintf("%03d", len(s.Pool)))
			s.Pool, s.gold[doc.ID] = append(s.Pool, doc), c.class
		}
	}
	start, err := query.Propose(context.Background(), query.Random{}, query.Request{
		Docs: s.Pool, Budget: query.Docs(exampleStart), Key: keyed.Key{Seed: exampleSeed, Purpose: "plane, start"},
	})
	s.fail(err)
	return s.Label(start.Positions...)
}

// Unlabeled returns the scene before anything was labeled.
func (s Scene) Unlabeled() Scene {
	var pool []corpus.Document
	for _, l := range s.Labeled {
		pool = append(pool, l.Document)
	}
	s.Pool, s.Labeled = append(pool, s.Pool...), nil
	return s.train()
}

// Label returns the scene after the documents at positions of the pool got their labels.
func (s Scene) Label(positions ...int) Scene {
	taken := make(map[int]bool)
	labeled := append([]query.Labeled(nil), s.Labeled...)
	for _, i := range positions {
		if i < 0 || i >= len(s.Pool) || taken[i] {
			s.fail(fmt.Errorf("plane: position %d is asked for twice, or not one of the pool's %d", i, len(s.Pool)))
			return s
		}
		taken[i] = true
		labeled = append(labeled, query.Labeled{Document: s.Pool[i], Class: s.gold[s.Pool[i].ID]})
	}
	var pool []corpus.Document
	for i, doc := range s.Pool {
		if !taken[i] {
			pool = append(pool, doc)
		}
	}
	s.Pool, s.Labeled = pool, labeled
	return s.train()
}

// train replaces the model.
func (s Scene) train() Scene {
	model, err := Train(s.Labeled, len(s.Classes), exampleSeed)
	s.Model = model
	s.fail(err)
	return s
}

// fail keeps the first error.
func (s *Scene) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// Ask asks a strategy for documents.
func (s Scene) Ask(ctx context.Context, strategy query.Strategy, budget query.Budget) (query.Proposal, error) {
	if s.err != nil {
		return query.Proposal{}, s.err
	}
	if err := query.Check(strategy, s.Model); err != nil {
		return query.Proposal{}, err
	}
	return query.Propose(ctx, strategy, s.request(s.Pool, budget))
}

func (s Scene) request(docs []corpus.Document, budget query.Budget) query.Request {
	return query.Request{Docs: docs, Labeled: s.Labeled, Model: s.Model, Budget: budget, Key: keyed.Key{Seed: s.Seed, Purpose: "query"}}
}
