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
	Padding                             int // the number of the padding token, whose vector is not trained (PyTorch's padding_idx)
	Activation                          Activation
	Epsilon                             float64 // of the layer norms
	HiddenDropout, AttentionDropout     float64 // probabilities, while training
	ClassifierDropout                   float64
}

// ClassifierShapes implements [Encoder].
func (b BERT) ClassifierShapes(classes int) map[string][]int {
	out := b.encoderShapes()
	hidden, output := b.Variant.head()
	denseShapes(out, hidden, b.Hidden, b.Hidden)
	denseShapes(out, output, b.Hidden, classes)
	return out
}

// TaggerShapes implements [Encoder].
func (b BERT) TaggerShapes(classes int) map[string][]int {
	out := b.encoderShapes()
	denseShapes(out, tagHead, b.Hidden, classes)
	return out
}

func denseShapes(shapes map[string][]int, name string, from, to int) {
	shapes[name+".weight"], shapes[name+".bias"] = []int{to, from}, []int{to}
}

func (b BERT) encoderShapes() map[string][]int {
	v := b.Variant
	out := map[string][]int{
		v.embeddings("word_embeddings.weight"):     {b.Vocabulary, b.Embedding},
		v.embeddings("position_embeddings.weight"): {b.Positions, b.Embedding},
	}
	if b.TokenTypes > 0 {
		out[v.embeddings("token_type_embeddings.weight")] = []int{b.TokenTypes, b.Embedding}
	}
	norm := func(name string, size int) {
		out[name+".weight"], out[name+".bias"] = []int{size}, []int{size}
	}
	norm(v.embeddings("LayerNorm"), b.Embedding)
	if b.Embedding != b.Hidden {
		denseShapes(out, v.projection(), b.Embedding, b.Hidden)
	}
	for i := range b.Layers {
		layer := v.layer(i)
		for _, part := range []string{layer.query, layer.key, layer.value, layer.attended} {
			denseShapes(out, part, b.Hidden, b.Hidden)
		}
		norm(layer.attentionNorm, b.Hidden)
		denseShapes(out, layer.inner, b.Hidden, b.Intermediate)
		denseShapes(out, layer.outer, b.Intermediate, b.Hidden)
		norm(layer.outputNorm, b.Hidden)
	}
	return out
}

// Prefix implements [Encoder].
func (b BERT) Prefix() string { return b.Variant.Prefix() }

// InHead implements [Encoder].
func (b BERT) InHead(name string) bool { return b.Variant.InHead(name) }

// HiddenStates implements [Encoder].
func (b BERT) HiddenStates(w Weights, t Tokens, drop *Dropout) []*Node {
	states := []*Node{b.embed(w, t, drop)}          // [batch, seq, hidden]
	bias := attendTo(t.Within(), states[0].DType()) // [batch, 1, seq, seq]
	for i := range b.Layers {
		x := states[i]
		states = append(states, b.layer(w, b.Variant.layer(i), x, x, bias, drop)) // [batch, seq, hidden]
	}
	return states
}

// first returns the last layer's state of each document's first token, [batch, slots, hidden]: the only one that the
// head reads, so that the last layer is computed for it alone.
func (b BERT) first(w Weights, t Tokens, drop *Dropout) *Node {
	x := b.embed(w, t, drop)                // [batch, seq, hidden]
	bias := attendTo(t.Within(), x.DType()) // [batch, 1, seq, seq]
	for i := range b.Layers - 1 {           // all but the last
		x = b.layer(w, b.Variant.layer(i), x, x, bias, drop) // [batch, seq, hidden]
	}
	first := pick(ConvertDType(t.First(), x.DType()), x)                 // [batch, slots, hidden]
	bias = attendTo(t.Of(), x.DType())                                   // [batch, 1, slots, seq]
	return b.layer(w, b.Variant.layer(b.Layers-1), first, x, bias, drop) // [batch, slots, hidden]
}

// embed sums the embeddings of the sub-words, their positions and the first token type.
func (b BERT) embed(w Weights, t Tokens, drop *Dropout) *Node {
	v, ids := b.Variant, t.IDs
	x := lookUp(w, v.embeddings("word_embeddings.weight"), ids)                 // [batch, seq, embedding]
	padding := ExpandAxes(Equal(ids, Const(ids.Graph(), int32(b.Padding))), -1) // [batch, seq, 1]
	x = Where(BroadcastToShape(padding, shapes.Make(dtypes.Bool, x.Shape().Dimensions...)), StopGradient(x), x)
	x = Add(x, lookUp(w, v.embeddings("position_embeddings.weight"), t.Positions)) // [batch, seq, embedding]
	if b.TokenTypes > 0 {
		name := v.embeddings("token_type_embeddings.weight")
		x = Add(x, ExpandAxes(Slice(w.Of(name), AxisRange(0, 1)), 0)) // [batch, seq, embedding]
		w.noteFirstRow(name, x)
	}
	x = layerNorm(w, v.embeddings("LayerNorm"), x, b.Epsilon) // [batch, seq, embedding]
	x = drop.Apply(x, b.HiddenDropout)
	if b.Embedding != b.Hidden {
		x = Linear(w, v.projection(), x) // [batch, seq, hidden]
	}
	return x
}

// layer is one transformer block, norms after the residual sums. x [batch, queries, hidden] are the states it passes
// on, all [batch, seq, hidden] those they attend to: x itself, or more; bias [batch, 1, queries, seq] is attendTo's.
func (b BERT) layer(w Weights, names layerNames, x, all, bias *Node, drop *Dropout) *Node {
	attended := Linear(w, names.attended, b.attention(w, names, x, all, bias, drop)) // [batch, queries, hidden]
	if b.Variant != DistilBERT {                                                     // which has none here
		attended = drop.Apply(attended, b.HiddenDropout)
	}
	x = layerNorm(w, names.attentionNorm, Add(attended, x), b.Epsilon)  // [batch, queries, hidden]
	inner := b.Activation.apply(Linear(w, names.inner, x))              // [batch, queries, intermediate]
	outer := drop.Apply(Linear(w, names.outer, inner), b.HiddenDropout) // [batch, queries, hidden]
	return layerNorm(w, names.outputNorm, Add(outer, x), b.Epsilon)     // [batch, queries, hidden]
}

// attention is scaled dot-product attention of x's positions to all; bias shuts out other documents and padding.
// Gradients of its products are float32: XLA has no fast bfloat16 product with a transposed first factor.
func (b BERT) attention(w Weights, names layerNames, x, all, bias *Node, drop *Dropout) *Node {
	size := b.Hidden / b.Heads
	heads := func(part string, x *Node) *Node {
		return Reshape(Linear(w, part, x), x.Shape().Dim(0), x.Shape().Dim(1), b.Heads, size) // [batch, …, heads, size]
	}
	query, key, value := heads(names.query, x), heads(names.key, all), heads(names.value, all)
	query = MulScalar(query, 1/math.Sqrt(float64(size))) // [batch, queries, heads, size]
	in := w.Of(names.query + ".weight").DType()
	product := func(x, y *Node) *DotBuilder {
		return Dot(ConvertDType(x, in), ConvertDType(y, in)).WithOutputDType(x.DType())
	}
	scores := product(query, key).General([]int{3}, []int{0, 2}, []int{3}, []int{0, 2})    // [batch, heads, queries, seq]
	weights := drop.Apply(Softmax(Add(scores, bias), -1), b.AttentionDropout)              // [batch, heads, queries, seq]
	mixed := product(weights, value).General([]int{3}, []int{0, 1}, []int{1}, []int{0, 2}) // [batch, heads, queries, size]
	mixed = TransposeAllAxes(mixed, 0, 2, 1, 3)                                            // [batch, queries, heads, size]
	return Reshape(mixed, x.Shape().Dimensions...)                                         // [batch, queries, hidden]
}

// ClassifierHead implements [Encoder]: two linear layers with a non-linearity between, read off a document's first token.
func (b BERT) ClassifierHead(w Weights, t Tokens, drop *Dropout) Head {
	hidden, output := b.Variant.head()
	first := b.first(w, t, drop) // [batch, slots, hidden]
	if b.Variant == ELECTRA {
		first = drop.Apply(first, b.ClassifierDropout)
	}
	inner := b.Variant.headActivation().apply(Linear(w, hidden, first))    // [batch, slots, hidden]
	return endIn(w, output, first, drop.Apply(inner, b.ClassifierDropout)) // [batch, slots, classes]
}

// TaggerHead implements [Encoder]: one linear layer over every token.
func (b BERT) TaggerHead(w Weights, t Tokens, drop *Dropout) Head {
	p := b.ClassifierDropout
	if b.Variant == DistilBERT { // whose classifier_dropout is for classification only
		p = b.HiddenDropout
	}
	x := drop.Apply(b.HiddenStates(w, t, drop)[b.Layers], p) // [batch, seq, hidden]
	return endIn(w, tagHead, x, x)                           // [batch, seq, classes]
}
