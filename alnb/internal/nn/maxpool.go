package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// maxOver is the largest of x over an axis where mask, bool in the shape of x, is true; it must be true somewhere. The
// gradient is shared out evenly among equals, as by torch.amax: GoMLX's own gives it to each of them in full.
func maxOver(x, mask *Node, axis int) *Node {
	x = Where(mask, x, BroadcastToShape(Scalar(x.Graph(), x.DType(), -1e30), x.Shape())) // [like x]
	most := ReduceAndKeep(StopGradient(x), ReduceMax, axis)                              // 1 at the axis
	equal := StopGradient(ConvertDType(GreaterOrEqual(x, most), x.DType()))              // [like x]
	shared := Div(equal, ReduceAndKeep(equal, ReduceSum, axis))                          // [like x]
	sum := ReduceSum(Mul(x, shared), axis)                                               // without the axis
	return Add(Squeeze(most, axis), Sub(sum, StopGradient(sum)))
}
