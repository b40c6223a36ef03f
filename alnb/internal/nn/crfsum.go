package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// logPartition is log Z, [batch]. Its gradient is exact: by the scores the marginals, by the transitions the expected
// number of times that each is taken.
func (c crf) logPartition() *Node {
	logZ, forward := c.forward() // [batch], [seq, batch, tags]
	return withGradient(logZ, []*Node{c.scores, c.transitions}, func(dLogZ *Node) []*Node {
		marginals, counts := c.backward(forward, logZ, dLogZ) // [seq, batch, tags], [tags, tags]
		return []*Node{Mul(marginals, Reshape(dLogZ, 1, -1, 1)), counts}
	})
}

// forward returns log Z and, for every position and tag, the log of the sum over all ways to get there,
//
//	α_t(k) = scores[t, k] + log Σ_j exp(α_{t−1}(j) + transitions[j, k]), log Z = log Σ_k exp(α_n(k)),
//
// [batch] and [seq, batch, tags]. At padding α stays that of the last token.
func (c crf) forward() (logZ, alphas *Node) {
	transitions := ExpandAxes(c.transitions, 0)           // [1, from, to]
	alpha := Squeeze(Slice(c.scores, AxisRange(0, 1)), 0) // [batch, tags]
	fixed := []*Node{c.scores, transitions, c.lengths}
	states := loop(1, c.scores.Shape().Dim(0), 1, fixed, []*Node{alpha, c.scores}, func(t *Node, fixed, state []*Node) []*Node {
		scores, transitions, lengths := fixed[0], fixed[1], fixed[2]
		paths := Add(ExpandAxes(state[0], -1), transitions)  // [batch, from, to]
		alpha := Add(at(scores, t), logSumExp(paths, 1))     // [batch, tags]
		alpha = Where(LessThan(t, lengths), alpha, state[0]) // [batch, tags]
		return []*Node{alpha, put(state[1], t, alpha)}
	})
	return logSumExp(states[0], 1), states[1]
}

// backward returns the marginals, [seq, batch, tags], zero at padding, and how often each transition is expected to be
// taken, summed over documents with the given weights [batch]: [tags, tags], nil where weights are. With
//
//	β_t(j) = log Σ_k exp(transitions[j, k] + scores[t+1, k] + β_{t+1}(k)), β_n = 0,
//
// p(y_t = j) = exp(α_t(j) + β_t(j) − log Z), and p(y_t = j, y_{t+1} = k) has that sum's term in the place of exp(β).
func (c crf) backward(alphas, logZ, weights *Node) (marginals, counts *Node) {
	seq := c.scores.Shape().Dim(0)
	transitions := ExpandAxes(c.transitions, 0)                   // [1, from, to]
	prefixes := Sub(alphas, Reshape(logZ, 1, -1, 1))              // [seq, batch, tags]
	next := ZerosLike(Squeeze(Slice(alphas, AxisRange(0, 1)), 0)) // [batch, tags]
	initial := []*Node{next, ZerosLike(alphas)}
	fixed := []*Node{c.scores, transitions, AddScalar(c.lengths, -1)}
	if weights != nil {
		initial = append(initial, ZerosLike(c.transitions))
		fixed = append(fixed, prefixes, weights)
	}
	states := loop(seq-1, -1, -1, fixed, initial, func(t *Node, fixed, state []*Node) []*Node {
		scores, transitions, last := fixed[0], fixed[1], fixed[2]
		goesOn := LessThan(t, last)                        // [batch]
		paths := Add(transitions, ExpandAxes(state[0], 1)) // [batch, from, to]
		beta := logSumExp(paths, 2)                        // [batch, tags]
		beta = Where(goesOn, beta, Sub(beta, beta))        // [batch, tags]
		out := []*Node{Add(at(scores, t), beta), put(state[1], t, beta)}
		if weights != nil {
			prefixes, weights := fixed[3], fixed[4]
			pairs := Exp(Add(ExpandAxes(at(prefixes, t), -1), paths))       // [batch, from, to]
			counted := Mul(weights, ConvertDType(goesOn, weights.DType()))  // [batch]
			sum := DotGeneral(counted, []int{0}, nil, pairs, []int{0}, nil) // [from, to]
			out = append(out, Add(state[2], sum))
		}
		return out
	})
	marginals = Exp(Add(prefixes, states[1])) // [seq, batch, tags]
	marginals = Where(realTokens(seq, c.lengths), marginals, ZerosLike(marginals))
	if weights != nil {
		counts = states[2]
	}
	return marginals, counts
}
