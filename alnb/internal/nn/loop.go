package nn

import (
	"slices"
	"strconv"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// loop computes state ← body(t, fixed, state) for t = first, first+stride, … before end, as one While: the program
// doesn't grow with the number of steps. body can use no other nodes made before the loop: XLA's closures capture
// nothing. Nor may it call functions that share scalar constants over the whole graph (AddScalar, OneMinus, ZerosLike
// and the like), which may have been made elsewhere. Const is safe.
//
// A While has no gradient in GoMLX: see withGradient.
func loop(first, end, stride int, fixed, state []*Node, body func(t *Node, fixed, state []*Node) []*Node) []*Node {
	g, n := state[0].Graph(), len(fixed)
	all := slices.Concat(fixed, state)
	parameters := func(g *Graph) (t *Node, inner []*Node) {
		t = Parameter(g, "t", shapes.Make(dtypes.Int32)) // scalar
		for i, node := range all {
			inner = append(inner, Parameter(g, "state"+strconv.Itoa(i), node.Shape()))
		}
		return t, inner
	}
	condition := NewClosure(g, func(g *Graph) []*Node {
		t, _ := parameters(g)
		if stride < 0 {
			return []*Node{GreaterThan(t, Const(g, int32(end)))}
		}
		return []*Node{LessThan(t, Const(g, int32(end)))}
	})
	step := NewClosure(g, func(g *Graph) []*Node {
		t, inner := parameters(g)
		out := append([]*Node{Add(t, Const(g, int32(stride)))}, inner[:n]...)
		return append(out, body(t, inner[:n], inner[n:])...)
	})
	return While(condition, step, append([]*Node{Const(g, int32(first))}, all...)...)[1+n:]
}

// at returns x[t], x [steps, ...] -> [...].
func at(x, t *Node) *Node {
	dims := x.Shape().Dimensions
	slice := DynamicSlice(x, leading(x, t), append([]int{1}, dims[1:]...)) // [1, ...]
	return Reshape(slice, dims[1:]...)                                     // [...]
}

// put returns x with x[t] = value, x [steps, ...], value [...].
func put(x, t, value *Node) *Node {
	value = Reshape(value, append([]int{1}, value.Shape().Dimensions...)...) // [1, ...]
	return DynamicUpdateSlice(x, value, leading(x, t))                       // [steps, ...]
}

// leading is the start of x[t] as DynamicSlice takes it.
func leading(x, t *Node) []*Node {
	starts := []*Node{t}
	for range x.Rank() - 1 {
		starts = append(starts, Const(x.Graph(), int32(0)))
	}
	return starts
}

// sameDocument tells of each token whether the one a step before, and the one a step after, is of its document: bool
// [seq, rows] twice. documents are int32 [seq, rows].
func sameDocument(documents *Node) [2]*Node {
	beside := neighbors(documents, AddScalar(documents, 1)) // at the ends another document
	return [2]*Node{Equal(documents, beside[0]), Equal(documents, beside[1])}
}

// neighbors returns what x [seq, ...] has one step before, and what one step after; at the ends it is what other has there.
func neighbors(x, other *Node) [2]*Node {
	seq := x.Shape().Dim(0)
	first, last := Slice(other, AxisRange(0, 1)), Slice(other, AxisRange(seq-1, seq)) // [1, ...]
	return [2]*Node{
		Slice(Concatenate([]*Node{first, x}, 0), AxisRange(0, seq)),  // [seq, ...]
		Slice(Concatenate([]*Node{x, last}, 0), AxisRange(1, seq+1)), // [seq, ...]
	}
}
