package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// CrossEntropy is the weighted mean of −Σ_c target_c · log softmax(logits)_c over all positions: logits and targets
// [..., classes], weights [...]. Targets are distributions: one-hot for gold labels, a teacher's probabilities in
// distillation. A position that only fills up the batch has weight 0; without any other the loss is 0.
func CrossEntropy(logits, targets, weights *Node) *Node {
	losses := Neg(ReduceSum(Mul(targets, LogSoftmax(logits, -1)), -1)) // [...]
	return weightedMean(losses, weights)                               // scalar
}

// weightedMean is Σ weight · value / Σ weight; 0 where no weight is above 0.
func weightedMean(values, weights *Node) *Node {
	return Div(ReduceAllSum(Mul(values, weights)), MaxScalar(ReduceAllSum(weights), 1e-12)) // scalar
}
