// Package nn holds graph functions: encoders, heads, losses and optimizers, in GoMLX. Graph functions panic on
// mistakes, as GoMLX's do; package model turns that into errors.
package nn

import (
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Dropout sets values to zero at random while a model is trained. A nil Dropout passes everything on.
type Dropout struct {
	state *Node // the generator's, split at each use
}

// NewDropout returns a dropout whose whole randomness is the given generator state, uint64 [3].
func NewDropout(state *Node) *Dropout { return &Dropout{state: state} }

// Apply zeroes each value of x with probability p and scales the rest by 1/(1−p). The shape stays.
func (d *Dropout) Apply(x *Node, p float64) *Node {
	if d == nil || p == 0 {
		return x
	}
	g := x.Graph()
	var uniform *Node
	d.state, uniform = RandomUniform(d.state, shapes.Make(x.DType(), x.Shape().Dimensions...))
	keep := GreaterOrEqual(uniform, Const(g, float32(p)))
	return Where(keep, MulScalar(x, 1/(1-p)), ZerosLike(x))
}
