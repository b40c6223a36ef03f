package nn

import (
	"slices"

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
// one direction from a document's first token on, the other from its last. x is [seq, rows, in] or, with tokens, int32
// [seq, rows], a table [n, in] in which they are looked up. A row may hold several documents, one after the other:
// documents, int32 [seq, rows], tells which one a token is of, and a state goes from a token to its neighbor only within
// one. The result is h, [seq, rows, 2·hidden].
//
// W x is one product before the loop, of a table's rows where there is one; what depends on the last h is a single loop for
// both directions, and its gradient another one: see lstmScan.
func biLSTM(w Weights, name string, x, tokens, documents *Node) *Node {
	s := lstmScan{tokens: tokens}
	for i, direction := range lstmDirections {
		bias := Add(w(name+".bias_ih_l0"+direction), w(name+".bias_hh_l0"+direction))              // [4·hidden]
		product := DotGeneral(x, []int{-1}, nil, w(name+".weight_ih_l0"+direction), []int{1}, nil) // [..., 4·hidden]
		s.inputs[i] = Add(product, ExpandLeftToRank(bias, x.Rank()))                               // [..., 4·hidden]
		s.recurrent[i] = w(name + ".weight_hh_l0" + direction)                                     // [4·hidden, hidden]
	}
	none := Sub(documents, AddScalar(documents, 2)) // [seq, rows], no document's number
	for i, neighbor := range neighbors(documents, none) {
		s.carry[i] = ExpandAxes(ConvertDType(Equal(documents, neighbor), x.DType()), -1) // [seq, rows, 1]
	}
	return s.run()
}

// An lstmScan runs two LSTMs side by side, the second from the last step to the first.
type lstmScan struct {
	inputs    [2]*Node // W x + b, [seq, rows, 4·hidden] or, with tokens, [n, 4·hidden]
	tokens    *Node    // int32 [seq, rows], which of n inputs a step takes; may be nil
	recurrent [2]*Node // U, [4·hidden, hidden]
	carry     [2]*Node // 1 where a step goes on with the state of the one before it, else 0: [seq, rows, 1]
}

// run returns h, [seq, rows, 2·hidden].
//
// Both directions go through the loop together, step t of one beside step seq−1−t of the other: XLA spreads work of this
// size over the processor's cores only where it is one operation. The loop also keeps each step's gates and c, which its
// gradient needs; where only h is asked for, XLA leaves that out.
func (s lstmScan) run() *Node {
	seq, rows, hidden := s.carry[0].Shape().Dim(0), s.carry[0].Shape().Dim(1), s.recurrent[0].Shape().Dim(1)
	zeros := Zeros(s.carry[0].Graph(), shapes.Make(s.carry[0].DType(), seq, 2, rows, hidden)) // [seq, 2, rows, hidden]
	zero := Squeeze(Slice(zeros, AxisRange(0, 1)), 0)                                         // [2, rows, hidden]
	allGates := Zeros(zeros.Graph(), shapes.Make(zeros.DType(), seq, 2, rows, 4*hidden))      // [seq, 2, rows, 4·hidden]
	recurrent := Stack(s.recurrent[:], 0)                                                     // [2, 4·hidden, hidden]
	carry := inOrder(s.carry[0], s.carry[1])                                                  // [seq, 2, rows, 1]
	fixed := []*Node{TransposeAllAxes(recurrent, 0, 2, 1), carry, s.inputs[0], s.inputs[1]}
	if s.tokens != nil {
		fixed = append(fixed, s.tokens)
	}
	initial := []*Node{zero, zero, zeros, zeros, allGates}
	states := loop(0, seq, 1, fixed, initial, func(t *Node, fixed, state []*Node) []*Node {
		input := at
		if s.tokens != nil {
			input = func(table, t *Node) *Node { return Gather(table, ExpandAxes(at(fixed[4], t), -1)) } // [rows, 4·hidden]
		}
		back := Sub(Const(t.Graph(), int32(seq-1)), t)
		x := Stack([]*Node{input(fixed[2], t), input(fixed[3], back)}, 0) // [2, rows, 4·hidden]
		m := at(fixed[1], t)                                              // [2, rows, 1]
		h, c := Mul(m, state[0]), Mul(m, state[1])                        // [2, rows, hidden]
		gates := lstmGates(Add(x, batched(h, fixed[0])))                  // 4 of [2, rows, hidden]
		c = Add(Mul(gates[1], c), Mul(gates[0], gates[2]))                // [2, rows, hidden]
		h = Mul(gates[3], Tanh(c))                                        // [2, rows, hidden]
		kept := Concatenate(gates, -1)                                    // [2, rows, 4·hidden]
		return []*Node{h, c, put(state[2], t, h), put(state[3], t, c), put(state[4], t, kept)}
	})
	hs, cs, gates := states[2], states[3], states[4]
	ahead, back := directions(hs)              // [seq, rows, hidden] twice
	h := Concatenate([]*Node{ahead, back}, -1) // [seq, rows, 2·hidden]
	return withGradient(h, slices.Concat(s.inputs[:], s.recurrent[:]), func(dh *Node) []*Node {
		return s.gradient(recurrent, carry, hs, cs, gates, dh)
	})
}

// inOrder puts what two directions read beside each other, each in its own order: twice [seq, ...] -> [seq, 2, ...].
func inOrder(ahead, back *Node) *Node { return Stack([]*Node{ahead, Reverse(back, 0)}, 1) }

// directions takes apart what inOrder put together.
func directions(x *Node) (ahead, back *Node) {
	one := func(i int) *Node { return Squeeze(Slice(x, AxisRange(), AxisRange(i, i+1)), 1) } // [seq, ...]
	return one(0), Reverse(one(1), 0)
}

// gradient goes through the steps backwards. With δ the gradient of a step's value, ₋ the step before, ₊ the one after, and
// m the carry,
//
//	δh = (from outside) + m₊·Uᵀ (gates' δ)₊, δc = δh·o·(1 − tanh²(c)) + m₊·f₊·δc₊,
//	δi = δc·g, δf = δc·m·c₋, δg = δc·i, δo = δh·tanh(c), each taken on through its σ or tanh.
//
// The gradient of U is one product after the loop. It returns the gradients of both inputs and of both U.
func (s lstmScan) gradient(recurrent, carry, hs, cs, gates, dh *Node) []*Node {
	seq, hidden := hs.Shape().Dim(0), hs.Shape().Dim(3)
	zero := ZerosLike(Squeeze(Slice(hs, AxisRange(0, 1)), 0)) // [2, rows, hidden]
	half := func(i int) *Node { return Slice(dh, AxisRange(), AxisRange(), AxisRange(i*hidden, (i+1)*hidden)) }
	outside := inOrder(half(0), half(1)) // [seq, 2, rows, hidden]
	before := func(x *Node) *Node { return Mul(neighbors(x, x)[0], carry) }
	fixed := []*Node{outside, cs, before(cs), gates, carry, recurrent}
	initial := []*Node{zero, zero, ZerosLike(gates)}
	sums := loop(seq-1, -1, -1, fixed, initial, func(t *Node, fixed, state []*Node) []*Node {
		one := ConvertDType(Const(t.Graph(), float32(1)), outside.DType()) // scalar
		squashed, last, m := Tanh(at(fixed[1], t)), at(fixed[2], t), at(fixed[4], t)
		all := at(fixed[3], t) // [2, rows, 4·hidden]
		part := func(k int) *Node { return Slice(all, AxisRange(), AxisRange(), AxisRange(k*hidden, (k+1)*hidden)) }
		in, forget, candidate, output := part(0), part(1), part(2), part(3)   // [2, rows, hidden]
		dh := Add(at(fixed[0], t), state[0])                                  // [2, rows, hidden]
		dc := Add(Mul(dh, Mul(output, Sub(one, Square(squashed)))), state[1]) // [2, rows, hidden]
		sums := Concatenate([]*Node{
			Mul(dc, Mul(candidate, Mul(in, Sub(one, in)))), Mul(dc, Mul(last, Mul(forget, Sub(one, forget)))),
			Mul(dc, Mul(in, Sub(one, Square(candidate)))), Mul(dh, Mul(squashed, Mul(output, Sub(one, output)))),
		}, -1) // [2, rows, 4·hidden]
		return []*Node{Mul(m, batched(sums, fixed[5])), Mul(m, Mul(dc, forget)), put(state[2], t, sums)}
	})[2] // [seq, 2, rows, 4·hidden]
	ahead, back := directions(sums)                          // [seq, rows, 4·hidden] twice
	dRecurrent := Einsum("sdbg,sdbh->dgh", sums, before(hs)) // [2, 4·hidden, hidden]
	first, second := Slice(dRecurrent, AxisRange(0, 1)), Slice(dRecurrent, AxisRange(1, 2))
	if s.tokens != nil {
		looked := func(i int, sums *Node) *Node {
			return ScatterSum(ZerosLike(s.inputs[i]), ExpandAxes(s.tokens, -1), sums, false, false) // [n, 4·hidden]
		}
		ahead, back = looked(0, ahead), looked(1, back)
	}
	return []*Node{ahead, back, Squeeze(first, 0), Squeeze(second, 0)}
}

// lstmGates splits the sums W x + U h + b, [..., 4·hidden], in PyTorch's order and squashes them: the gates in, forget,
// candidate and output, [..., hidden] each.
func lstmGates(sums *Node) []*Node {
	hidden := sums.Shape().Dim(-1) / 4
	part := func(i int) *Node {
		return Slice(sums, AxisRange().Spacer(), AxisRange(i*hidden, (i+1)*hidden)) // [..., hidden]
	}
	return []*Node{Logistic(part(0)), Logistic(part(1)), Tanh(part(2)), Logistic(part(3))}
}

// batched multiplies [2, a, b] by [2, b, c].
func batched(x, y *Node) *Node { return DotGeneral(x, []int{2}, []int{0}, y, []int{1}, []int{0}) } // [2, a, c]
