package pretrained

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strconv"
)

// Config is what a model's config.json says, as far as it is needed here.
type Config struct {
	ModelType             string         `json:"model_type"` // one of families
	VocabSize             int            `json:"vocab_size"`
	HiddenSize            int            `json:"hidden_size"`
	EmbeddingSize         int            `json:"embedding_size"` // ELECTRA's; 0: HiddenSize
	Layers                int            `json:"num_hidden_layers"`
	Heads                 int            `json:"num_attention_heads"`
	IntermediateSize      int            `json:"intermediate_size"`
	MaxPositions          int            `json:"max_position_embeddings"` // 0: no limit, as XLNet; see Limit
	TypeVocabSize         int            `json:"type_vocab_size"`
	Activation            string         `json:"hidden_act"`
	HiddenDropout         float64        `json:"hidden_dropout_prob"`
	AttentionDropout      float64        `json:"attention_probs_dropout_prob"`
	ClassifierDropout     *float64       `json:"classifier_dropout"` // nil: HiddenDropout; XLNet's summary_last_dropout
	LayerNormEpsilon      float64        `json:"layer_norm_eps"`
	InitializerRange      float64        `json:"initializer_range"`
	PadTokenID            int32          `json:"pad_token_id"`
	PositionEmbeddingType string         `json:"position_embedding_type"`
	IDToLabel             map[string]any `json:"id2label"` // names, as a rule strings
	ProblemType           string         `json:"problem_type"`
	Decoder               bool           `json:"is_decoder"`
	Labels                int            `json:"num_labels"` // only in old files, and only without id2label
	Architectures         []string       `json:"architectures"`
	Tied                  *bool          `json:"tie_word_embeddings"` // the masked words' last layer and the embeddings; nil: true
	XLNetConfig

	raw map[string]json.RawMessage // every field of the file, kept for saving
}

// ReadConfig reads a config.json and refuses what isn't supported.
func ReadConfig(path string) (Config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("pretrained: read the model's configuration: %w", err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return Config{}, fmt.Errorf("pretrained: %s is not a model configuration: %w", path, err)
	}
	c, err := familyDefaults(fields)
	if err != nil {
		return Config{}, fmt.Errorf("pretrained: %s: %w", path, err)
	}
	if raw, err = json.Marshal(c.family().rename(fields)); err != nil {
		return Config{}, fmt.Errorf("pretrained: %s: %w", path, err)
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return Config{}, fmt.Errorf("pretrained: %s is not a model configuration: %w", path, err)
	}
	c.raw = fields
	if err := c.check(); err != nil {
		return Config{}, fmt.Errorf("pretrained: %s: %w", path, err)
	}
	return c, nil
}

func (c Config) check() error {
	for _, field := range []struct {
		name   string
		n, max int
	}{
		{"vocab_size", c.VocabSize, 1 << 24}, {"hidden_size", c.HiddenSize, 1 << 16}, {"num_hidden_layers", c.Layers, 1000},
		{"num_attention_heads", c.Heads, 1 << 16}, {"intermediate_size", c.IntermediateSize, 1 << 20},
		{"max_position_embeddings", max(c.MaxPositions, c.family().unlimited), 1 << 24},
		{"type_vocab_size", max(c.TypeVocabSize, c.family().typeless), 1 << 24},
		{"embedding_size", cmp.Or(c.EmbeddingSize, c.HiddenSize), 1 << 16},
	} {
		if field.n < 1 || field.n > field.max {
			return fmt.Errorf("%s is %d; it must lie between 1 and %d", c.family().theirs(field.name), field.n, field.max)
		}
	}
	for name, p := range map[string]*float64{
		"hidden_dropout_prob": &c.HiddenDropout, "attention_probs_dropout_prob": &c.AttentionDropout,
		"classifier_dropout": c.ClassifierDropout,
	} {
		if p != nil && !(*p >= 0 && *p < 1) {
			return fmt.Errorf("%s is %g; it must lie in [0, 1)", c.family().theirs(name), *p)
		}
	}
	if c.Decoder {
		return fmt.Errorf("is_decoder is true; only encoders are supported")
	}
	if c.HiddenSize%c.Heads != 0 {
		return fmt.Errorf("%s %d is no multiple of %s %d", c.family().theirs("hidden_size"), c.HiddenSize,
			c.family().theirs("num_attention_heads"), c.Heads)
	}
	if c.PositionEmbeddingType != "absolute" {
		return fmt.Errorf("position_embedding_type is %q; supported is \"absolute\"", c.PositionEmbeddingType)
	}
	if c.ModelType == xlnet {
		return c.XLNetConfig.check(c.HiddenSize / c.Heads)
	}
	return nil
}

// Limit returns n, cut to the positions the model has where they are limited.
func (c Config) Limit(n int) int {
	if c.MaxPositions > 0 {
		return min(n, c.MaxPositions)
	}
	return n
}

// Classes returns the names in id2label, in order of their ids. A file without them means what transformers takes it to
// mean, which leaves its defaults out when it saves: LABEL_0, LABEL_1 and so on for num_labels classes, else for two.
func (c Config) Classes() ([]string, error) {
	if c.Task() == Classification && c.ProblemType != "" && c.ProblemType != singleLabel {
		return nil, fmt.Errorf("pretrained: config.json: problem_type is %q; supported is %q, one class a text",
			c.ProblemType, singleLabel)
	}
	if len(c.IDToLabel) == 0 {
		if c.Labels < 0 || c.Labels > 1<<20 {
			return nil, fmt.Errorf("pretrained: config.json: num_labels is %d", c.Labels)
		}
		classes := make([]string, cmp.Or(c.Labels, 2))
		for i := range classes {
			classes[i] = fmt.Sprintf("LABEL_%d", i)
		}
		return classes, nil
	}
	return OrderedLabels(c.IDToLabel)
}

// OrderedLabels returns the names of an id2label, in order of their ids.
func OrderedLabels[T any](idToLabel map[string]T) ([]string, error) {
	classes := make([]string, len(idToLabel))
	for key, name := range idToLabel {
		id, err := strconv.Atoi(key)
		if err != nil || id < 0 || id >= len(classes) {
			return nil, fmt.Errorf("pretrained: config.json: id2label has %d classes and an id %q; ids count up from 0",
				len(classes), key)
		}
		classes[id] = fmt.Sprint(name)
	}
	return classes, nil
}

// forTask returns the file's contents for a model of these classes fine-tuned from this one.
func (c Config) forTask(task Task, classes []string) ([]byte, error) {
	architecture, err := c.family().architecture(task)
	if err != nil {
		return nil, err
	}
	idToLabel, labelToID := map[string]string{}, map[string]int{}
	for id, name := range classes {
		idToLabel[strconv.Itoa(id)] = name
		labelToID[name] = id
	}
	changes := map[string]any{
		"architectures": []string{architecture},
		"id2label":      idToLabel,
		"label2id":      labelToID,
	}
	if task == Classification {
		changes["problem_type"] = singleLabel
	}
	return c.changed(changes)
}

// changed returns the file's contents with fields replaced, for float32 weights; what it says of a head is left out.
func (c Config) changed(changes map[string]any) ([]byte, error) {
	fields := maps.Clone(c.raw)
	if fields == nil {
		fields = map[string]json.RawMessage{}
	}
	// dtype is newer files' name of torch_dtype; transformers would let num_labels overrule id2label.
	for _, key := range []string{"id2label", "label2id", "problem_type", "dtype", "num_labels", "_num_labels"} {
		delete(fields, key)
	}
	changes["torch_dtype"] = "float32"
	for key, value := range changes {
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		fields[key] = raw
	}
	return json.MarshalIndent(fields, "", "  ")
}

// Resize returns the configuration of an encoder of the same family with other sizes.
func (c Config) Resize(layers, hidden, heads, intermediate int) (Config, error) {
	c.Layers, c.HiddenSize, c.Heads, c.IntermediateSize = layers, hidden, heads, intermediate
	c.HeadSize = 0 // follows from the others
	c.raw = maps.Clone(c.raw)
	delete(c.raw, "d_head")
	for _, alias := range aliases {
		delete(c.raw, alias)
	}
	for name, n := range map[string]int{
		"num_hidden_layers": layers, "hidden_size": hidden, "num_attention_heads": heads, "intermediate_size": intermediate,
	} {
		c.raw[c.family().theirs(name)] = json.RawMessage(strconv.Itoa(n))
	}
	return c, c.check()
}

// forEncoder returns the file's contents for an encoder without a head.
func (c Config) forEncoder() ([]byte, error) {
	return c.changed(map[string]any{"architectures": []string{c.family().encoder}})
}

// Describe says what kind of model it is, for a reader.
func (c Config) Describe() string {
	return fmt.Sprintf("%s, %d layers of %d, vocabulary of %d", c.ModelType, c.Layers, c.HiddenSize, c.VocabSize)
}
