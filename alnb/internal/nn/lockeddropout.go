package nn

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// wordDropout sets whole vectors of x [seq, rows, features] to zero with probability p, as Flair's WordDropout does: the
// rest is not scaled up. What is drawn for a word doesn't depend on how many rows there are.
func (d *Dropout) wordDropout(x *Node, p float64) *Node {
	if d == nil || p == 0 {
		return x
	}
	seq, rows := x.Shape().Dim(0), x.Shape().Dim(1)
	shape := shapes.Make(dtypes.Uint32, seq, rows, 1)
	ones := Ones(x.Graph(), shapes.Make(x.DType(), seq, rows, 1))
	place := Add(MulScalar(Iota(x.Graph(), shape, 1), seq), Iota(x.Graph(), shape, 0)) // [seq, rows, 1]
	kept := d.applyAt(ones, place, p)                                                  // [seq, rows, 1], 0 or 1/(1−p)
	return Mul(x, ConvertDType(GreaterThan(kept, ZerosLike(kept)), x.DType()))         // [seq, rows, features]
}

// lockedDropout sets features of x [seq, rows, features] to zero with probability p, the same ones for all words of a
// document, and scales the rest by 1/(1−p): Flair's LockedDropout, after Gal and Ghahramani, "A Theoretically Grounded
// Application of Dropout in Recurrent Neural Networks" (NeurIPS 2016). documents is int32 [seq, rows]: which of its row's
// documents a word is of, less than seq.
func (d *Dropout) lockedDropout(x, documents *Node, p float64) *Node {
	if d == nil || p == 0 {
		return x
	}
	seq, rows, features := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2)
	row := Iota(x.Graph(), shapes.Make(dtypes.Int32, seq, rows), 1)                     // [seq, rows]
	document := ConvertDType(Add(MulScalar(row, seq), documents), dtypes.Uint32)        // [seq, rows], a number for each document
	feature := Iota(x.Graph(), shapes.Make(dtypes.Uint32, seq, rows, features), 2)      // [seq, rows, features]
	return d.applyAt(x, Add(MulScalar(ExpandAxes(document, -1), features), feature), p) // [seq, rows, features]
}
