package pretrained

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strconv"
)

// Config is what a model's config.json says, as far as it is needed here.
type Config struct {
	ModelType             string            `json:"model_type"` // "bert"
	VocabSize             int               `json:"vocab_size"`
	HiddenSize            int               `json:"hidden_size"`
	Layers                int               `json:"num_hidden_layers"`
	Heads                 int               `json:"num_attention_heads"`
	IntermediateSize      int               `json:"intermediate_size"`
	MaxPositions          int               `json:"max_position_embeddings"`
	TypeVocabSize         int               `json:"type_vocab_size"`
	Activation            string            `json:"hidden_act"`
	HiddenDropout         float64           `json:"hidden_dropout_prob"`
	AttentionDropout      float64           `json:"attention_probs_dropout_prob"`
	ClassifierDropout     *float64          `json:"classifier_dropout"` // nil: HiddenDropout
	LayerNormEpsilon      float64           `json:"layer_norm_eps"`
	InitializerRange      float64           `json:"initializer_range"`
	PadTokenID            int32             `json:"pad_token_id"`
	PositionEmbeddingType string            `json:"position_embedding_type"`
	IDToLabel             map[string]string `json:"id2label"`

	raw map[string]json.RawMessage // every field of the file, kept for saving
}

// ReadConfig reads a config.json and refuses what isn't supported.
func ReadConfig(path string) (Config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("pretrained: read the model's configuration: %w", err)
	}
	// The defaults of transformers' BertConfig, for fields a file leaves out.
	c := Config{
		Activation: "gelu", HiddenDropout: 0.1, AttentionDropout: 0.1, LayerNormEpsilon: 1e-12, InitializerRange: 0.02,
		TypeVocabSize: 2, MaxPositions: 512, PositionEmbeddingType: "absolute",
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return Config{}, fmt.Errorf("pretrained: %s is not a model configuration: %w", path, err)
	}
	if err := json.Unmarshal(raw, &c.raw); err != nil {
		return Config{}, fmt.Errorf("pretrained: %s is not a model configuration: %w", path, err)
	}
	if err := c.check(); err != nil {
		return Config{}, fmt.Errorf("pretrained: %s: %w", path, err)
	}
	return c, nil
}

func (c Config) check() error {
	if c.ModelType != "bert" {
		return fmt.Errorf("model_type is %q; supported is \"bert\"", c.ModelType)
	}
	for name, n := range map[string]int{
		"vocab_size": c.VocabSize, "hidden_size": c.HiddenSize, "num_hidden_layers": c.Layers,
		"num_attention_heads": c.Heads, "intermediate_size": c.IntermediateSize,
		"max_position_embeddings": c.MaxPositions, "type_vocab_size": c.TypeVocabSize,
	} {
		if n <= 0 || n > 1<<24 {
			return fmt.Errorf("%s is %d; it must be positive", name, n)
		}
	}
	if c.HiddenSize%c.Heads != 0 {
		return fmt.Errorf("hidden_size %d is no multiple of num_attention_heads %d", c.HiddenSize, c.Heads)
	}
	if c.PositionEmbeddingType != "absolute" {
		return fmt.Errorf("position_embedding_type is %q; supported is \"absolute\"", c.PositionEmbeddingType)
	}
	return nil
}

// Classes returns the names in id2label, in order of their ids; nil where the file names none.
func (c Config) Classes() ([]string, error) {
	if len(c.IDToLabel) == 0 {
		return nil, nil
	}
	classes := make([]string, len(c.IDToLabel))
	for key, name := range c.IDToLabel {
		id, err := strconv.Atoi(key)
		if err != nil || id < 0 || id >= len(classes) {
			return nil, fmt.Errorf("pretrained: config.json: id2label has %d classes and an id %q; ids count up from 0",
				len(classes), key)
		}
		classes[id] = name
	}
	return classes, nil
}

// forClassification returns the file's contents for a classifier of these classes fine-tuned from this model.
func (c Config) forClassification(classes []string) ([]byte, error) {
	fields := maps.Clone(c.raw)
	if fields == nil {
		fields = map[string]json.RawMessage{}
	}
	idToLabel, labelToID := map[string]string{}, map[string]int{}
	for id, name := range classes {
		idToLabel[strconv.Itoa(id)] = name
		labelToID[name] = id
	}
	for key, value := range map[string]any{
		"architectures": []string{"BertForSequenceClassification"},
		"id2label":      idToLabel,
		"label2id":      labelToID,
		"problem_type":  "single_label_classification",
		"torch_dtype":   "float32",
	} {
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		fields[key] = raw
	}
	delete(fields, "dtype") // newer files' name of torch_dtype
	return json.MarshalIndent(fields, "", "  ")
}

// Describe says what kind of model it is, for a reader.
func (c Config) Describe() string {
	return fmt.Sprintf("%s, %d layers of %d, vocabulary of %d", c.ModelType, c.Layers, c.HiddenSize, c.VocabSize)
}
