package nn

import (
	"fmt"
	"strings"
)

// A Variant is a model with BERT's architecture and weight names of its own; the value is config.json's model_type.
//
//   - DistilBERT (Sanh et al., "DistilBERT, a distilled version of BERT", 2019) has neither token types nor a pooler;
//     its head has a ReLU.
//   - ELECTRA (Clark et al., "ELECTRA: Pre-training Text Encoders as Discriminators Rather Than Generators", ICLR
//     2020), the discriminator: its embeddings may be smaller than the hidden states; its head has a GELU.
type Variant string

// The variants.
const (
	PlainBERT  Variant = "bert"
	DistilBERT Variant = "distilbert"
	ELECTRA    Variant = "electra"
)

// layerNames are the names of a block's parts, without ".weight" and ".bias".
type layerNames struct {
	query, key, value, attended, attentionNorm string
	inner, outer, outputNorm                   string
}

func (v Variant) layer(i int) layerNames {
	if v == DistilBERT {
		p := fmt.Sprintf("distilbert.transformer.layer.%d.", i)
		return layerNames{
			query: p + "attention.q_lin", key: p + "attention.k_lin", value: p + "attention.v_lin",
			attended: p + "attention.out_lin", attentionNorm: p + "sa_layer_norm",
			inner: p + "ffn.lin1", outer: p + "ffn.lin2", outputNorm: p + "output_layer_norm",
		}
	}
	p := fmt.Sprintf("%sencoder.layer.%d.", v.Prefix(), i)
	return layerNames{
		query: p + "attention.self.query", key: p + "attention.self.key", value: p + "attention.self.value",
		attended: p + "attention.output.dense", attentionNorm: p + "attention.output.LayerNorm",
		inner: p + "intermediate.dense", outer: p + "output.dense", outputNorm: p + "output.LayerNorm",
	}
}

// Prefix stands in front of the encoder's weight names; checkpoints of the encoder alone leave it out.
func (v Variant) Prefix() string { return string(v) + "." }

func (v Variant) embeddings(part string) string { return v.Prefix() + "embeddings." + part }

// projection leads from small embeddings to the hidden size.
func (v Variant) projection() string { return v.Prefix() + "embeddings_project" }

// tagHead is the linear layer of the head for token classification, of all variants.
const tagHead = "classifier"

// head names the two linear layers of the classification head.
func (v Variant) head() (hidden, output string) {
	switch v {
	case DistilBERT:
		return "pre_classifier", "classifier"
	case ELECTRA:
		return "classifier.dense", "classifier.out_proj"
	}
	return "bert.pooler.dense", "classifier"
}

// headActivation is the non-linearity between the two.
func (v Variant) headActivation() Activation {
	switch v {
	case DistilBERT:
		return "relu"
	case ELECTRA:
		return "gelu"
	}
	return "tanh"
}

// InHead tells whether a weight belongs to a head: one that a pretrained checkpoint may lack.
func (v Variant) InHead(name string) bool {
	hidden, _ := v.head()
	return strings.HasPrefix(name, hidden+".") || strings.HasPrefix(name, tagHead+".")
}
