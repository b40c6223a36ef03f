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
		bias := Add(w.Of(name+".bias_ih_l0"+direction), w.Of(name+".bias_hh_l0"+direction))           // [4·hidden]
		product := DotGeneral(x, []int{-1}, nil, w.Of(name+".weight_ih_l0"+direction), []int{1}, nil) // [..., 4·hidden]
		s.inputs[i] = Add(product, ExpandLeftToRank(bias, x.Rank()))                                  // [..., 4·hidden]
		s.recurrent[i] = w.Of(name + ".weight_hh_l0" + direction)                                     // [4·hidden, hidden]
	}
	for i, same := range sameDocument(documents) {
		s.carry[i] = ExpandAxes(ConvertDType(same, x.DType()), -1) // [seq, rows, 1]
	}
	h := s.run() // [seq, rows, 2·hidden]
	if w.noting() {
		s.note(w, name, x, h)
	}
	return h
}

// note notes the weights' uses: what each step adds up, W x + U h + b, has the gradient of its inputs. x is [seq, rows, in].
func (s lstmScan) note(w Weights, name string, x, h *Node) {
	hidden := s.recurrent[0].Shape().Dim(1)
	for i, direction := range lstmDirections {
		sums := s.inputs[i]                                                          // [seq, rows, 4·hidden]
		own := Slice(h, AxisRange(), AxisRange(), AxisRange(i*hidden, (i+1)*hidden)) // [seq, rows, hidden]
		w.noteInTime(Product, name+".weight_ih_l0"+direction, x, sums)
		w.noteInTime(Product, name+".weight_hh_l0"+direction, s.last(i, own), sums)
		w.noteInTime(Sum, name+".bias_ih_l0"+direction, nil, sums)
		w.noteInTime(Sum, name+".bias_hh_l0"+direction, nil, sums)
	}
}

// last is what each step of a direction goes on with, of its h [seq, rows, hidden]: zero where a document begins.
func (s lstmScan) last(direction int, h *Node) *Node {
	return Mul(neighbors(h, h)[direction], s.carry[direction]) // [seq, rows, hidden]
}

// An lstmScan runs two LSTMs side by side, the second from the last step to the first.
type lstmScan struct {
	inputs    [2]*Node // W x + b, [seq, rows, 4·hidden] or, with tokens, [n, 4·hidden]
	tokens    *Node    // int32 [seq, rows], which of n inputs a step takes; may be nil
	recurrent [2]*Node // U, [4·hidden, hidden]
	carry     [2]*Node // 1 where a step goes on with the state of the one before it, else 0: [seq, rows, 1]
}

// before is the step from which a direction comes to step t.
func before(direction int, t *Node) *Node {
	return Add(t, Const(t.Graph(), int32(2*direction-1)))
}

// run returns h, [seq, rows, 2·hidden].
//
// The two directions are operations of their own in one loop, so that XLA runs them side by side. The loop also keeps each
// step's gates and c, which its gradient needs; where only h is asked for, XLA leaves that out.
func (s lstmScan) run() *Node {
	seq, rows, hidden := s.carry[0].Shape().Dim(0), s.carry[0].Shape().Dim(1), s.recurrent[0].Shape().Dim(1)
	zeros := Zeros(s.inputs[0].Graph(), shapes.Make(s.inputs[0].DType(), seq, rows, hidden)) // [seq, rows, hidden]
	zero := Squeeze(Slice(zeros, AxisRange(0, 1)), 0)                                        // [rows, hidden]
	gates := Zeros(zeros.Graph(), shapes.Make(zeros.DType(), seq, rows, 4*hidden))           // [seq, rows, 4·hidden]
	var fixed, initial []*Node
	if s.tokens != nil {
		fixed = append(fixed, s.tokens)
	}
	for i := range 2 {
		fixed = append(fixed, s.inputs[i], TransposeAllAxes(s.recurrent[i], 1, 0), s.carry[i])
		initial = append(initial, zero, zero, zeros, zeros, gates)
	}
	states := loop(0, seq, 1, fixed, initial, func(t *Node, fixed, state []*Node) (out []*Node) {
		input := at
		if s.tokens != nil {
			tokens := fixed[0]
			fixed = fixed[1:]
			input = func(table, t *Node) *Node { return Gather(table, ExpandAxes(at(tokens, t), -1)) }
		}
		for i := range 2 {
			fixed, state := fixed[3*i:], state[5*i:] // the direction's
			inputs, transposed, carry := fixed[0], fixed[1], fixed[2]
			h, c, hs, cs, gates := state[0], state[1], state[2], state[3], state[4]
			t := step(i, t, seq)
			m := at(carry, t)                                                                              // [rows, 1]
			sums := Add(input(inputs, t), DotGeneral(Mul(m, h), []int{1}, nil, transposed, []int{0}, nil)) // [rows, 4·hidden]
			in, forget, candidate, output := lstmGates(sums)                                               // [rows, hidden]
			c = Add(Mul(forget, Mul(m, c)), Mul(in, candidate))                                            // [rows, hidden]
			h = Mul(output, Tanh(c))                                                                       // [rows, hidden]
			all := Concatenate([]*Node{in, forget, candidate, output}, -1)                                 // [rows, 4·hidden]
			out = append(out, h, c, put(hs, t, h), put(cs, t, c), put(gates, t, all))
		}
		return out
	})
	hs := [2]*Node{states[2], states[7]} // [seq, rows, hidden]
	h := Concatenate(hs[:], -1)          // [seq, rows, 2·hidden]
	inputs := slices.Concat(s.inputs[:], s.recurrent[:])
	return withGradient(h, inputs, func(dh *Node) []*Node {
		return s.gradient(hs, [2]*Node{states[3], states[8]}, [2]*Node{states[4], states[9]}, dh)
	})
}

// step is the one that a direction takes when the loop is at t.
func step(direction int, t *Node, seq int) *Node {
	if direction == 0 {
		return t
	}
	return Sub(Const(t.Graph(), int32(seq-1)), t)
}

// gradient goes through the steps backwards. With δ the gradient of a step's value, ₋ the step before, ₊ the one after, and
// m the carry,
//
//	δh = (from outside) + m₊·Uᵀ (gates' δ)₊, δc = δh·o·(1 − tanh²(c)) + m₊·f₊·δc₊,
//	δi = δc·g, δf = δc·m·c₋, δg = δc·i, δo = δh·tanh(c), each taken on through its σ or tanh.
//
// The gradient of U is one product after the loop. It returns the gradients of both inputs and of both U.
func (s lstmScan) gradient(hs, cs, gates [2]*Node, dh *Node) []*Node {
	seq, hidden := dh.Shape().Dim(0), hs[0].Shape().Dim(2)
	zero := ZerosLike(Squeeze(Slice(hs[0], AxisRange(0, 1)), 0)) // [rows, hidden]
	var fixed, initial []*Node
	for i := range 2 {
		outside := Slice(dh, AxisRange(), AxisRange(), AxisRange(i*hidden, (i+1)*hidden)) // [seq, rows, hidden]
		fixed = append(fixed, outside, cs[i], gates[i], s.carry[i], s.recurrent[i])
		initial = append(initial, zero, zero, ZerosLike(gates[i]))
	}
	states := loop(seq-1, -1, -1, fixed, initial, func(t *Node, fixed, state []*Node) (out []*Node) {
		for i := range 2 {
			fixed, state := fixed[5*i:], state[3*i:] // the direction's
			outside, cs, gates, carry, recurrent := fixed[0], fixed[1], fixed[2], fixed[3], fixed[4]
			t := step(i, t, seq)
			one := ConvertDType(Const(t.Graph(), float32(1)), outside.DType()) // scalar
			m, all := at(carry, t), at(gates, t)                               // [rows, 1], [rows, 4·hidden]
			part := func(k int) *Node { return Slice(all, AxisRange(), AxisRange(k*hidden, (k+1)*hidden)) }
			in, forget, candidate, output := part(0), part(1), part(2), part(3)   // [rows, hidden]
			squashed := Tanh(at(cs, t))                                           // [rows, hidden]
			last := Mul(m, at(cs, before(i, t)))                                  // [rows, hidden]; at the ends m is 0
			dh := Add(at(outside, t), state[0])                                   // [rows, hidden]
			dc := Add(Mul(dh, Mul(output, Sub(one, Square(squashed)))), state[1]) // [rows, hidden]
			sums := Concatenate([]*Node{
				Mul(dc, Mul(candidate, Mul(in, Sub(one, in)))), Mul(dc, Mul(last, Mul(forget, Sub(one, forget)))),
				Mul(dc, Mul(in, Sub(one, Square(candidate)))), Mul(dh, Mul(squashed, Mul(output, Sub(one, output)))),
			}, -1) // [rows, 4·hidden]
			dhBefore := Mul(m, DotGeneral(sums, []int{1}, nil, recurrent, []int{0}, nil)) // [rows, hidden]
			out = append(out, dhBefore, Mul(m, Mul(dc, forget)), put(state[2], t, sums))
		}
		return out
	})
	var dInputs, dRecurrent []*Node
	for i := range 2 {
		last := s.last(i, hs[i]) // [seq, rows, hidden]
		sums := states[3*i+2]    // [seq, rows, 4·hidden]
		if s.tokens == nil {
			dInputs = append(dInputs, sums)
		} else {
			dInputs = append(dInputs, ScatterSum(ZerosLike(s.inputs[i]), ExpandAxes(s.tokens, -1), sums, false, false)) // [n, 4·hidden]
		}
		dRecurrent = append(dRecurrent, DotGeneral(sums, []int{0, 1}, nil, last, []int{0, 1}, nil)) // [4·hidden, hidden]
	}
	return append(dInputs, dRecurrent...)
}

// lstmGates splits the sums W x + U h + b, [..., 4·hidden], in PyTorch's order and squashes them: 4 of [..., hidden].
func lstmGates(sums *Node) (in, forget, candidate, out *Node) {
	hidden := sums.Shape().Dim(-1) / 4
	part := func(i int) *Node {
		return Slice(sums, AxisRange().Spacer(), AxisRange(i*hidden, (i+1)*hidden)) // [..., hidden]
	}
	return Logistic(part(0)), Logistic(part(1)), Tanh(part(2)), Logistic(part(3))
}
