package query

import (
	"context"
	"math"
	"slices"
)

// BADGE chooses documents whose gradients are long and differ from each other (Ash et al., "Deep Batch Active Learning by
// Diverse, Uncertain Gradient Lower Bounds", ICLR 2020, Algorithm 1). With p the probabilities of a document, y the
// one-hot vector of the most probable class and h the input of the last layer, the gradient of the loss by that layer's
// weight, were y the label, is
//
//	g = (p − y) ⊗ h
//
// The first document is that with the longest g; each further one is drawn with a probability in proportion to the squared
// distance of its g from the nearest chosen one, as k-means++ does. So does the authors' code (small-text
// 1.4.1 draws the first at random, and has −p in place of p − y). The g are never written out:
//
//	‖a⊗b − c⊗d‖² = |a|²|b|² + |c|²|d|² − 2 (a·c)(b·d)
//
// It needs a [GradientEmbedder]. It compares Part documents with each other, and costs a prediction and
// chosen × (classes + dim) multiplications for each of them.
type BADGE struct {
	Part int    `json:"part,omitempty"` // documents of the pool that are looked at, 1 or more; 0 stands for 10,000
	By   string `json:"by,omitempty"`   // which these are: ByRandom, the default, or ByUncertainty
}

// Name implements Strategy.
func (BADGE) Name() string { return "badge" }

// Check implements Checker.
func (s BADGE) Check(model any) error {
	if err := checkPart(s.Part, s.By, model); err != nil {
		return err
	}
	return needs[GradientEmbedder](model, noLastLayer)
}

// Select implements Selector.
func (s BADGE) Select(ctx context.Context, request Request) ([]int, error) {
	reader := newReader(request)
	positions, err := part(ctx, reader, request, s.Part, s.By)
	if err != nil || len(positions) == 0 {
		return nil, err
	}
	var g gradients
	if g.differences, g.inputs, err = reader.lastLayer(ctx, at(request.Docs, positions)); err != nil {
		return nil, err
	}
	longest := 0
	for i := range positions {
		if g.norm(i) > g.norm(longest) {
			longest = i
		}
	}
	draw := purpose(request.Key, "badge").Stream()
	nearest := make([]float64, len(positions)) // the squared distance to the nearest chosen one
	for i := range nearest {
		nearest[i] = math.Inf(1)
	}
	b := newBatch(request, positions)
	for next := longest; ; next = sample(nearest, b.taken, draw.Float64()) {
		b.take(next)
		if b.full() {
			return b.chosen, nil
		}
		err := inParallel(ctx, len(positions), block(2), func(from, to int) error {
			for i := from; i < to; i++ {
				nearest[i] = min(nearest[i], g.distance(i, next))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
}

// gradients are outer products, as their factors.
type gradients struct {
	differences *vectors // p − y
	inputs      *vectors // h
}

func (g gradients) norm(i int) float64 { return g.differences.norms[i] * g.inputs.norms[i] }

func (g gradients) distance(i, j int) float64 {
	return difference(g.norm(i), g.norm(j), dot(g.differences.row(i), g.differences.row(j))*dot(g.inputs.row(i), g.inputs.row(j)))
}

// lessPredicted returns p − y.
func lessPredicted(row []float32) []float32 {
	less := slices.Clone(row)
	best := 0
	for k, p := range row {
		if p > row[best] {
			best = k
		}
	}
	less[best]--
	return less
}

// sample draws a position that isn't taken with a probability in proportion to its weight; u is uniform in [0, 1). Where
// no weight is left, it is the first that isn't taken.
func sample(weights []float64, taken []bool, u float64) int {
	total := 0.0
	for i, w := range weights {
		if !taken[i] {
			total += w
		}
	}
	last := -1
	left := u * total
	for i, w := range weights {
		if taken[i] || w == 0 && total > 0 {
			continue
		}
		last = i
		if left -= w; left < 0 || total == 0 {
			break
		}
	}
	return last
}
