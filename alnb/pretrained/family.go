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
}

// A Task is what a model's head is for.
type Task string

// The tasks.
const (
	Classification Task = "classification" // one class a text
	Tagging        Task = "tagging"        // one class a token
)

// Task is what the model's head is for, by the Python class that the file names; checkpoints without a head that is
// known count as [Classification].
func (c Config) Task() Task {
	for _, name := range c.Architectures {
		if strings.HasSuffix(name, "ForTokenClassification") {
			return Tagging
		}
	}
	return Classification
}

// singleLabel is Python's name of classification into one class a text.
const singleLabel = "single_label_classification"

// architecture is the family's Python class for a task.
func (f family) architecture(task Task) (string, error) {
	switch task {
	case Classification:
		return f.classifier, nil
	case Tagging:
		return f.tagger, nil
	}
	return "", fmt.Errorf("there is no task %q; there are %s and %s", task, Classification, Tagging)
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
		defaults: distilbertDefaults(), typeless: 1,
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

// xlnet is the model_type of XLNet's family.
const xlnet = "xlnet"

// XLNetConfig is what only an XLNet's configuration says. Fields that concern texts longer than one pass of the model
// (mem_len, reuse_len, use_mems_eval, use_mems_train) or attention to earlier tokens alone (same_length) change nothing
// here.
type XLNetConfig struct {
	ClampLength         int     `json:"clamp_len"` // the largest distance of two tokens that is told from others; not positive: none
	SummaryType         string  `json:"summary_type"`
	SummaryUseProj      bool    `json:"summary_use_proj"`
	SummaryActivation   string  `json:"summary_activation"` // "": none
	SummaryFirstDropout float64 `json:"summary_first_dropout"`
	SummaryProjToLabels bool    `json:"summary_proj_to_labels"`
	AttentionType       string  `json:"attn_type"`
	BiData              bool    `json:"bi_data"`
	HeadSize            int     `json:"d_head"` // 0: what the hidden size and the heads give
}

func xlnetDefaults() Config {
	c, dropout := bertDefaults, 0.1
	c.ModelType, c.VocabSize, c.HiddenSize, c.Layers, c.Heads, c.IntermediateSize = xlnet, 32000, 1024, 24, 16, 4096
	c.TypeVocabSize, c.MaxPositions, c.PadTokenID, c.ClassifierDropout = 0, 0, 5, &dropout
	c.ClampLength, c.AttentionType = -1, "bi"
	c.SummaryType, c.SummaryUseProj, c.SummaryActivation = "last", true, "tanh"
	return c
}

// check refuses what Python refuses, too, and what isn't supported; size is that of a head.
func (c XLNetConfig) check(size int) error {
	switch {
	case c.AttentionType != "bi":
		return fmt.Errorf("attn_type is %q; supported is \"bi\", attention in both directions", c.AttentionType)
	case c.BiData:
		return fmt.Errorf("bi_data is true: half of a batch would be read backwards; supported is false")
	case c.HeadSize != 0 && c.HeadSize != size:
		return fmt.Errorf("d_head is %d; d_model and n_head make it %d", c.HeadSize, size)
	case c.SummaryProjToLabels:
		return fmt.Errorf("summary_proj_to_labels is true, which leaves the layer behind it without its input; supported is false")
	case !(c.SummaryFirstDropout >= 0 && c.SummaryFirstDropout < 1):
		return fmt.Errorf("summary_first_dropout is %g; it must lie in [0, 1)", c.SummaryFirstDropout)
	}
	return nil
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

// rename returns a configuration's fields under BERT's names.
func (f family) rename(fields map[string]json.RawMessage) map[string]json.RawMessage {
	out := maps.Clone(fields)
	for ours, theirs := range f.names {
		delete(out, ours)
		if value, ok := fields[theirs]; ok {
			out[ours] = value
		}
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
