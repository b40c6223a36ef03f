package query

import (
	"context"
	"math"
)

// CoreSet chooses documents so that no other lies far from a labeled or chosen one: again and again the document that is
// farthest from its nearest center, with the labeled documents as the first centers ("greedy k-center"; Sener and Savarese,
// "Active Learning for Convolutional Neural Networks: A Core-Set Approach", ICLR 2018, Algorithm 1):
//
//	argmax_i min_{j ∈ labeled ∪ chosen} ‖h_i − h_j‖
//
// Without labeled documents the first is drawn at random.
//
// It needs an [Embedder]. It compares Part documents with each other, and costs an embedding and
// (labeled + chosen) × dim multiplications for each of them.
type CoreSet struct {
	Part      int    `json:"part,omitempty"`      // documents of the pool that are looked at, 1 or more; 0 stands for 10,000
	By        string `json:"by,omitempty"`        // which these are: ByRandom, the default, or ByUncertainty
	Normalize bool   `json:"normalize,omitempty"` // set embeddings to length 1 first, as small-text does; the paper doesn't
}

// Name implements Strategy.
func (CoreSet) Name() string { return "coreset" }

// Check implements Checker.
func (c CoreSet) Check(model any) error {
	if err := checkPart(c.Part, c.By, model); err != nil {
		return err
	}
	return needs[Embedder](model, noEmbeddings)
}

// Select implements Selector.
func (c CoreSet) Select(ctx context.Context, request Request) ([]int, error) {
	reader := newReader(request)
	positions, err := part(ctx, reader, request, c.Part, c.By)
	if err != nil || len(positions) == 0 {
		return nil, err
	}
	labeled, _ := sorted(request.Labeled)
	centers, err := reader.vectors(ctx, labeled, c.Normalize)
	if err != nil {
		return nil, err
	}
	v, err := reader.vectors(ctx, at(request.Docs, positions), c.Normalize)
	if err != nil {
		return nil, err
	}
	nearest := make([]float64, v.n) // to its nearest center, squared
	for i := range nearest {
		nearest[i] = math.Inf(1)
	}
	cover := func(centers *vectors, from, to int) error {
		return inParallel(ctx, v.n, block(to-from), func(a, b int) error {
			for i := a; i < b; i++ {
				for j := from; j < to; j++ {
					nearest[i] = min(nearest[i], v.distance(i, centers, j))
				}
			}
			return nil
		})
	}
	if err := cover(centers, 0, centers.n); err != nil {
		return nil, err
	}
	b := newBatch(request, positions)
	for !b.full() {
		farthest := -1
		for i, d := range nearest {
			if !b.taken[i] && (farthest < 0 || d > nearest[farthest]) {
				farthest = i
			}
		}
		b.take(farthest)
		if err := cover(v, farthest, farthest+1); err != nil {
			return nil, err
		}
	}
	return b.chosen, nil
}
