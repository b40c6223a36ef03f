package nn

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// BERT is the encoder of Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers" (NAACL 2019), and of
// the models that kept its architecture, with the weight names and the arithmetic of Hugging Face's models: see
// [Variant].
type BERT struct {
	Variant                             Variant
	Layers, Hidden, Heads, Intermediate int
	Embedding                           int // the size of the embeddings: Hidden, but where the variant allows another
	Vocabulary, Positions, TokenTypes   int // TokenTypes is 0 where the variant has none
	Activation                          Activation
	Epsilon                             float64 // of the layer norms
	HiddenDropout, AttentionDropout     float64 // probabilities, while training
	ClassifierDropout                   float64
}

// Shapes returns the shape of every weight of the encoder and its classification head, by name.
func (b BERT) Shapes(classes int) map[string][]int {
	v := b.Variant
	out := map[string][]int{
		v.embeddings("word_embeddings.weight"):     {b.Vocabulary, b.Embedding},
		v.embeddings("position_embeddings.weight"): {b.Positions, b.Embedding},
	}
	if b.TokenTypes > 0 {
		out[v.embeddings("token_type_embeddings.weight")] = []int{b.TokenTypes, b.Embedding}
	}
	dense := func(name string, from, to int) {
		out[name+".weight"], out[name+".bias"] = []int{to, from}, []int{to}
	}
	norm := func(name string, size int) {
		out[name+".weight"], out[name+".bias"] = []int{size}, []int{size}
	}
	norm(v.embeddings("LayerNorm"), b.Embedding)
	if b.Embedding != b.Hidden {
		dense(v.projection(), b.Embedding, b.Hidden)
	}
	for i := range b.Layers {
		layer := v.layer(i)
		for _, part := range []string{layer.query, layer.key, layer.value, layer.attended} {
			dense(part, b.Hidden, b.Hidden)
		}
		norm(layer.attentionNorm, b.Hidden)
		dense(layer.inner, b.Hidden, b.Intermediate)
		dense(layer.outer, b.Intermediate, b.Hidden)
		norm(layer.outputNorm, b.Hidden)
	}
	hidden, output := v.head()
	dense(hidden, b.Hidden, b.Hidden)
	dense(output, b.Hidden, classes)
	return out
}

// Encode returns the last layer's hidden states, [batch, seq, hidden]. ids is int32 [batch, seq], padded at the right;
// lengths is int32 [batch], the tokens of each row that count; drop is nil at inference.
func (b BERT) Encode(w Weights, ids, lengths *Node, drop *Dropout) *Node {
	return b.encode(w, ids, lengths, drop, false)
}

// encode leaves out, with firstOnly, what the last layer computes for all tokens but the first: a classifier reads only
// that one, [batch, 1, hidden].
func (b BERT) encode(w Weights, ids, lengths *Node, drop *Dropout, firstOnly bool) *Node {
	g := ids.Graph()
	seq := ids.Shape().Dim(1)
	x := b.embed(w, ids, drop) // [batch, seq, hidden]

	column := Iota(g, shapes.Make(dtypes.Int32, 1, seq), 1)    // [1, seq]
	padding := GreaterOrEqual(column, ExpandAxes(lengths, -1)) // [batch, seq]
	bias := MulScalar(ConvertDType(padding, x.DType()), -1e9)  // [batch, seq]
	bias = Reshape(bias, bias.Shape().Dim(0), 1, 1, seq)       // [batch, 1, 1, seq]
	for i := range b.Layers - 1 {
		x = b.layer(w, b.Variant.layer(i), x, x, bias, drop) // [batch, seq, hidden]
	}
	last := b.Variant.layer(b.Layers - 1)
	if firstOnly {
		return b.layer(w, last, Slice(x, AxisRange(), AxisRange(0, 1)), x, bias, drop) // [batch, 1, hidden]
	}
	return b.layer(w, last, x, x, bias, drop) // [batch, seq, hidden]
}

// embed sums the embeddings of the sub-words, their positions and the first token type.
func (b BERT) embed(w Weights, ids *Node, drop *Dropout) *Node {
	v := b.Variant
	x := Gather(w(v.embeddings("word_embeddings.weight")), ExpandAxes(ids, -1))                        // [batch, seq, embedding]
	constant := Slice(w(v.embeddings("position_embeddings.weight")), AxisRange(0, ids.Shape().Dim(1))) // [seq, embedding]
	if b.TokenTypes > 0 {
		types := Slice(w(v.embeddings("token_type_embeddings.weight")), AxisRange(0, 1)) // [1, embedding]
		constant = Add(constant, types)                                                  // [seq, embedding]
	}
	x = layerNorm(w, v.embeddings("LayerNorm"), Add(x, ExpandAxes(constant, 0)), b.Epsilon) // [batch, seq, embedding]
	x = drop.Apply(x, b.HiddenDropout)
	if b.Embedding != b.Hidden {
		x = linear(w, v.projection(), x) // [batch, seq, hidden]
	}
	return x
}

// layer is one transformer block, norms after the residual sums. x [batch, queries, hidden] are the states it passes
// on, all [batch, seq, hidden] those they attend to: x itself, or more.
func (b BERT) layer(w Weights, names layerNames, x, all, bias *Node, drop *Dropout) *Node {
	attended := linear(w, names.attended, b.attention(w, names, x, all, bias, drop)) // [batch, queries, hidden]
	x = layerNorm(w, names.attentionNorm, Add(drop.Apply(attended, b.HiddenDropout), x), b.Epsilon)
	inner := b.Activation.apply(linear(w, names.inner, x))              // [batch, queries, intermediate]
	outer := drop.Apply(linear(w, names.outer, inner), b.HiddenDropout) // [batch, queries, hidden]
	return layerNorm(w, names.outputNorm, Add(outer, x), b.Epsilon)     // [batch, queries, hidden]
}

// attention is scaled dot-product attention of x's positions to all; bias shuts out padding.
func (b BERT) attention(w Weights, names layerNames, x, all, bias *Node, drop *Dropout) *Node {
	size := b.Hidden / b.Heads
	heads := func(part string, x *Node) *Node {
		return Reshape(linear(w, part, x), x.Shape().Dim(0), x.Shape().Dim(1), b.Heads, size) // [batch, …, heads, size]
	}
	query, key, value := heads(names.query, x), heads(names.key, all), heads(names.value, all)
	scores := Einsum("bqhd,bkhd->bhqk", MulScalar(query, 1/math.Sqrt(float64(size))), key) // [batch, heads, queries, seq]
	weights := drop.Apply(Softmax(Add(scores, bias), -1), b.AttentionDropout)              // [batch, heads, queries, seq]
	mixed := Einsum("bhqk,bkhd->bqhd", weights, value)                                     // [batch, queries, heads, size]
	return Reshape(mixed, x.Shape().Dimensions...)                                         // [batch, queries, hidden]
}

// Classify returns the logits of the variant's model for sequence classification, [batch, classes], read off the first
// token: two linear layers with a non-linearity between.
func (b BERT) Classify(w Weights, ids, lengths *Node, drop *Dropout) *Node {
	hidden, output := b.Variant.head()
	first := Squeeze(b.encode(w, ids, lengths, drop, true), 1) // [batch, hidden]
	if b.Variant == ELECTRA {
		first = drop.Apply(first, b.ClassifierDropout)
	}
	inner := b.Variant.headActivation().apply(linear(w, hidden, first)) // [batch, hidden]
	return linear(w, output, drop.Apply(inner, b.ClassifierDropout))    // [batch, classes]
}
