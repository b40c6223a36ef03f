package nn

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Reductions for the bodies of loops. GoMLX's own can't stand there: the function that XLA reduces with is made once, in
// the first closure that asks for it, and isn't to be had in others (go-xla v0.4.1).

// maxInLoop is the largest value over an axis, which stays, with size 1. It takes the larger of the two halves, which may
// overlap, until one is left.
func maxInLoop(x *Node, axis int) *Node {
	part := func(from, to int) *Node {
		axes := make([]SliceAxisSpec, x.Rank())
		for i := range axes {
			axes[i] = AxisRange()
		}
		axes[axis] = AxisRange(from, to)
		return Slice(x, axes...)
	}
	for size := x.Shape().Dim(axis); size > 1; size = x.Shape().Dim(axis) {
		half := (size + 1) / 2
		x = Max(part(0, half), part(size-half, size)) // [..., half, ...]
	}
	return x // [..., 1, ...]
}

// sumInLoop is the sum over an axis, as a product with ones.
func sumInLoop(x *Node, axis int) *Node {
	one := ConvertDType(Const(x.Graph(), float32(1)), x.DType())
	ones := BroadcastToDims(one, x.Shape().Dim(axis))           // [size]
	return DotGeneral(x, []int{axis}, nil, ones, []int{0}, nil) // without the axis
}

// logSumExp is log Σ exp over an axis.
func logSumExp(x *Node, axis int) *Node {
	most := maxInLoop(x, axis)                                               // [..., 1, ...]
	return Add(Log(sumInLoop(Exp(Sub(x, most)), axis)), Squeeze(most, axis)) // without the axis
}

// argMaxInLoop is the position of the largest of x's values in each row, the first of equals: [rows, columns] -> int32
// [rows].
func argMaxInLoop(x *Node) *Node {
	g, columns := x.Graph(), x.Shape().Dim(1)
	fromEnd := Sub(Const(g, int32(columns-1)), Iota(g, shapes.Make(dtypes.Int32, x.Shape().Dimensions...), 1)) // [rows, columns]
	most := BroadcastToDims(maxInLoop(x, 1), x.Shape().Dimensions...)                                          // [rows, columns]
	first := maxInLoop(Where(Equal(x, most), fromEnd, Const(g, int32(-1))), 1)                                 // [rows, 1]
	return Sub(Const(g, int32(columns-1)), Squeeze(first, 1))                                                  // [rows]
}
