package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// An Optimizer changes weights by their gradients.
type Optimizer interface {
	// Moments are the prefixes of the variables kept beside each weight, in its shape, zero at the start.
	Moments() []string
	// Scalars returns what changes from step to step; step counts from 1.
	Scalars(learningRate float64, step int) []float32
	// Update returns a weight and its moments after a step. scalars is float32 [n], from Scalars.
	Update(name string, weight, gradient *Node, moments []*Node, scalars *Node) (newWeight *Node, newMoments []*Node)
}

// ClipNorm scales gradients down so that their global norm is at most most, as torch.nn.utils.clip_grad_norm_ does; 0
// doesn't clip.
func ClipNorm(gradients []*Node, most float64) []*Node {
	if most == 0 {
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
	scale := Min(Const(g, float32(1)), Div(Const(g, float32(most)), AddScalar(Sqrt(sum), 1e-6))) // scalar
	clipped := make([]*Node, len(gradients))
	for i, gradient := range gradients {
		clipped[i] = Mul(gradient, scale)
	}
	return clipped
}

// scalarAt returns one of a vector's values.
func scalarAt(vector *Node, i int) *Node { return Reshape(Slice(vector, AxisRange(i, i+1))) } // scalar
