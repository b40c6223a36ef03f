package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// withGradient returns y, for which GoMLX has no gradient, with one of our own: backward gets the gradient of y and
// returns those of the inputs that y was computed from, in their shapes.
//
// GoMLX knows such a thing only for the identity. So the inputs are packed behind zeros in y's place, P = [0 | inputs],
// and pass an identity Q of P. Q's head, zero, is added to y: it gets the gradient of y, and the identity's gradient
// function turns that into the gradient of the rest of P. XLA removes the packing.
func withGradient(y *Node, inputs []*Node, backward func(dy *Node) []*Node) *Node {
	shape := y.Shape()
	pack := func(nodes []*Node) *Node {
		flat := []*Node{Reshape(ZerosLike(y), shape.Size())}
		for _, node := range nodes {
			flat = append(flat, Reshape(node, node.Shape().Size()))
		}
		return Concatenate(flat, 0) // [values of y and of nodes]
	}
	head := func(packed *Node) *Node {
		return Reshape(Slice(packed, AxisRange(0, shape.Size())), shape.Dimensions...) // [like y]
	}
	zero := head(IdentityWithCustomGradient(pack(inputs), func(_, gradient *Node) *Node {
		return pack(backward(head(gradient)))
	}))
	return Add(StopGradient(y), Sub(zero, StopGradient(zero)))
}
