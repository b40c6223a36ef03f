package nn

import (
	"math"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
)

// AdamW is the optimizer of Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (ICLR 2019), with the
// arithmetic of torch.optim.AdamW after torch.nn.utils.clip_grad_norm_.
type AdamW struct {
	Beta1, Beta2, Epsilon float64
	WeightDecay           float64
	ClipNorm              float64 // the gradients' largest global norm; 0 doesn't clip
}

// Scalars returns what changes from step to step, computed in float64: the learning rate and both bias corrections.
// step counts from 1.
func (a AdamW) Scalars(learningRate float64, step int) []float32 {
	return []float32{
		float32(learningRate),
		float32(1 - math.Pow(a.Beta1, float64(step))),
		float32(math.Sqrt(1 - math.Pow(a.Beta2, float64(step)))),
	}
}

// Clip scales the gradients down so that their global norm is at most ClipNorm.
func (a AdamW) Clip(gradients []*Node) []*Node {
	if a.ClipNorm == 0 {
		return gradients
	}
	var sum *Node // scalar
	for _, gradient := range gradients {
		square := ReduceAllSum(Square(gradient))
		if sum == nil {
			sum = square
		} else {
			sum = Add(sum, square)
		}
	}
	g := sum.Graph()
	scale := Min(Const(g, float32(1)), Div(Const(g, float32(a.ClipNorm)), AddScalar(Sqrt(sum), 1e-6))) // scalar
	clipped := make([]*Node, len(gradients))
	for i, gradient := range gradients {
		clipped[i] = Mul(gradient, scale)
	}
	return clipped
}

// Update returns a weight and its two moments after a step. scalars is float32 [3], from Scalars.
func (a AdamW) Update(name string, weight, gradient, m, v, scalars *Node) (newWeight, newM, newV *Node) {
	at := func(i int) *Node { return Reshape(Slice(scalars, AxisRange(i, i+1))) } // scalar
	rate, correction1, correction2 := at(0), at(1), at(2)
	newM = Add(MulScalar(m, a.Beta1), MulScalar(gradient, 1-a.Beta1))         // [like weight]
	newV = Add(MulScalar(v, a.Beta2), MulScalar(Square(gradient), 1-a.Beta2)) // [like weight]
	if Decays(name) && a.WeightDecay != 0 {
		weight = Sub(weight, Mul(weight, MulScalar(rate, a.WeightDecay))) // [like weight]
	}
	denominator := AddScalar(Div(Sqrt(newV), correction2), a.Epsilon) // [like weight]
	newWeight = Sub(weight, Mul(Div(rate, correction1), Div(newM, denominator)))
	return newWeight, newM, newV
}

// Decays tells whether weight decay applies to a weight: to all but biases and layer norms.
func Decays(name string) bool {
	return !strings.HasSuffix(name, ".bias") && !strings.Contains(name, "LayerNorm") && !strings.Contains(name, "layer_norm")
}
