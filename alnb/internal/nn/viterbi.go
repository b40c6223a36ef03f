package nn

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// viterbi returns the tags with the largest score, int32 [seq, batch], 0 at padding (Viterbi, "Error bounds for
// convolutional codes", IEEE Transactions on Information Theory 1967). The first loop computes the best score of a path
// to each position and tag,
//
//	δ_t(k) = scores[t, k] + max_j (δ_{t−1}(j) + transitions[j, k]);
//
// the second goes back, from y_n = argmax δ_n to y_t = argmax_j (δ_t(j) + transitions[j, y_{t+1}]). Of equal ones the
// tag with the smaller number is taken.
func (c crf) viterbi() *Node {
	g, dims := c.scores.Graph(), c.scores.Shape().Dimensions
	seq, batch, tags := dims[0], dims[1], dims[2]
	transitions := ExpandAxes(c.transitions, 0)           // [1, from, to]
	delta := Squeeze(Slice(c.scores, AxisRange(0, 1)), 0) // [batch, tags]
	forward := []*Node{c.scores, transitions}
	deltas := loop(1, seq, 1, forward, []*Node{delta, c.scores}, func(t *Node, fixed, state []*Node) []*Node {
		scores, transitions := fixed[0], fixed[1]
		best := Squeeze(maxInLoop(Add(ExpandAxes(state[0], -1), transitions), 1), 1) // [batch, tags]
		delta := Add(at(scores, t), best)                                            // [batch, tags]
		return []*Node{delta, put(state[1], t, delta)}
	})[1] // [seq, batch, tags]; of no meaning at padding

	last := AddScalar(c.lengths, -1)                         // [batch]
	into := TransposeAllAxes(c.transitions, 1, 0)            // [to, from]
	next := Zeros(g, shapes.Make(dtypes.Int32, batch))       // [batch]
	paths := Zeros(g, shapes.Make(dtypes.Int32, seq, batch)) // [seq, batch]
	back := []*Node{deltas, into, last, c.lengths}
	return loop(seq-1, -1, -1, back, []*Node{next, paths}, func(t *Node, fixed, state []*Node) []*Node {
		deltas, into, last, lengths := fixed[0], fixed[1], fixed[2], fixed[3]
		chosen := OneHot(state[0], tags, deltas.DType())                         // [batch, to]
		onward := DotGeneral(chosen, []int{1}, nil, into, []int{0}, nil)         // [batch, from]
		delta := at(deltas, t)                                                   // [batch, tags]
		tag := argMaxInLoop(Where(LessThan(t, last), Add(delta, onward), delta)) // [batch]
		tag = Where(LessThan(t, lengths), tag, Sub(tag, tag))                    // [batch]
		return []*Node{tag, put(state[1], t, tag)}
	})[1]
}
