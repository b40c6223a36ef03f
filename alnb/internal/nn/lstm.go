package nn

import (
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// lstmDirections end the weight names of the two directions.
var lstmDirections = [2]string{"", "_reverse"}

// lstmShapes adds the shapes of a bidirectional LSTM's weights.
func lstmShapes(shapes map[string][]int, name string, in, hidden int) {
	for _, direction := range lstmDirections {
		shapes[name+".weight_ih_l0"+direction] = []int{4 * hidden, in}
		shapes[name+".weight_hh_l0"+direction] = []int{4 * hidden, hidden}
		shapes[name+".bias_ih_l0"+direction] = []int{4 * hidden}
		shapes[name+".bias_hh_l0"+direction] = []int{4 * hidden}
	}
}

// biLSTM is a bidirectional LSTM (Hochreiter and Schmidhuber, Neural Computation 1997, with forget gates) in the
// arithmetic of torch.nn.LSTM on packed sequences: for each token
//
//	i, f, o = σ(W x + U h + b), g = tanh(W x + U h + b), c ← f·c + i·g, h ← o·tanh(c),
//
// one direction from the first token on, the other from each row's last. x [batch, seq, in] and lengths int32 [batch]
// give h [batch, seq, 2·hidden], zero at padding.
//
// W x is one product before the loop; what depends on the last h is a single loop for both directions, and its gradient
// another one: see lstmScan.
func biLSTM(w Weights, name string, x, lengths *Node) *Node {
	seq := x.Shape().Dim(1)
	x = TransposeAllAxes(x, 1, 0, 2) // [seq, batch, in]
	var inputs, recurrent [2]*Node
	for i, direction := range lstmDirections {
		if i == 1 {
			x = reversed(x) // [seq, batch, in], the last first
		}
		bias := Add(w(name+".bias_ih_l0"+direction), w(name+".bias_hh_l0"+direction))              // [4·hidden]
		product := DotGeneral(x, []int{-1}, nil, w(name+".weight_ih_l0"+direction), []int{1}, nil) // [seq, batch, 4·hidden]
		inputs[i] = Add(product, ExpandLeftToRank(bias, 3))                                        // [seq, batch, 4·hidden]
		recurrent[i] = w(name + ".weight_hh_l0" + direction)                                       // [4·hidden, hidden]
	}
	mask := ConvertDType(realTokens(seq, lengths), x.DType())        // [seq, batch]
	mask = ExpandAxes(Stack([]*Node{mask, Reverse(mask, 0)}, 1), -1) // [seq, 2, batch, 1]
	h := lstmScan(Stack(inputs[:], 1), Stack(recurrent[:], 0), mask) // [seq, 2, batch, hidden]
	one := func(i int) *Node {
		return Squeeze(Slice(h, AxisRange(), AxisRange(i, i+1)), 1) // [seq, batch, hidden]
	}
	both := Concatenate([]*Node{one(0), reversed(one(1))}, -1) // [seq, batch, 2·hidden]
	return TransposeAllAxes(both, 1, 0, 2)                     // [batch, seq, 2·hidden]
}

// reversed is x with the first axis backwards, and has a gradient, which GoMLX's Reverse lacks.
func reversed(x *Node) *Node {
	return withGradient(Reverse(x, 0), []*Node{x}, func(dy *Node) []*Node { return []*Node{Reverse(dy, 0)} })
}

// lstmScan runs two LSTMs side by side. Steps are in the order in which each reads: a row's padding is at the end for the
// first and at the start for the second, and since mask (1 at tokens, 0 at padding) keeps the state at zero there, the
// second starts at the row's last token.
//
// inputs [seq, 2, batch, 4·hidden] are W x + b, recurrent [2, 4·hidden, hidden] U, mask [seq, 2, batch, 1]; the result is
// h [seq, 2, batch, hidden].
//
// The loop also keeps what its gradient multiplies with. With δ the gradient of a step's value, ₋ the step before and ₊
// the one after,
//
//	δh = (from outside) + Uᵀ (gates' δ)₊, δc = δh·o·(1 − tanh²(c)) + f₊·δc₊,
//	δi = δc·g, δf = δc·c₋, δg = δc·i, δo = δh·tanh(c), each taken on through its σ or tanh,
//
// so that is o·(1 − tanh²(c)), f, and the gates' slopes g·i·(1 − i), c₋·f·(1 − f), i·(1 − g²) and tanh(c)·o·(1 − o).
// Where only h is asked for, XLA leaves it out.
func lstmScan(inputs, recurrent, mask *Node) *Node {
	dims := inputs.Shape().Dimensions
	seq, batch, hidden := dims[0], dims[2], dims[3]/4
	zeros := Zeros(inputs.Graph(), shapes.Make(inputs.DType(), seq, 2, batch, hidden)) // [seq, 2, batch, hidden]
	zero := Squeeze(Slice(zeros, AxisRange(0, 1)), 0)                                  // [2, batch, hidden]
	transposed := TransposeAllAxes(recurrent, 0, 2, 1)                                 // [2, hidden, 4·hidden]
	fixed := []*Node{inputs, transposed, mask}
	initial := []*Node{zero, zero, zeros, zeros, zeros, ZerosLike(inputs)}
	states := loop(0, seq, 1, fixed, initial, func(t *Node, fixed, state []*Node) []*Node {
		inputs, transposed, mask := fixed[0], fixed[1], fixed[2]
		one := ConvertDType(Const(inputs.Graph(), float32(1)), inputs.DType()) // scalar
		h, c, m := state[0], state[1], at(mask, t)                             // [2, batch, hidden] twice, [2, batch, 1]
		sums := Add(at(inputs, t), batched(h, transposed))                     // [2, batch, 4·hidden]
		in, forget, candidate, out := lstmGates(sums)                          // [2, batch, hidden]
		before := c
		c = Mul(m, Add(Mul(forget, c), Mul(in, candidate)))     // [2, batch, hidden]
		squashed := Tanh(c)                                     // [2, batch, hidden]
		h = Mul(m, Mul(out, squashed))                          // [2, batch, hidden]
		through := Mul(m, Mul(out, Sub(one, Square(squashed)))) // [2, batch, hidden]
		slopes := Mul(m, Concatenate([]*Node{
			Mul(candidate, Mul(in, Sub(one, in))), Mul(before, Mul(forget, Sub(one, forget))),
			Mul(in, Sub(one, Square(candidate))), Mul(squashed, Mul(out, Sub(one, out))),
		}, -1)) // [2, batch, 4·hidden]
		return []*Node{
			h, c, put(state[2], t, h), put(state[3], t, through), put(state[4], t, forget), put(state[5], t, slopes),
		}
	})
	hs := states[2] // [seq, 2, batch, hidden]
	return withGradient(hs, []*Node{inputs, recurrent}, func(dhs *Node) []*Node {
		return lstmScanGradient(recurrent, hs, states[3], states[4], states[5], dhs)
	})
}

// lstmScanGradient goes through the steps backwards, with what lstmScan has kept; the gradient of U is one product after
// the loop. It returns the gradients of inputs and of recurrent.
func lstmScanGradient(recurrent, hs, through, forget, slopes, dhs *Node) []*Node {
	zero := ZerosLike(Squeeze(Slice(hs, AxisRange(0, 1)), 0)) // [2, batch, hidden]
	fixed := []*Node{dhs, through, forget, slopes, recurrent}
	initial := []*Node{zero, zero, ZerosLike(slopes)}
	states := loop(hs.Shape().Dim(0)-1, -1, -1, fixed, initial, func(t *Node, fixed, state []*Node) []*Node {
		dh := Add(at(fixed[0], t), state[0])                                   // [2, batch, hidden]
		dc := Add(Mul(dh, at(fixed[1], t)), state[1])                          // [2, batch, hidden]
		sums := Mul(Concatenate([]*Node{dc, dc, dc, dh}, -1), at(fixed[3], t)) // [2, batch, 4·hidden]
		return []*Node{batched(sums, fixed[4]), Mul(dc, at(fixed[2], t)), put(state[2], t, sums)}
	})
	dInputs := states[2]                                               // [seq, 2, batch, 4·hidden]
	before := Concatenate([]*Node{ExpandAxes(zero, 0), hs}, 0)         // [seq+1, 2, batch, hidden]
	before = Slice(before, AxisRange(0, hs.Shape().Dim(0)))            // [seq, 2, batch, hidden]
	return []*Node{dInputs, Einsum("sdbg,sdbh->dgh", dInputs, before)} // the second [2, 4·hidden, hidden]
}

// lstmGates splits the sums W x + U h + b, [..., 4·hidden], in PyTorch's order and squashes them: 4 of [..., hidden].
func lstmGates(sums *Node) (in, forget, candidate, out *Node) {
	hidden := sums.Shape().Dim(-1) / 4
	part := func(i int) *Node {
		return Slice(sums, AxisRange().Spacer(), AxisRange(i*hidden, (i+1)*hidden)) // [..., hidden]
	}
	return Logistic(part(0)), Logistic(part(1)), Tanh(part(2)), Logistic(part(3))
}

// batched multiplies [2, a, b] by [2, b, c].
func batched(x, y *Node) *Node { return DotGeneral(x, []int{2}, []int{0}, y, []int{1}, []int{0}) } // [2, a, c]
