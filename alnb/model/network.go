package model

import (
	"context"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/alnb/alnb/alnb/internal/nn"
	"github.com/alnb/alnb/alnb/pretrained"
)

// A network is a model as graph functions: what the programs compile.
type network interface {
	// shapes returns the shape of every weight, by name.
	shapes() map[string][]int
	// trains tells whether training changes a weight.
	trains(name string) bool
	// loss is what training makes small, a scalar: inputs are those of the architecture, targets distributions over the
	// classes, float32 [batch, slots, classes] or, of tokens, [batch, seq, classes], weights [batch, slots] or [batch, seq],
	// and temperature a scalar that logits are divided by.
	loss(w nn.Weights, inputs []*Node, targets, weights, temperature *Node, drop *nn.Dropout) *Node
	// predict returns what scoring needs, float32 nodes, the batch first. The first has probabilities: [batch, slots,
	// classes] or [batch, seq, classes].
	predict(w nn.Weights, inputs []*Node) []*Node
	// head is what stands between the encoder and the classes, float32 nodes, [batch, slots, ...] or [batch, seq, ...]. A nil
	// dropout is inference.
	head(w nn.Weights, inputs []*Node, drop *nn.Dropout) nn.Head
}

// An architecture is a network and how documents become its inputs.
type architecture interface {
	network
	// encodeTexts and encodeWords return documents as the network reads them, in order, cut to its limit.
	encodeTexts(ctx context.Context, texts []string) ([]document, error)
	encodeWords(ctx context.Context, lists [][]string) ([]document, error)
	// packs tells whether several documents may lie in one row.
	packs() bool
	// atOnce is about how many tokens a scoring program takes at once.
	atOnce() int
	// inputs lays out documents for a program.
	inputs(docs []document, l layout) []any
	// limit is the longest row there is, in tokens.
	limit() int
	// initial draws a weight that no checkpoint has.
	initial(name string, dims []int, seed uint64) pretrained.Tensor
	// save writes the model as a folder that Load reads.
	save(dir string, weights map[string]pretrained.Tensor, classes []string) error
	close() error
}

// A document is a text or a list of words as a network reads it.
type document struct {
	ids   []int32   // of sub-words, or of words
	types []int32   // token types, one an ID, where the architecture has them
	chars [][]int32 // the characters of each word, where the architecture reads them
	first []int32   // of a list of words: the position in ids that decides a word's tag; −1 where there is none
	cut   int       // words of such a list past the limit
}

// bytes is about how much memory it takes.
func (d document) bytes() int {
	n := 4 * (len(d.ids) + len(d.types) + len(d.first))
	for _, c := range d.chars {
		n += 24 + 4*len(c)
	}
	return n
}

// at returns the documents at positions.
func at(docs []document, positions []int) []document {
	out := make([]document, len(positions))
	for i, p := range positions {
		out[i] = docs[p]
	}
	return out
}
