// Package pretrained reads and writes models as Hugging Face folders: config.json, model.safetensors, tokenizer.json.
package pretrained

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/alnb/alnb/alnb/store"
)

// A Folder is a model read from a Hugging Face folder.
type Folder struct {
	Dir     string
	Config  Config
	Weights map[string]Tensor // by the names in the file
}

// Open reads the folder's configuration and weights.
func Open(dir string) (*Folder, error) {
	config, err := ReadConfig(filepath.Join(dir, configFile))
	if err != nil {
		return nil, err
	}
	weights, err := ReadSafetensors(filepath.Join(dir, weightsFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("pretrained: %s has no %s; weights in other formats or in several files are not read (in Python: "+
			"AutoModel.from_pretrained(dir).save_pretrained(out, max_shard_size=\"50GB\") writes one)", dir, weightsFile)
	}
	if err != nil {
		return nil, err
	}
	return &Folder{Dir: dir, Config: config, Weights: weights}, nil
}

// tokenizerConfig is what tokenizer_config.json says, as far as it is needed here.
type tokenizerConfig struct {
	MaxLength  float64  `json:"model_max_length"` // 1e30 where there is no limit
	MaxLen     float64  `json:"max_len"`          // its name in old files
	InputNames []string `json:"model_input_names"`
}

func (f *Folder) tokenizerConfig() (config tokenizerConfig) {
	if raw, err := os.ReadFile(filepath.Join(f.Dir, tokenizerConfigFile)); err == nil {
		_ = json.Unmarshal(raw, &config) // what can't be read has no say
	}
	return config
}

// PassesTokenTypes tells whether Python's tokenizer passes token types (segments) to the model. The types of XLNet's
// last token differ from the others'; transformers 5 passes them where tokenizer_config.json asks for it only.
func (f *Folder) PassesTokenTypes() bool {
	return slices.Contains(f.tokenizerConfig().InputNames, "token_type_ids")
}

func (c tokenizerConfig) limit() float64 { return cmp.Or(c.MaxLength, c.MaxLen) }

// unlimited is the length, in tokens, that texts are cut to where nothing sets a limit.
const unlimited = 4096

// MaxTokens is the length, in tokens, that the model's texts are cut to: model_max_length in tokenizer_config.json,
// which Python's tokenizers go by, at most the positions the model has. Where neither sets a limit it is 4,096.
func (f *Folder) MaxTokens() int {
	n := cmp.Or(f.Config.MaxPositions, unlimited)
	if most := f.tokenizerConfig().limit(); most >= 3 && most < 1e9 {
		n = int(most)
	}
	return f.Config.Limit(n)
}

// Save writes a model fine-tuned for the task from this folder to dir, which must not exist or be empty: the weights
// given, the configuration with the classes, and the tokenizer's files, with maxTokens as the length texts are cut to.
// It appears whole or not at all.
func (f *Folder) Save(dir string, task Task, weights map[string]Tensor, classes []string, maxTokens int) error {
	config, err := f.Config.forTask(task, classes)
	if err != nil {
		return fmt.Errorf("pretrained: save %s: %w", dir, err)
	}
	return f.save(dir, config, weights, maxTokens)
}

// SaveEncoder is Save for an encoder without a head.
func (f *Folder) SaveEncoder(dir string, weights map[string]Tensor, maxTokens int) error {
	raw, err := f.Config.forEncoder()
	if err != nil {
		return fmt.Errorf("pretrained: save %s: %w", dir, err)
	}
	return f.save(dir, raw, weights, maxTokens)
}

func (f *Folder) save(dir string, config []byte, weights map[string]Tensor, maxTokens int) error {
	return store.WriteDir(dir, func(tmp string) error {
		if err := store.WriteFile(filepath.Join(tmp, configFile), config); err != nil {
			return err
		}
		for _, name := range companions {
			raw, err := os.ReadFile(filepath.Join(f.Dir, name))
			switch {
			case errors.Is(err, os.ErrNotExist) && name == tokenizerConfigFile:
				raw = []byte("{}")
			case errors.Is(err, os.ErrNotExist):
				continue
			case err != nil:
				return err
			}
			if name == tokenizerConfigFile {
				if raw, err = withMaxLength(raw, maxTokens); err != nil {
					return fmt.Errorf("%s: %w", filepath.Join(f.Dir, name), err)
				}
			}
			if err := store.WriteFile(filepath.Join(tmp, name), raw); err != nil {
				return err
			}
		}
		return WriteWeights(filepath.Join(tmp, weightsFile), weights)
	})
}

// withMaxLength returns a tokenizer_config.json with that model_max_length.
func withMaxLength(raw []byte, maxTokens int) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	if fields == nil {
		fields = make(map[string]json.RawMessage)
	}
	fields["model_max_length"] = json.RawMessage(strconv.Itoa(maxTokens))
	return json.MarshalIndent(fields, "", "  ")
}

// WriteWeights writes weights as a safetensors file that is there whole or not at all.
func WriteWeights(path string, weights map[string]Tensor) error {
	return store.WriteStream(path, func(w io.Writer) error { return WriteSafetensors(w, weights) })
}

// CheckShapes tells whether weights are those that shapes call for, no fewer and no others.
func CheckShapes(weights map[string]Tensor, shapes map[string][]int) error {
	for name, dims := range shapes {
		if w, ok := weights[name]; !ok || !slices.Equal(w.Dims, dims) {
			return fmt.Errorf("the weight %q is missing or has the shape %v; its configuration calls for %v", name, w.Dims, dims)
		}
	}
	if len(weights) > len(shapes) {
		return fmt.Errorf("there are %d weights, its configuration calls for %d", len(weights), len(shapes))
	}
	return nil
}
