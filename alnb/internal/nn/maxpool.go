package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// maxOver is the largest of x over an axis where mask, bool in the shape of x, is true; it must be true somewhere. The
// gradient is shared out evenly among equals, as by torch.amax: GoMLX's own gives it to each of them in full.
func maxOver(x, mask *Node, axis int) *Node {
	x = Where(mask, x, BroadcastToShape(Scalar(x.Graph(), x.DType(), -1e30), x.Shape())) // [like x]
	most := ReduceMax(x, axis)                                                           // without the axis
	return withGradient(most, []*Node{x}, func(dMost *Node) []*Node {
		equal := ConvertDType(Equal(x, BroadcastToShape(ExpandAxes(most, axis), x.Shape())), x.DType()) // [like x]
		share := ExpandAxes(Div(dMost, ReduceSum(equal, axis)), axis)                                   // 1 at the axis
		return []*Node{Mul(equal, share)}                                                               // [like x]
	})
}
