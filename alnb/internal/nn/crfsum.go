package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// logPartition is log Z at each document's last position, [seq, rows]; elsewhere it means nothing, and has no gradient.
// The gradient is exact: by the scores the marginals, by the transitions the expected number of times that each is taken.
func (c crf) logPartition() *Node {
	alphas := c.forward()                                                      // [seq, rows, tags]
	most := ReduceAndKeep(alphas, ReduceMax, -1)                               // [seq, rows, 1]
	logZ := Add(Log(ReduceSum(Exp(Sub(alphas, most)), -1)), Squeeze(most, -1)) // [seq, rows]
	return withGradient(logZ, []*Node{c.scores, c.transitions}, func(dLogZ *Node) []*Node {
		marginals, counts := c.backward(alphas, dLogZ) // [seq, rows, tags], like the transitions
		return []*Node{marginals, counts}
	})
}

// forward returns, for every position and tag, the log of the sum over all ways to get there in the position's document,
// [seq, rows, tags]:
//
//	α_t(k) = scores[t, k] + log Σ_j exp(α_{t−1}(j) + transitions[j, k]), log Z = log Σ_k exp(α_n(k)).
func (c crf) forward() *Node {
	transitions := ExpandLeftToRank(c.transitions, 3)     // [1, from, to] or [rows, from, to]
	alpha := Squeeze(Slice(c.scores, AxisRange(0, 1)), 0) // [rows, tags]
	fixed := []*Node{c.scores, transitions, c.first}
	return loop(1, c.scores.Shape().Dim(0), 1, fixed, []*Node{alpha, c.scores}, func(t *Node, fixed, state []*Node) []*Node {
		scores, transitions, first := at(fixed[0], t), fixed[1], at(fixed[2], t)
		paths := Add(ExpandAxes(state[0], -1), transitions)             // [rows, from, to]
		alpha := Where(first, scores, Add(scores, logSumExp(paths, 1))) // [rows, tags]
		return []*Node{alpha, put(state[1], t, alpha)}
	})[1]
}

// backward returns the marginals, [seq, rows, tags], zero at padding. With weights [seq, rows], of which those at
// documents' last positions count, it returns the marginals times their document's weight and how often each transition is
// expected to be taken, a sum with these weights, like the transitions. With
//
//	β_t(j) = log Σ_k exp(transitions[j, k] + scores[t+1, k] + β_{t+1}(k)), β_n = 0,
//
// p(y_t = j) = exp(α_t(j) + β_t(j) − log Z), and p(y_t = j, y_{t+1} = k) has that sum's term in the place of exp(β).
func (c crf) backward(alphas, weights *Node) (marginals, counts *Node) {
	seq := c.scores.Shape().Dim(0)
	if weights == nil {
		weights = ZerosLike(Squeeze(Slice(c.scores, AxisRange(), AxisRange(), AxisRange(0, 1)), -1)) // [seq, rows]
		weights = AddScalar(weights, 1)
	} else {
		counts = ZerosLike(c.transitions)
	}
	next := ZerosLike(Squeeze(Slice(alphas, AxisRange(0, 1)), 0))  // [rows, tags]
	none := Squeeze(Slice(next, AxisRange(), AxisRange(0, 1)), -1) // [rows]
	fixed := []*Node{c.scores, ExpandLeftToRank(c.transitions, 3), c.last, alphas, weights, c.real}
	initial := []*Node{next, none, none, ZerosLike(alphas)}
	if counts != nil {
		initial = append(initial, counts)
	}
	states := loop(seq-1, -1, -1, fixed, initial, func(t *Node, fixed, state []*Node) []*Node {
		scores, transitions, last, alpha, weight := at(fixed[0], t), fixed[1], at(fixed[2], t), at(fixed[3], t), at(fixed[4], t)
		paths := Add(transitions, ExpandAxes(state[0], 1))              // [rows, from, to]
		beta := logSumExp(paths, 2)                                     // [rows, tags]
		beta = Where(last, Sub(beta, beta), beta)                       // [rows, tags]
		logZ := Where(last, logSumExp(alpha, 1), state[1])              // [rows]
		weight = Where(last, weight, state[2])                          // [rows]
		prefix := Sub(alpha, ExpandAxes(logZ, -1))                      // [rows, tags]
		marginal := Mul(ExpandAxes(weight, -1), Exp(Add(prefix, beta))) // [rows, tags]
		out := []*Node{Add(scores, beta), logZ, weight, put(state[3], t, marginal)}
		if counts != nil {
			goesOn := ExpandAxes(LogicalAnd(at(fixed[5], t), LogicalNot(last)), -1)                // [rows, 1]
			nothing := ConvertDType(Const(t.Graph(), float32(-1e30)), prefix.DType())              // scalar
			prefix = Where(BroadcastToDims(goesOn, prefix.Shape().Dimensions...), prefix, nothing) // [rows, tags]
			pairs := Exp(Add(ExpandAxes(prefix, -1), paths))                                       // [rows, from, to]
			var sum *Node                                                                          // like the counts
			if state[4].Rank() == 3 {
				sum = Mul(ExpandAxes(ExpandAxes(weight, -1), -1), pairs) // [rows, from, to]
			} else {
				sum = DotGeneral(weight, []int{0}, nil, pairs, []int{0}, nil) // [from, to]
			}
			out = append(out, Add(state[4], sum))
		}
		return out
	})
	marginals = Where(c.real, states[3], ZerosLike(states[3])) // [seq, rows, tags]
	if counts != nil {
		counts = states[4]
	}
	return marginals, counts
}
