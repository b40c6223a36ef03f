package pseudolabel

import (
	"cmp"
	"math"
	"slices"

	"github.com/alnb/alnb/alnb/keyed"
)

// A Filter decides which pseudo-labels a successor isn't trained on. It is a plain struct whose exported fields are its
// configuration.
type Filter interface {
	// Name identifies the filter in a run's configuration.
	Name() string
	// Check tells in a sentence which field is out of range.
	Check() error
	// By is the score of which the highest are dropped.
	By() Score
	// Share is what is dropped of the pseudo-labels, from 0 to 1, where the pseudo-labeler's quality is q.
	Share(q float64) float64
}

// A Score says how wrong a pseudo-label looks.
type Score string

// The scores.
const (
	// ByTracIn is the mean self-influence over the first successor's checkpoints, see [TracIn].
	ByTracIn Score = "tracin"
	// ByConfidence is how unsure the pseudo-labeler is, see [Confidence].
	ByConfidence Score = "confidence"
	// ByNothing is no score, of what drops nothing.
	ByNothing Score = ""
)

// scored is a score of each pseudo-label, the higher the worse it looks.
type scored struct {
	by     string
	scores []float64
}

// drop tells which pseudo-labels the plan's filter leaves out: round(share·n) of the highest scores.
func (h *HandOver) drop(q float64, scores []scored) []bool {
	filter := h.Plan.filter()
	dropped := make([]bool, len(h.Pool))
	n := int(math.Round(filter.Share(q) * float64(len(h.Pool))))
	for _, s := range scores {
		if s.by == string(filter.By()) {
			for _, position := range h.worst(s.scores)[:n] {
				dropped[position] = true
			}
		}
	}
	return dropped
}

// worst returns the positions of the pool, highest score first; ties in an order that hangs on neither the pool's nor the
// score.
func (h *HandOver) worst(scores []float64) []int {
	order, ties := make([]int, len(scores)), make([]uint64, len(scores))
	for i := range order {
		order[i], ties[i] = i, keyed.Key{Seed: h.Seed, Purpose: "pseudo-label ties", ID: h.Pool[i].ID}.Hash()
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(ties[a], ties[b]))
	})
	return order
}
