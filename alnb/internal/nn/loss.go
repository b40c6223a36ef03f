package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// CrossEntropy is the weighted mean of −Σ_c target_c · log softmax(logits)_c over all positions: logits and targets
// [..., classes], weights [...]. Targets are distributions: one-hot for gold labels, a teacher's probabilities in
// distillation. A position that only fills up the batch has weight 0.
func CrossEntropy(logits, targets, weights *Node) *Node {
	losses := Neg(ReduceSum(Mul(targets, LogSoftmax(logits, -1)), -1))    // [...]
	return Div(ReduceAllSum(Mul(losses, weights)), ReduceAllSum(weights)) // scalar
}
