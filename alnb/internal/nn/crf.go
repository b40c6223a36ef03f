package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// The weights of a linear-chain CRF, by the names that they have in pytorch-crf in a module called crf.
const (
	crfStart       = "crf.start_transitions" // [tags]
	crfEnd         = "crf.end_transitions"   // [tags]
	crfTransitions = "crf.transitions"       // [tags, tags], from the row to the column
)

func crfShapes(shapes map[string][]int, tags int) {
	shapes[crfStart], shapes[crfEnd], shapes[crfTransitions] = []int{tags}, []int{tags}, []int{tags, tags}
}

// CRFLoss is the weighted mean over documents of −log p(targets|x) in a linear-chain conditional random field (Lafferty,
// McCallum and Pereira, "Conditional Random Fields", ICML 2001): p(y|x) = exp(score(y)) / Z with
//
//	score(y) = start[y_1] + end[y_n] + Σ_t emissions[t, y_t] + Σ_t transitions[y_{t−1}, y_t].
//
// emissions are [rows, seq, tags]. A row may hold several documents, one after the other: documents, int32 [rows, seq],
// tells which one a position is of; below 0 is padding. targets [rows, seq, tags] are distributions: one-hot for gold tags;
// soft ones give the expected loss of tags drawn independently. weights are [rows, seq]: a document has that of its last
// position.
func CRFLoss(w Weights, emissions, targets, documents, weights *Node) *Node {
	c := newCRF(w, emissions, documents)
	losses := c.negativeLogLikelihood(TransposeAllAxes(targets, 1, 0, 2))       // [seq, rows]
	weights = Where(c.last, TransposeAllAxes(weights, 1, 0), ZerosLike(losses)) // [seq, rows]
	return weightedMean(losses, weights)                                        // scalar
}

// CRFMarginals returns p(y_t = k|x), [rows, seq, tags], of all positions and tags; zero at padding. Those of a position add up to 1:
// where scores are large, as those of a model that is trained on a handful of documents, the rounding of log Z alone would make them
// up to a hundredth more or less.
func CRFMarginals(w Weights, emissions, documents *Node) *Node {
	c := newCRF(w, emissions, documents)
	marginals, _ := c.backward(c.forward(), nil)                           // [seq, rows, tags]
	sum := ReduceAndKeep(marginals, ReduceSum, -1)                         // [seq, rows, 1]
	sum = Where(ExpandAxes(c.real, -1), sum, AddScalar(ZerosLike(sum), 1)) // [seq, rows, 1]
	return TransposeAllAxes(Div(marginals, sum), 1, 0, 2)                  // [rows, seq, tags]
}

// CRFViterbi returns each document's most probable tags y*, int32 [rows, seq], 0 at padding, and log p(y*|x) at its last
// position, [rows, seq].
func CRFViterbi(w Weights, emissions, documents *Node) (path, logProbability *Node) {
	c := newCRF(w, emissions, documents)
	path = c.viterbi()                                                                          // [seq, rows]
	loss := c.negativeLogLikelihood(OneHot(path, emissions.Shape().Dim(-1), emissions.DType())) // [seq, rows]
	logProbability = Sub(ZerosLike(loss), MaxScalar(loss, 0))                                   // [seq, rows]
	return TransposeAllAxes(path, 1, 0), TransposeAllAxes(logProbability, 1, 0)                 // [rows, seq] twice
}

// crf is what defines the distributions over tag sequences of a batch. Time comes first, as loops read it.
type crf struct {
	scores      *Node // [seq, rows, tags]: emissions, plus start at the first token and end at the last
	transitions *Node // [tags, tags] or, where rows are told apart, [rows, tags, tags]
	real        *Node // bool [seq, rows]: no padding
	first, last *Node // bool [seq, rows]: a document's first and last token; padding is neither
}

func newCRF(w Weights, emissions, documents *Node) crf {
	scores := TransposeAllAxes(emissions, 1, 0, 2)          // [seq, rows, tags]
	documents = TransposeAllAxes(documents, 1, 0)           // [seq, rows]
	real := GreaterOrEqual(documents, ZerosLike(documents)) // [seq, rows]
	same := sameDocument(documents)                         // [seq, rows] twice
	first := LogicalAnd(real, LogicalNot(same[0]))          // [seq, rows]
	last := LogicalAnd(real, LogicalNot(same[1]))           // [seq, rows]
	add := func(name string, mask *Node) {
		everywhere := BroadcastToDims(ExpandLeftToRank(w.Of(name), 3), scores.Shape().Dimensions...) // [seq, rows, tags]
		w.noteInTime(Sum, name, nil, everywhere)
		scores = Add(scores, Mul(ExpandAxes(ConvertDType(mask, scores.DType()), -1), everywhere)) // [seq, rows, tags]
	}
	add(crfStart, first)
	add(crfEnd, last)
	c := crf{scores, w.Of(crfTransitions), real, first, last}
	if w.noting() {
		c.transitions = w.perRow(crfTransitions, emissions.Shape().Dim(0)) // [rows, tags, tags]
	}
	return c
}

// reached is how well each tag is reached from others, [steps, rows, tags] to [steps, rows, tags].
func (c crf) reached(from *Node) *Node {
	if c.transitions.Rank() == 3 {
		return Einsum("sbj,bjk->sbk", from, c.transitions)
	}
	return Einsum("sbj,jk->sbk", from, c.transitions)
}

// negativeLogLikelihood is log Z − score(targets) at each document's last position, [seq, rows]; elsewhere it means
// nothing. targets are [seq, rows, tags].
//
// It is computed as the log Z of scores from which each token's share of score(targets) has been taken away. That is the
// same number, but nothing gets large: where the targets are nearly certain, or documents long, log Z and score would be
// two large numbers with a small difference.
func (c crf) negativeLogLikelihood(targets *Node) *Node {
	seq := targets.Shape().Dim(0)
	share := ReduceSum(Mul(targets, c.scores), -1) // [seq, rows]
	if seq > 1 {
		reached := c.reached(Slice(targets, AxisRange(0, seq-1)))                        // [seq-1, rows, tags]
		steps := ReduceSum(Mul(Slice(targets, AxisRange(1, seq)), reached), -1)          // [seq-1, rows]
		steps = Concatenate([]*Node{ZerosLike(Slice(share, AxisRange(0, 1))), steps}, 0) // [seq, rows]
		share = Add(share, Where(c.first, ZerosLike(steps), steps))                      // [seq, rows]
	}
	share = Where(c.real, share, ZerosLike(share))  // [seq, rows]
	c.scores = Sub(c.scores, ExpandAxes(share, -1)) // [seq, rows, tags]
	return c.logPartition()                         // [seq, rows]
}
