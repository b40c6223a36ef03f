package query

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
)

// Ranking returns the positions of all documents, that with the highest score first. Ties, and with them all documents
// where scores is nil, are broken at random by the key and the document's ID. It fails where a score is missing or not a
// number.
func Ranking(docs []corpus.Document, scores []float64, key keyed.Key) ([]int, error) {
	r, err := newRanked(docs, scores, key)
	if err != nil {
		return nil, err
	}
	return r.first(context.Background(), len(docs))
}

// ranked is documents in the order of a ranking, of which only the beginning may be wanted.
type ranked struct {
	docs   []corpus.Document
	scores []float64
	key    keyed.Key
	ties   []uint64 // hashes of the documents that were compared to one of the same score
	hashed []bool
}

func newRanked(docs []corpus.Document, scores []float64, key keyed.Key) (*ranked, error) {
	if scores != nil && len(scores) != len(docs) {
		return nil, fmt.Errorf("query: %d scores for %d documents", len(scores), len(docs))
	}
	for i, s := range scores {
		if !finite(s) {
			return nil, fmt.Errorf("query: document %s has the score %g", docs[i].ID, s)
		}
	}
	return &ranked{docs: docs, scores: scores, key: key, ties: make([]uint64, len(docs)), hashed: make([]bool, len(docs))}, nil
}

// compare is below 0 where the document at a comes before that at b.
func (r *ranked) compare(a, b int) int {
	if a == b {
		return 0
	}
	if r.scores != nil && r.scores[a] != r.scores[b] {
		return cmp.Compare(r.scores[b], r.scores[a])
	}
	return cmp.Or(cmp.Compare(r.tie(a), r.tie(b)), cmp.Compare(r.docs[a].ID, r.docs[b].ID))
}

func (r *ranked) tie(i int) uint64 {
	if !r.hashed[i] {
		key := r.key
		key.ID = r.docs[i].ID
		r.ties[i], r.hashed[i] = key.Hash(), true
	}
	return r.ties[i]
}

// first returns the first n positions.
func (r *ranked) first(ctx context.Context, n int) ([]int, error) {
	n = min(n, len(r.docs))
	if n == 0 {
		return nil, ctx.Err()
	}
	// A heap of the best n so far, with the last of them on top.
	best := make([]int, n)
	for i := range best {
		best[i] = i
	}
	if n < len(r.docs) {
		for i := n/2 - 1; i >= 0; i-- {
			r.sink(best, i)
		}
	}
	for i := n; i < len(r.docs); i++ {
		if i%4096 == 0 && ctx.Err() != nil {
			break
		}
		if r.compare(i, best[0]) < 0 {
			best[0] = i
			r.sink(best, 0)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(best, r.compare)
	return best, nil
}

// sink moves heap[i] below all that come after it in the ranking.
func (r *ranked) sink(heap []int, i int) {
	for {
		child := 2*i + 1
		if child >= len(heap) {
			return
		}
		if child+1 < len(heap) && r.compare(heap[child], heap[child+1]) < 0 {
			child++
		}
		if r.compare(heap[i], heap[child]) >= 0 {
			return
		}
		heap[i], heap[child] = heap[child], heap[i]
		i = child
	}
}

// fill returns the first positions, at least so many, that spend the budget.
func (r *ranked) fill(ctx context.Context, budget Budget, atLeast int) ([]int, error) {
	n := max(atLeast, budget.Docs)
	if budget.Words > 0 {
		n = max(n, 256)
	}
	for {
		positions, err := r.first(ctx, n)
		if err != nil {
			return nil, err
		}
		enough := budget.Fill(r.docs, positions)
		if budget.Words == 0 || enough < len(positions) || len(positions) == len(r.docs) {
			return positions[:min(len(positions), max(enough, atLeast))], nil
		}
		n *= 8
	}
}
