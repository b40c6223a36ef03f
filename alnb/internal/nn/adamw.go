package nn

import (
	"math"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
)

// AdamW is the optimizer of Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (ICLR 2019), with the
// arithmetic of torch.optim.AdamW.
type AdamW struct {
	Beta1, Beta2, Epsilon float64
	WeightDecay           float64
}

// Moments implements [Optimizer].
func (AdamW) Moments() []string { return []string{"adam.m:", "adam.v:"} }

// Scalars implements [Optimizer]: the learning rate and both bias corrections, computed in float64.
func (a AdamW) Scalars(learningRate float64, step int) []float32 {
	return []float32{
		float32(learningRate),
		float32(1 - math.Pow(a.Beta1, float64(step))),
		float32(math.Sqrt(1 - math.Pow(a.Beta2, float64(step)))),
	}
}

// Update implements [Optimizer].
func (a AdamW) Update(name string, weight, gradient *Node, moments []*Node, scalars *Node) (*Node, []*Node) {
	rate, correction1, correction2 := scalarAt(scalars, 0), scalarAt(scalars, 1), scalarAt(scalars, 2)
	m, v := moments[0], moments[1]
	newM := Add(MulScalar(m, a.Beta1), MulScalar(gradient, 1-a.Beta1))         // [like weight]
	newV := Add(MulScalar(v, a.Beta2), MulScalar(Square(gradient), 1-a.Beta2)) // [like weight]
	if Decays(name) && a.WeightDecay != 0 {
		weight = Sub(weight, Mul(weight, MulScalar(rate, a.WeightDecay))) // [like weight]
	}
	denominator := AddScalar(Div(Sqrt(newV), correction2), a.Epsilon) // [like weight]
	newWeight := Sub(weight, Mul(Div(rate, correction1), Div(newM, denominator)))
	return newWeight, []*Node{newM, newV}
}

// Decays tells whether weight decay applies to a weight: to all but biases and layer norms, as in transformers' Trainer.
func Decays(name string) bool {
	return !strings.Contains(name, "bias") && !strings.Contains(name, "LayerNorm") && !strings.Contains(name, "layer_norm")
}
