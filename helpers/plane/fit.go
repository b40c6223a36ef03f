package plane

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/optimize"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
)

const (
	masks = 10   // with which each labeled point is trained on
	decay = 1e-2 // of the head's weights
)

// fit minimizes the cross-entropy over all labeled points, each under several masks of dropout. The masks are drawn once,
// so that the loss is convex and its minimum the same each time.
func (m *Model) fit(docs []corpus.Document, at []Point, gold []int) error {
	var inputs [][]float64
	for i, p := range at {
		h := m.encode(p)
		for k := range masks {
			inputs = append(inputs, drop(h, keyed.Key{Seed: m.seed, Purpose: "plane, training", Round: k, ID: docs[i].ID}))
		}
	}
	each := 1 / float64(len(inputs))
	problem := optimize.Problem{
		Func: func(head []float64) float64 {
			loss := 0.0
			for _, w := range head {
				loss += decay / 2 * w * w
			}
			for i, h := range inputs {
				loss -= each * math.Log(max(m.predict(head, h)[gold[i/masks]], math.SmallestNonzeroFloat64))
			}
			return loss
		},
		Grad: func(gradient, head []float64) {
			for i, w := range head {
				gradient[i] = decay * w
			}
			for i, h := range inputs {
				p := m.predict(head, h)
				p[gold[i/masks]]--
				for c, difference := range p {
					row := gradient[c*(width+1) : (c+1)*(width+1)]
					for k, x := range h {
						row[k] += each * difference * x
					}
					row[width] += each * difference
				}
			}
		},
	}
	result, err := optimize.Minimize(problem, m.head, &optimize.Settings{GradientThreshold: 1e-5, MajorIterations: 500}, &optimize.LBFGS{})
	if err != nil {
		return fmt.Errorf("plane: train on %d points: %w", len(docs), err)
	}
	m.head = result.X
	return nil
}
