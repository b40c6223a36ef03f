package nn

import (
	"fmt"
	"strings"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// XLNet is the encoder of Yang et al., "XLNet: Generalized Autoregressive Pretraining for Language Understanding"
// (NeurIPS 2019), with the weight names and the arithmetic of Hugging Face's XLNetForSequenceClassification and
// XLNetForTokenClassification. Of the paper's two streams only that of the content is here; the other, and with it the
// weight mask_emb, serves pre-training.
type XLNet struct {
	Layers, Hidden, Heads, Intermediate int
	Vocabulary                          int
	Activation                          Activation
	Epsilon                             float64 // of the layer norms
	Dropout                             float64 // probability, while training: of states, positions and attention
	ClampLength                         int     // tokens further apart than this count as this far; none where not positive
	Summary                             Summary
}

// Summary is how XLNet's classifier makes one vector of a text's hidden states, before its last linear layer.
type Summary struct {
	Type                      string     // which states: "last", "first", "mean", or "cls_index", which is the last, too
	Project                   bool       // a linear layer
	Activation                Activation // after it; "" is none
	FirstDropout, LastDropout float64    // before and after these two
}

// Supported tells whether the model can be built.
func (m XLNet) Supported() error {
	if err := m.Activation.Supported(); err != nil {
		return fmt.Errorf("ff_activation: %w", err)
	}
	switch m.Summary.Type {
	case "last", "first", "mean", "cls_index":
	default:
		return fmt.Errorf("summary_type is %q; supported are last, first, mean and cls_index", m.Summary.Type)
	}
	switch m.Summary.Activation {
	case "", "tanh":
	default:
		if err := m.Summary.Activation.Supported(); err != nil {
			return fmt.Errorf("summary_activation is %q; supported are tanh, gelu, gelu_new, relu and none",
				string(m.Summary.Activation))
		}
	}
	if m.Hidden%2 != 0 {
		return fmt.Errorf("d_model is %d; it must be even, half of a position's vector are sines", m.Hidden)
	}
	return nil
}

// The names of the heads' linear layers.
const (
	xlnetSummary = "sequence_summary.summary"
	xlnetLogits  = "logits_proj"
	xlnetTags    = "classifier"
)

// Prefix implements [Encoder].
func (m XLNet) Prefix() string { return "transformer." }

// InHead implements [Encoder].
func (m XLNet) InHead(name string) bool {
	return strings.HasPrefix(name, xlnetSummary+".") || strings.HasPrefix(name, xlnetLogits+".") ||
		strings.HasPrefix(name, xlnetTags+".")
}

// ClassifierShapes implements [Encoder].
func (m XLNet) ClassifierShapes(classes int) map[string][]int {
	out := m.encoderShapes()
	if m.Summary.Project {
		out[xlnetSummary+".weight"], out[xlnetSummary+".bias"] = []int{m.Hidden, m.Hidden}, []int{m.Hidden}
	}
	out[xlnetLogits+".weight"], out[xlnetLogits+".bias"] = []int{classes, m.Hidden}, []int{classes}
	return out
}

// TaggerShapes implements [Encoder].
func (m XLNet) TaggerShapes(classes int) map[string][]int {
	out := m.encoderShapes()
	out[xlnetTags+".weight"], out[xlnetTags+".bias"] = []int{classes, m.Hidden}, []int{classes}
	return out
}

// size is that of a head.
func (m XLNet) size() int { return m.Hidden / m.Heads }

func (m XLNet) encoderShapes() map[string][]int {
	out := map[string][]int{
		"transformer.word_embedding.weight": {m.Vocabulary, m.Hidden},
		"transformer.mask_emb":              {1, 1, m.Hidden}, // unused; a checkpoint holds it
	}
	for i := range m.Layers {
		p := xlnetLayer(i)
		for _, part := range []string{"q", "k", "v", "o", "r"} {
			out[p+"rel_attn."+part] = []int{m.Hidden, m.Heads, m.size()}
		}
		for _, part := range []string{"r_w_bias", "r_r_bias", "r_s_bias"} {
			out[p+"rel_attn."+part] = []int{m.Heads, m.size()}
		}
		out[p+"rel_attn.seg_embed"] = []int{2, m.Heads, m.size()}
		for _, norm := range []string{"rel_attn.layer_norm", "ff.layer_norm"} {
			out[p+norm+".weight"], out[p+norm+".bias"] = []int{m.Hidden}, []int{m.Hidden}
		}
		out[p+"ff.layer_1.weight"], out[p+"ff.layer_1.bias"] = []int{m.Intermediate, m.Hidden}, []int{m.Intermediate}
		out[p+"ff.layer_2.weight"], out[p+"ff.layer_2.bias"] = []int{m.Hidden, m.Intermediate}, []int{m.Hidden}
	}
	return out
}

func xlnetLayer(i int) string { return fmt.Sprintf("transformer.layer.%d.", i) }

// ClassifierHead implements [Encoder].
func (m XLNet) ClassifierHead(w Weights, t Tokens, drop *Dropout) Head {
	states := m.last(w, t, drop)                                // [batch, seq, hidden]
	summary := pick(m.Summary.share(t, states.DType()), states) // [batch, slots, hidden]
	x := drop.Apply(summary, m.Summary.FirstDropout)            // [batch, slots, hidden]
	if m.Summary.Project {
		x = Linear(w, xlnetSummary, x) // [batch, slots, hidden]
	}
	if m.Summary.Activation != "" {
		x = m.Summary.Activation.apply(x) // [batch, slots, hidden]
	}
	return endIn(w, xlnetLogits, summary, drop.Apply(x, m.Summary.LastDropout)) // [batch, slots, classes]
}

// share returns what each state counts in the summary of a document, [batch, slots, seq]. Python's "first" and "mean"
// count padding, too; these don't, and give what Python gives for a text by itself.
func (s Summary) share(t Tokens, dtype dtypes.DType) *Node {
	of := ConvertDType(t.Of(), dtype)           // [batch, slots, seq]
	lengths := ReduceAndKeep(of, ReduceSum, -1) // [batch, slots, 1]
	switch s.Type {
	case "last", "cls_index":
		positions := ExpandAxes(ConvertDType(t.Positions, dtype), 1)                  // [batch, 1, seq]
		return Mul(of, ConvertDType(Equal(positions, AddScalar(lengths, -1)), dtype)) // [batch, slots, seq]
	case "first":
		return ConvertDType(t.First(), dtype) // [batch, slots, seq]
	case "mean":
		return Div(of, MaxScalar(lengths, 1)) // [batch, slots, seq]
	}
	panic(fmt.Errorf("summary_type is %q", s.Type))
}

// TaggerHead implements [Encoder]: one linear layer over every token.
func (m XLNet) TaggerHead(w Weights, t Tokens, drop *Dropout) Head {
	x := m.last(w, t, drop)          // [batch, seq, hidden]
	return endIn(w, xlnetTags, x, x) // [batch, seq, classes]
}

// last returns what the heads read.
func (m XLNet) last(w Weights, t Tokens, drop *Dropout) *Node {
	return drop.Apply(m.HiddenStates(w, t, drop)[m.Layers], m.Dropout) // [batch, seq, hidden]
}

// HiddenStates implements [Encoder].
func (m XLNet) HiddenStates(w Weights, t Tokens, drop *Dropout) []*Node {
	x := lookUp(w, "transformer.word_embedding.weight", t.IDs) // [batch, seq, hidden]
	x = drop.Apply(x, m.Dropout)
	between := m.between(t, x.DType(), drop, w.noting())
	states := []*Node{x}
	for i := range m.Layers {
		x = m.layer(w, xlnetLayer(i), x, between, drop) // [batch, seq, hidden]
		states = append(states, x)
	}
	return states
}

// layer is one transformer block, norms after the residual sums; p is the prefix of its weights.
func (m XLNet) layer(w Weights, p string, x *Node, between relations, drop *Dropout) *Node {
	attended := drop.Apply(m.attention(w, p+"rel_attn.", x, between, drop), m.Dropout) // [batch, seq, hidden]
	x = layerNorm(w, p+"rel_attn.layer_norm", Add(attended, x), m.Epsilon)             // [batch, seq, hidden]
	inner := drop.Apply(m.Activation.apply(Linear(w, p+"ff.layer_1", x)), m.Dropout)   // [batch, seq, intermediate]
	outer := drop.Apply(Linear(w, p+"ff.layer_2", inner), m.Dropout)                   // [batch, seq, hidden]
	return layerNorm(w, p+"ff.layer_norm", Add(outer, x), m.Epsilon)                   // [batch, seq, hidden]
}
