package query

import (
	"cmp"
	"container/heap"
	"fmt"
	"slices"

	"github.com/alnb/alnb/alnb/keyed"
)

// A Top finds the documents that [Propose] proposes with a budget of so many documents, where they come one after the other and are too
// many for memory. Make it with NewTop.
type Top struct {
	n    int
	key  keyed.Key
	best lastFirst
}

// Scored is a document with its score.
type Scored struct {
	ID    string
	Score float64
	tie   uint64
}

// NewTop is for the n documents with the highest scores; ties are broken by the key and their IDs.
func NewTop(n int, key keyed.Key) *Top { return &Top{n: n, key: key} }

// Add shows it a document. It fails where the score isn't a number.
func (t *Top) Add(id string, score float64) error {
	if !finite(score) {
		return fmt.Errorf("query: document %s has the score %g", id, score)
	}
	if t.n <= 0 || len(t.best) == t.n && score < t.best[0].Score {
		return nil
	}
	key := t.key
	key.ID = id
	s := Scored{id, score, key.Hash()}
	if len(t.best) < t.n {
		heap.Push(&t.best, s)
	} else if s.compare(t.best[0]) < 0 {
		t.best[0] = s
		heap.Fix(&t.best, 0)
	}
	return nil
}

// compare is below 0 where s comes before o in the ranking.
func (s Scored) compare(o Scored) int {
	return cmp.Or(cmp.Compare(o.Score, s.Score), cmp.Compare(s.tie, o.tie), cmp.Compare(s.ID, o.ID))
}

// Ranked returns what was found so far, the highest score first.
func (t *Top) Ranked() []Scored {
	ranked := slices.Clone([]Scored(t.best))
	slices.SortFunc(ranked, Scored.compare)
	return ranked
}

// lastFirst is a heap with the last in the ranking on top.
type lastFirst []Scored

func (h lastFirst) Len() int           { return len(h) }
func (h lastFirst) Less(i, j int) bool { return h[i].compare(h[j]) > 0 }
func (h lastFirst) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *lastFirst) Push(x any)        { *h = append(*h, x.(Scored)) }
func (h *lastFirst) Pop() any {
	last := len(*h) - 1
	popped := (*h)[last]
	*h = (*h)[:last]
	return popped
}
