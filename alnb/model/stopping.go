package model

import (
	"context"
	"math"
	"slices"

	"github.com/alnb/alnb/alnb/pretrained"
)

// A stopper is early stopping under way: it keeps the weights with the smallest loss on the held-out documents. Without
// any it does nothing.
type stopper struct {
	engine   *engine
	held     []example
	patience int
	ends     []int // the steps with which epochs end
	best     map[string]pretrained.Tensor
	loss     float64 // of best
	worse    int     // epochs since best
}

// after is called after each step, and tells whether training is to stop.
func (s *stopper) after(ctx context.Context, step int) (bool, error) {
	if _, end := slices.BinarySearch(s.ends, step); len(s.held) == 0 || !end {
		return false, nil
	}
	loss, err := s.engine.heldOutLoss(ctx, s.held)
	if err != nil {
		return false, err
	}
	if s.best == nil || loss < s.loss {
		s.loss, s.worse = loss, 0
		s.best, err = s.engine.programs.weights()
		return false, err
	}
	s.worse++
	return s.worse >= s.patience, nil
}

// restore puts the best weights into place.
func (s *stopper) restore() error {
	if s.best == nil {
		return nil
	}
	return s.engine.programs.reset(s.best)
}

// heldOutLoss is the mean of −Σ target · log p over the positions of the examples, each with its document's weight.
func (e *engine) heldOutLoss(ctx context.Context, held []example) (float64, error) {
	docs := documentsOf(held)
	k := len(e.classes)
	var sum, weight float64
	err := e.predict(ctx, docs, nil, func(i int, outputs [][]float32) error {
		for word, target := range held[i].targets {
			position := 0
			if docs[i].first != nil {
				if position = int(docs[i].first[word]); position < 0 {
					continue
				}
			}
			for class, p := range target {
				if p > 0 {
					q := max(float64(outputs[0][position*k+class]), 1e-12)
					sum -= float64(held[i].weight*p) * math.Log(q)
				}
			}
			weight += float64(held[i].weight)
		}
		return nil
	})
	return sum / max(weight, 1e-12), err
}
