package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// SGD is stochastic gradient descent with momentum, in the arithmetic of torch.optim.SGD: b ← momentum·b + gradient,
// weight ← weight − rate·b. Weight decay is added to the gradient.
type SGD struct {
	Momentum    float64
	WeightDecay float64
}

// Moments implements [Optimizer].
func (SGD) Moments() []string { return []string{"momentum:"} }

// Scalars implements [Optimizer]: the learning rate.
func (SGD) Scalars(learningRate float64, _ int) []float32 { return []float32{float32(learningRate)} }

// Update implements [Optimizer].
func (s SGD) Update(name string, weight, gradient *Node, moments []*Node, scalars *Node) (*Node, []*Node) {
	if Decays(name) && s.WeightDecay != 0 {
		gradient = Add(gradient, MulScalar(weight, s.WeightDecay)) // [like weight]
	}
	velocity := Add(MulScalar(moments[0], s.Momentum), gradient) // [like weight]
	return Sub(weight, Mul(velocity, scalarAt(scalars, 0))), []*Node{velocity}
}
