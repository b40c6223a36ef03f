package nn

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
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
// emissions are [batch, seq, tags], lengths int32 [batch], at least 1. targets [batch, seq, tags] are distributions:
// one-hot for gold tags; soft ones give the expected loss of tags drawn independently. weights are [batch, seq]: a
// document has that of its first position, and one that only fills up the batch has 0.
func CRFLoss(w Weights, emissions, targets, lengths, weights *Node) *Node {
	c := newCRF(w, emissions, lengths)
	losses := c.negativeLogLikelihood(TransposeAllAxes(targets, 1, 0, 2)) // [batch]
	documents := Squeeze(Slice(weights, AxisRange(), AxisRange(0, 1)), 1) // [batch]
	return weightedMean(losses, documents)                                // scalar
}

// CRFMarginals returns p(y_t = k|x), [batch, seq, tags], of all positions and tags; zero at padding.
func CRFMarginals(w Weights, emissions, lengths *Node) *Node {
	c := newCRF(w, emissions, lengths)
	logZ, forward := c.forward()                   // [batch], [seq, batch, tags]
	marginals, _ := c.backward(forward, logZ, nil) // [seq, batch, tags]
	return TransposeAllAxes(marginals, 1, 0, 2)    // [batch, seq, tags]
}

// CRFViterbi returns each document's most probable tags y*, int32 [batch, seq], 0 at padding, and log p(y*|x), [batch].
func CRFViterbi(w Weights, emissions, lengths *Node) (path, logProbability *Node) {
	c := newCRF(w, emissions, lengths)
	path = c.viterbi()                                                                          // [seq, batch]
	loss := c.negativeLogLikelihood(OneHot(path, emissions.Shape().Dim(-1), emissions.DType())) // [batch]
	return TransposeAllAxes(path, 1, 0), Sub(ZerosLike(loss), MaxScalar(loss, 0))               // [batch, seq], [batch]
}

// crf is what defines the distributions over tag sequences of a batch. Time comes first, as loops read it.
type crf struct {
	scores      *Node // [seq, batch, tags]: emissions, plus start at the first token and end at the last
	transitions *Node // [tags, tags]
	lengths     *Node // int32 [batch]
}

func newCRF(w Weights, emissions, lengths *Node) crf {
	scores := TransposeAllAxes(emissions, 1, 0, 2)                                      // [seq, batch, tags]
	shape := shapes.Make(dtypes.Int32, scores.Shape().Dim(0), scores.Shape().Dim(1))    //
	position := Iota(emissions.Graph(), shape, 0)                                       // [seq, batch]
	last := BroadcastToDims(ExpandAxes(AddScalar(lengths, -1), 0), shape.Dimensions...) // [seq, batch]
	add := func(name string, mask *Node) {
		extra := Mul(ExpandAxes(ConvertDType(mask, scores.DType()), -1), ExpandLeftToRank(w(name), 3)) // [seq, batch, tags]
		scores = Add(scores, extra)
	}
	add(crfStart, Equal(position, ZerosLike(position)))
	add(crfEnd, Equal(position, last))
	return crf{scores, w(crfTransitions), lengths}
}

// negativeLogLikelihood is log Z − score(targets), [batch], with targets [seq, batch, tags].
//
// It is computed as the log Z of scores from which each token's share of score(targets) has been taken away. That is the
// same number, but nothing gets large: where the targets are nearly certain, or documents long, log Z and score would be
// two large numbers with a small difference.
func (c crf) negativeLogLikelihood(targets *Node) *Node {
	seq := targets.Shape().Dim(0)
	share := ReduceSum(Mul(targets, c.scores), -1) // [seq, batch]
	if seq > 1 {
		reached := Einsum("sbj,jk->sbk", Slice(targets, AxisRange(0, seq-1)), c.transitions) // [seq-1, batch, tags]
		steps := ReduceSum(Mul(Slice(targets, AxisRange(1, seq)), reached), -1)              // [seq-1, batch]
		share = Add(share, Concatenate([]*Node{ZerosLike(Slice(share, AxisRange(0, 1))), steps}, 0))
	}
	share = Where(realTokens(seq, c.lengths), share, ZerosLike(share)) // [seq, batch]
	c.scores = Sub(c.scores, ExpandAxes(share, -1))                    // [seq, batch, tags]
	return c.logPartition()                                            // [batch]
}
