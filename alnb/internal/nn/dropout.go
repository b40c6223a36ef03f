// Package nn holds graph functions: encoders, heads, losses and optimizers, in GoMLX. Graph functions panic on
// mistakes, as GoMLX's do; package model turns that into errors.
package nn

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Dropout sets values to zero at random while a model is trained. A nil Dropout passes everything on.
//
// Whether a value is kept is a hash of the key, the place in the network and the value's position. XLA fuses that into
// the operations around it, forward and backward, and keeps no mask in memory; GoMLX's Philox generator took 40 % of a
// training step.
type Dropout struct {
	key   *Node // uint32 [2]
	sites uint32
}

// NewDropout returns a dropout whose whole randomness is the key, uint32 [2].
func NewDropout(key *Node) *Dropout { return &Dropout{key: key} }

// Apply zeroes each value of x with probability p and scales the rest by 1/(1−p). The shape stays. p is in [0, 1).
func (d *Dropout) Apply(x *Node, p float64) *Node {
	if d == nil || p == 0 {
		return x
	}
	position := IotaFull(x.Graph(), shapes.Make(dtypes.Uint32, x.Shape().Dimensions...)) // [like x]
	return d.applyAt(x, position, p)                                                     // [like x]
}

// applyAt is Apply with a number of each value's own, uint32 in the shape of x: values with the same number are kept or
// dropped together.
func (d *Dropout) applyAt(x, position *Node, p float64) *Node {
	g := x.Graph()
	d.sites++
	first := mix(Add(scalarAt(d.key, 0), Const(g, d.sites)))                           // scalar
	bits := mix(BitwiseXor(mix(Add(position, first)), Add(scalarAt(d.key, 1), first))) // [like x]
	keep := GreaterOrEqual(bits, Const(g, uint32(math.Round(p*(1<<32)))))              // [like x]
	return Where(keep, MulScalar(x, 1/(1-p)), ZerosLike(x))                            // [like x]
}

// mix is the finalizer of MurmurHash3 (Austin Appleby, public domain): a bijection of uint32 in which every bit of the
// input moves every bit of the output about half of the time.
func mix(x *Node) *Node {
	g := x.Graph()
	shift := func(x *Node, by int) *Node { return BitwiseXor(x, BitwiseShiftRightLogicalScalar(x, by)) }
	x = Mul(shift(x, 16), Const(g, uint32(0x85ebca6b)))
	x = Mul(shift(x, 13), Const(g, uint32(0xc2b2ae35)))
	return shift(x, 16)
}
