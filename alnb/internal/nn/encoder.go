package nn

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Tokens is what an encoder reads: a batch of sub-word sequences, padded at the right. Padding has no part in any
// result, so models whose Python code pads at the left (XLNet's) give the same.
type Tokens struct {
	IDs     *Node // int32 [batch, seq]
	Types   *Node // int32 [batch, seq], the token types (segments)
	Lengths *Node // int32 [batch], the tokens of each row that count, at least 1
}

// Padding tells of each position whether it only fills up its row, bool [batch, seq].
func (t Tokens) Padding() *Node { return GreaterOrEqual(t.columns(), ExpandAxes(t.Lengths, -1)) }

// columns are the positions, 0 and on.
func (t Tokens) columns() *Node {
	return Iota(t.IDs.Graph(), shapes.Make(dtypes.Int32, 1, t.IDs.Shape().Dim(1)), 1) // [1, seq]
}

// An Encoder is a pretrained transformer with the heads its family has in Python's transformers. A nil Dropout is
// inference.
type Encoder interface {
	// ClassifierShapes returns the shape of every weight of the model for sequence classification, by name.
	ClassifierShapes(classes int) map[string][]int
	// Classify returns that model's logits, [batch, classes].
	Classify(w Weights, t Tokens, drop *Dropout) *Node
	// TaggerShapes returns the shape of every weight of the model for token classification, by name.
	TaggerShapes(classes int) map[string][]int
	// Tag returns that model's logits, [batch, seq, classes]; those of padding mean nothing.
	Tag(w Weights, t Tokens, drop *Dropout) *Node
	// HiddenStates returns what goes into the first layer and comes out of each, layers+1 nodes [batch, seq, hidden].
	HiddenStates(w Weights, t Tokens, drop *Dropout) []*Node
	// Prefix stands in front of the encoder's weight names; checkpoints of the encoder alone leave it out.
	Prefix() string
	// InHead tells whether a weight belongs to a head: one that a pretrained checkpoint may lack.
	InHead(name string) bool
}
