package nn

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// viterbi returns the tags with the largest score, int32 [seq, rows], 0 at padding (Viterbi, "Error bounds for
// convolutional codes", IEEE Transactions on Information Theory 1967). The first loop computes the best score of a path
// to each position and tag,
//
//	δ_t(k) = scores[t, k] + max_j (δ_{t−1}(j) + transitions[j, k]);
//
// the second goes back, from y_n = argmax δ_n to y_t = argmax_j (δ_t(j) + transitions[j, y_{t+1}]). Of equal ones the
// tag with the smaller number is taken.
func (c crf) viterbi() *Node {
	g, dims := c.scores.Graph(), c.scores.Shape().Dimensions
	seq, rows, tags := dims[0], dims[1], dims[2]
	transitions := ExpandAxes(c.transitions, 0)           // [1, from, to]
	delta := Squeeze(Slice(c.scores, AxisRange(0, 1)), 0) // [rows, tags]
	forward := []*Node{c.scores, transitions, c.first}
	deltas := loop(1, seq, 1, forward, []*Node{delta, c.scores}, func(t *Node, fixed, state []*Node) []*Node {
		scores, transitions, first := at(fixed[0], t), fixed[1], at(fixed[2], t)
		best := Squeeze(maxInLoop(Add(ExpandAxes(state[0], -1), transitions), 1), 1) // [rows, tags]
		delta := Where(first, scores, Add(scores, best))                             // [rows, tags]
		return []*Node{delta, put(state[1], t, delta)}
	})[1] // [seq, rows, tags]; of no meaning at padding

	into := TransposeAllAxes(c.transitions, 1, 0)           // [to, from]
	next := Zeros(g, shapes.Make(dtypes.Int32, rows))       // [rows]
	paths := Zeros(g, shapes.Make(dtypes.Int32, seq, rows)) // [seq, rows]
	back := []*Node{deltas, into, c.last, c.real}
	return loop(seq-1, -1, -1, back, []*Node{next, paths}, func(t *Node, fixed, state []*Node) []*Node {
		delta, into, last, real := at(fixed[0], t), fixed[1], at(fixed[2], t), at(fixed[3], t)
		chosen := OneHot(state[0], tags, delta.DType())                  // [rows, to]
		onward := DotGeneral(chosen, []int{1}, nil, into, []int{0}, nil) // [rows, from]
		tag := argMaxInLoop(Where(last, delta, Add(delta, onward)))      // [rows]
		tag = Where(real, tag, Sub(tag, tag))                            // [rows]
		return []*Node{tag, put(state[1], t, tag)}
	})[1]
}
