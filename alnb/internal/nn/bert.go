package nn

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// BERT is the encoder of Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers" (NAACL 2019), with the
// weight names and the arithmetic of Hugging Face's BertModel.
type BERT struct {
	Layers, Hidden, Heads, Intermediate int
	Vocabulary, Positions, TokenTypes   int
	Activation                          Activation
	Epsilon                             float64 // of the layer norms
	HiddenDropout, AttentionDropout     float64 // probabilities, while training
	ClassifierDropout                   float64
}

// Shapes returns the shape of every weight of the encoder and a classification head, by name.
func (b BERT) Shapes(classes int) map[string][]int {
	out := map[string][]int{
		"bert.embeddings.word_embeddings.weight":       {b.Vocabulary, b.Hidden},
		"bert.embeddings.position_embeddings.weight":   {b.Positions, b.Hidden},
		"bert.embeddings.token_type_embeddings.weight": {b.TokenTypes, b.Hidden},
	}
	dense := func(name string, from, to int) {
		out[name+".weight"], out[name+".bias"] = []int{to, from}, []int{to}
	}
	norm := func(name string) {
		out[name+".weight"], out[name+".bias"] = []int{b.Hidden}, []int{b.Hidden}
	}
	norm("bert.embeddings.LayerNorm")
	for i := range b.Layers {
		layer := layerName(i)
		for _, part := range []string{"query", "key", "value"} {
			dense(layer+"attention.self."+part, b.Hidden, b.Hidden)
		}
		dense(layer+"attention.output.dense", b.Hidden, b.Hidden)
		norm(layer + "attention.output.LayerNorm")
		dense(layer+"intermediate.dense", b.Hidden, b.Intermediate)
		dense(layer+"output.dense", b.Intermediate, b.Hidden)
		norm(layer + "output.LayerNorm")
	}
	dense("bert.pooler.dense", b.Hidden, b.Hidden)
	dense("classifier", b.Hidden, classes)
	return out
}

func layerName(i int) string { return fmt.Sprintf("bert.encoder.layer.%d.", i) }

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
	words := Gather(w("bert.embeddings.word_embeddings.weight"), ExpandAxes(ids, -1))        // [batch, seq, hidden]
	positions := Slice(w("bert.embeddings.position_embeddings.weight"), AxisRange(0, seq))   // [seq, hidden]
	types := Slice(w("bert.embeddings.token_type_embeddings.weight"), AxisRange(0, 1))       // [1, hidden]
	x := Add(words, ExpandAxes(Add(positions, types), 0))                                    // [batch, seq, hidden]
	x = drop.Apply(layerNorm(w, "bert.embeddings.LayerNorm", x, b.Epsilon), b.HiddenDropout) // [batch, seq, hidden]

	column := Iota(g, shapes.Make(dtypes.Int32, 1, seq), 1)    // [1, seq]
	padding := GreaterOrEqual(column, ExpandAxes(lengths, -1)) // [batch, seq]
	bias := MulScalar(ConvertDType(padding, x.DType()), -1e9)  // [batch, seq]
	bias = Reshape(bias, bias.Shape().Dim(0), 1, 1, seq)       // [batch, 1, 1, seq]
	for i := range b.Layers - 1 {
		x = b.layer(w, layerName(i), x, x, bias, drop) // [batch, seq, hidden]
	}
	if firstOnly {
		return b.layer(w, layerName(b.Layers-1), Slice(x, AxisRange(), AxisRange(0, 1)), x, bias, drop) // [batch, 1, hidden]
	}
	return b.layer(w, layerName(b.Layers-1), x, x, bias, drop) // [batch, seq, hidden]
}

// layer is one transformer block, norms after the residual sums. x [batch, queries, hidden] are the states it passes
// on, all [batch, seq, hidden] those they attend to: x itself, or more.
func (b BERT) layer(w Weights, name string, x, all, bias *Node, drop *Dropout) *Node {
	attended := linear(w, name+"attention.output.dense", b.attention(w, name+"attention.self.", x, all, bias, drop))
	x = layerNorm(w, name+"attention.output.LayerNorm", Add(drop.Apply(attended, b.HiddenDropout), x), b.Epsilon)
	inner := b.Activation.apply(linear(w, name+"intermediate.dense", x))        // [batch, queries, intermediate]
	outer := drop.Apply(linear(w, name+"output.dense", inner), b.HiddenDropout) // [batch, queries, hidden]
	return layerNorm(w, name+"output.LayerNorm", Add(outer, x), b.Epsilon)      // [batch, queries, hidden]
}

// attention is scaled dot-product attention of x's positions to all; bias shuts out padding.
func (b BERT) attention(w Weights, name string, x, all, bias *Node, drop *Dropout) *Node {
	size := b.Hidden / b.Heads
	heads := func(part string, x *Node) *Node {
		return Reshape(linear(w, name+part, x), x.Shape().Dim(0), x.Shape().Dim(1), b.Heads, size) // [batch, …, heads, size]
	}
	query, key, value := heads("query", x), heads("key", all), heads("value", all)
	scores := Einsum("bqhd,bkhd->bhqk", MulScalar(query, 1/math.Sqrt(float64(size))), key) // [batch, heads, queries, seq]
	weights := drop.Apply(Softmax(Add(scores, bias), -1), b.AttentionDropout)              // [batch, heads, queries, seq]
	mixed := Einsum("bhqk,bkhd->bqhd", weights, value)                                     // [batch, queries, heads, size]
	return Reshape(mixed, x.Shape().Dimensions...)                                         // [batch, queries, hidden]
}

// Classify returns the logits of BertForSequenceClassification: a linear layer over the pooled first token.
func (b BERT) Classify(w Weights, ids, lengths *Node, drop *Dropout) *Node {
	first := Squeeze(b.encode(w, ids, lengths, drop, true), 1)              // [batch, hidden]
	pooled := Tanh(linear(w, "bert.pooler.dense", first))                   // [batch, hidden]
	return linear(w, "classifier", drop.Apply(pooled, b.ClassifierDropout)) // [batch, classes]
}
