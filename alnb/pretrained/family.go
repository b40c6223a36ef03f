package pretrained

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A family is what sets the configurations of one model_type apart from BERT's.
type family struct {
	classifier string            // the class for sequence classification in Python's transformers
	tagger     string            // the class for token classification
	encoder    string            // the class without a head
	names      map[string]string // BERT's name of a field: the family's
	defaults   Config            // of transformers, for fields a file leaves out
	typeless   int               // 1 where the family has no vectors of token types
	unlimited  int               // 1 where a text may have any number of positions

	fixedEpsilon bool // of layer norms: the file has no say
}

// bertDefaults are transformers' for the encoder's shape and its dropout, in BERT's configuration.
var bertDefaults = Config{
	ModelType: "bert", VocabSize: 30522, HiddenSize: 768, Layers: 12, Heads: 12, IntermediateSize: 3072,
	Activation: "gelu", HiddenDropout: 0.1, AttentionDropout: 0.1, LayerNormEpsilon: 1e-12, InitializerRange: 0.02,
	TypeVocabSize: 2, MaxPositions: 512, PositionEmbeddingType: "absolute",
}

// families are the architectures that are read, by model_type.
var families = map[string]family{
	"bert": {classifier: "BertForSequenceClassification", tagger: "BertForTokenClassification", encoder: "BertModel", defaults: bertDefaults},
	"distilbert": {
		classifier: "DistilBertForSequenceClassification", tagger: "DistilBertForTokenClassification", encoder: "DistilBertModel",
		names: map[string]string{
			"hidden_size": "dim", "num_hidden_layers": "n_layers", "num_attention_heads": "n_heads",
			"intermediate_size": "hidden_dim", "hidden_act": "activation", "hidden_dropout_prob": "dropout",
			"attention_probs_dropout_prob": "attention_dropout", "classifier_dropout": "seq_classif_dropout",
		},
		defaults: distilbertDefaults(), typeless: 1, fixedEpsilon: true,
	},
	"electra": {
		classifier: "ElectraForSequenceClassification", tagger: "ElectraForTokenClassification", encoder: "ElectraModel", defaults: electraDefaults(),
	},
	xlnet: {
		classifier: "XLNetForSequenceClassification", tagger: "XLNetForTokenClassification", encoder: "XLNetModel",
		names: map[string]string{
			"hidden_size": "d_model", "num_hidden_layers": "n_layer", "num_attention_heads": "n_head",
			"intermediate_size": "d_inner", "hidden_act": "ff_activation", "hidden_dropout_prob": "dropout",
			"attention_probs_dropout_prob": "dropout", "classifier_dropout": "summary_last_dropout",
		},
		defaults: xlnetDefaults(), typeless: 1, unlimited: 1,
	},
}

func distilbertDefaults() Config {
	c, dropout := bertDefaults, 0.2
	c.ModelType, c.Layers, c.TypeVocabSize, c.ClassifierDropout = "distilbert", 6, 0, &dropout
	return c
}

func electraDefaults() Config {
	c := bertDefaults
	c.ModelType, c.EmbeddingSize, c.HiddenSize, c.Heads, c.IntermediateSize = "electra", 128, 256, 4, 1024
	return c
}

// familyDefaults returns the defaults of the family that a configuration's model_type names.
func familyDefaults(fields map[string]json.RawMessage) (Config, error) {
	var name string
	if err := json.Unmarshal(fields["model_type"], &name); err != nil {
		return Config{}, fmt.Errorf("model_type is missing or no string; supported are %s", supported())
	}
	f, ok := families[name]
	if !ok {
		return Config{}, fmt.Errorf("model_type is %q; supported are %s", name, supported())
	}
	c := f.defaults
	if c.ClassifierDropout != nil { // reading the file must not write into the defaults
		dropout := *c.ClassifierDropout
		c.ClassifierDropout = &dropout
	}
	return c, nil
}

func supported() string { return strings.Join(slices.Sorted(maps.Keys(families)), ", ") }

func (c Config) family() family { return families[c.ModelType] }

// aliases are fields that Python reads under BERT's names in every family.
var aliases = [...]string{"hidden_size", "num_hidden_layers", "num_attention_heads"}

// rename returns a configuration's fields under BERT's names.
func (f family) rename(fields map[string]json.RawMessage) map[string]json.RawMessage {
	out := maps.Clone(fields)
	for ours, theirs := range f.names {
		value, ok := fields[theirs]
		switch {
		case ok:
			out[ours] = value
		case !slices.Contains(aliases[:], ours): // Python takes these under BERT's names, too
			delete(out, ours)
		}
	}
	if value, ok := fields["n_token"]; ok && f.unlimited > 0 { // old XLNet files'
		out["vocab_size"] = value
	}
	if f.fixedEpsilon {
		delete(out, "layer_norm_eps")
	}
	if f.typeless > 0 {
		delete(out, "type_vocab_size")
	}
	if f.unlimited > 0 {
		delete(out, "max_position_embeddings")
	}
	if string(out["summary_activation"]) == "null" { // none, not the default
		out["summary_activation"] = json.RawMessage(`""`)
	}
	if f.defaults.EmbeddingSize == 0 { // Python knows of it in ELECTRA's only
		delete(out, "embedding_size")
	}
	return out
}

// theirs is the family's name of a field, for errors.
func (f family) theirs(ours string) string {
	if name, ok := f.names[ours]; ok {
		return name
	}
	return ours
}
