package query

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/alnb/alnb/alnb/keyed"
)

// A Top finds the documents that [Propose] proposes with a budget of so many documents, where they come one after the other and are too
// many for memory. Make it with NewTop.
type Top struct {
	n    int
	key  keyed.Key
	best []Scored // a heap with the last in the ranking on top
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
		t.best = append(t.best, s)
		for i := len(t.best) - 1; i > 0 && t.best[i].compare(t.best[(i-1)/2]) > 0; i = (i - 1) / 2 {
			t.best[i], t.best[(i-1)/2] = t.best[(i-1)/2], t.best[i]
		}
		return nil
	}
	if s.compare(t.best[0]) >= 0 {
		return nil
	}
	t.best[0] = s
	for i := 0; ; {
		last := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(t.best); child++ {
			if t.best[child].compare(t.best[last]) > 0 {
				last = child
			}
		}
		if last == i {
			return nil
		}
		t.best[i], t.best[last] = t.best[last], t.best[i]
		i = last
	}
}

// compare is below 0 where s comes before o in the ranking.
func (s Scored) compare(o Scored) int {
	return cmp.Or(cmp.Compare(o.Score, s.Score), cmp.Compare(s.tie, o.tie), cmp.Compare(s.ID, o.ID))
}

// Ranked returns what was found so far, the highest score first.
func (t *Top) Ranked() []Scored {
	ranked := slices.Clone(t.best)
	slices.SortFunc(ranked, Scored.compare)
	return ranked
}
