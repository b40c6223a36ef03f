package nn

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Tokens is what an encoder reads: rows of sub-words. Several short documents may lie in one row; then each attends to
// itself only, and nothing that is computed of it depends on the others. Padding has no part in any result, so models
// whose Python code pads at the left (XLNet's) give the same.
type Tokens struct {
	IDs       *Node // int32 [batch, seq]
	Types     *Node // int32 [batch, seq], the token types (segments)
	Documents *Node // int32 [batch, seq], which of its row's documents a token belongs to, from 0; −1 is padding
	Positions *Node // int32 [batch, seq], a token's place in its document, from 0
	Slots     int   // how many documents a row may have
}

// Padding tells of each token whether it only fills up its row, bool [batch, seq].
func (t Tokens) Padding() *Node { return LessThan(t.Documents, ZerosLike(t.Documents)) }

// Within tells of each two tokens whether they are of one document, bool [batch, seq, seq].
func (t Tokens) Within() *Node { return Equal(ExpandAxes(t.Documents, 2), ExpandAxes(t.Documents, 1)) }

// Of tells which tokens belong to which document of their row, bool [batch, slots, seq].
func (t Tokens) Of() *Node {
	slots := Iota(t.IDs.Graph(), shapes.Make(dtypes.Int32, 1, t.Slots, 1), 1) // [1, slots, 1]
	return Equal(ExpandAxes(t.Documents, 1), slots)                           // [batch, slots, seq]
}

// First tells which token is the first of which document, bool [batch, slots, seq].
func (t Tokens) First() *Node {
	return LogicalAnd(t.Of(), ExpandAxes(Equal(t.Positions, ZerosLike(t.Positions)), 1)) // [batch, slots, seq]
}

// attendTo is added to attention scores: 0 where a query may attend to a key, else so little that it doesn't.
func attendTo(allowed *Node, dtype dtypes.DType) *Node { // bool [batch, queries, seq]
	return ExpandAxes(MulScalar(ConvertDType(LogicalNot(allowed), dtype), -1e9), 1) // [batch, 1, queries, seq]
}

// pick sums up states by weights: [batch, n, seq] of [batch, seq, hidden]. A product where an index would do: its
// gradient is a product, too, no scattering.
func pick(weights, states *Node) *Node {
	return Einsum("bns,bsh->bnh", weights, states) // [batch, n, hidden]
}

// A Head is what a model's head computes, from what it reads up to the classes.
type Head struct {
	Reads  *Node // [..., hidden], states of the encoder's last layer
	Last   *Node // [..., features], the input of the last linear layer
	Logits *Node // [..., classes], its output
}

// endIn is the head that reads states and, once it has made x of them, ends in a linear layer.
func endIn(w Weights, layer string, states, x *Node) Head {
	return Head{Reads: states, Last: x, Logits: Linear(w, layer, x)}
}

// An Encoder is a pretrained transformer with the heads its family has in Python's transformers. A nil Dropout is
// inference.
type Encoder interface {
	// ClassifierShapes returns the shape of every weight of the model for sequence classification, by name.
	ClassifierShapes(classes int) map[string][]int
	// ClassifierHead is that model's, of each slot: [batch, slots, ...]. Slots without a document mean nothing.
	ClassifierHead(w Weights, t Tokens, drop *Dropout) Head
	// TaggerShapes returns the shape of every weight of the model for token classification, by name.
	TaggerShapes(classes int) map[string][]int
	// TaggerHead is that model's, of each token: [batch, seq, ...]. Padding means nothing.
	TaggerHead(w Weights, t Tokens, drop *Dropout) Head
	// HiddenStates returns what goes into the first layer and comes out of each, layers+1 nodes [batch, seq, hidden].
	HiddenStates(w Weights, t Tokens, drop *Dropout) []*Node
	// Prefix stands in front of the encoder's weight names; checkpoints of the encoder alone leave it out.
	Prefix() string
	// InHead tells whether a weight belongs to a head: one that a pretrained checkpoint may lack.
	InHead(name string) bool
}
