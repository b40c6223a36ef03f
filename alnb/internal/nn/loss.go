package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// CrossEntropy is the mean of −log softmax(logits)[label] over the rows, weighted: logits [batch, classes], labels
// int32 [batch], weights [batch]. A row that only fills up the batch has weight 0.
func CrossEntropy(logits, labels, weights *Node) *Node {
	gold := OneHot(labels, logits.Shape().Dim(-1), logits.DType())        // [batch, classes]
	losses := Neg(ReduceSum(Mul(gold, LogSoftmax(logits, -1)), -1))       // [batch]
	return Div(ReduceAllSum(Mul(losses, weights)), ReduceAllSum(weights)) // scalar
}
