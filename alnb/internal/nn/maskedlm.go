package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// A MaskedLM is an encoder with its family's head for masked language modeling, whose last layer is tied to the word
// embeddings.
type MaskedLM interface {
	Encoder
	// MaskedLMShapes returns the shapes of the head's own weights; nil where the variant has no such head.
	MaskedLMShapes() map[string][]int
	// MaskedLM returns the logits over the vocabulary for hidden states: [n, hidden] to [n, vocabulary].
	MaskedLM(w Weights, states *Node) *Node
}

// maskedLMNames are a dense layer, a norm, and the bias of the layer tied to the embeddings.
func (v Variant) maskedLMNames() (dense, norm, bias string) {
	switch v {
	case PlainBERT:
		return "cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias"
	case DistilBERT:
		return "vocab_transform", "vocab_layer_norm", "vocab_projector.bias"
	}
	return "", "", ""
}

// MaskedLMShapes implements [MaskedLM].
func (b BERT) MaskedLMShapes() map[string][]int {
	dense, norm, bias := b.Variant.maskedLMNames()
	if dense == "" {
		return nil
	}
	out := map[string][]int{norm + ".weight": {b.Hidden}, norm + ".bias": {b.Hidden}, bias: {b.Vocabulary}}
	denseShapes(out, dense, b.Hidden, b.Hidden)
	return out
}

// MaskedLM implements [MaskedLM].
func (b BERT) MaskedLM(w Weights, states *Node) *Node {
	dense, norm, bias := b.Variant.maskedLMNames()
	x := layerNorm(w, norm, b.Activation.apply(Linear(w, dense, states)), b.Epsilon) // [n, hidden]
	embeddings := w.Of(b.Variant.embeddings("word_embeddings.weight"))               // [vocabulary, hidden]
	logits := DotGeneral(x, []int{-1}, nil, embeddings, []int{1}, nil)               // [n, vocabulary]
	return Add(logits, ExpandAxes(w.Of(bias), 0))
}
