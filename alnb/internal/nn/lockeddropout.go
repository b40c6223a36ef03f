package nn

import (
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// wordDropout sets whole vectors of x [batch, seq, features] to zero with probability p, as Flair's WordDropout does: the
// rest is not scaled up.
func (d *Dropout) wordDropout(x *Node, p float64) *Node {
	if d == nil || p == 0 {
		return x
	}
	dims := x.Shape().Dimensions
	kept := d.Apply(Ones(x.Graph(), shapes.Make(x.DType(), dims[0], dims[1], 1)), p) // [batch, seq, 1], 0 or 1/(1−p)
	return Mul(x, ConvertDType(GreaterThan(kept, ZerosLike(kept)), x.DType()))       // [batch, seq, features]
}

// lockedDropout sets features of x [batch, seq, features] to zero with probability p, the same ones at all of a row's
// positions, and scales the rest by 1/(1−p): Flair's LockedDropout, after Gal and Ghahramani, "A Theoretically Grounded
// Application of Dropout in Recurrent Neural Networks" (NeurIPS 2016).
func (d *Dropout) lockedDropout(x *Node, p float64) *Node {
	if d == nil || p == 0 {
		return x
	}
	dims := x.Shape().Dimensions
	return Mul(x, d.Apply(Ones(x.Graph(), shapes.Make(x.DType(), dims[0], 1, dims[2])), p)) // [batch, seq, features]
}
