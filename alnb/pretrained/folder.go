// Package pretrained reads and writes models as Hugging Face folders: config.json, model.safetensors, tokenizer.json.
package pretrained

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
		return nil, fmt.Errorf("pretrained: %s has no %s; weights in other formats are not read "+
			"(in Python: model.save_pretrained(dir, safe_serialization=True))", dir, weightsFile)
	}
	if err != nil {
		return nil, err
	}
	return &Folder{Dir: dir, Config: config, Weights: weights}, nil
}

// TokenizerPath is the folder's tokenizer.json.
func (f *Folder) TokenizerPath() string { return filepath.Join(f.Dir, tokenizerFile) }

// MaxTokens is the length, in tokens, that the model's texts are cut to: model_max_length in tokenizer_config.json,
// which Python's tokenizers go by, at most the positions the model has.
func (f *Folder) MaxTokens() int {
	var config struct {
		MaxLength float64 `json:"model_max_length"` // 1e30 where there is no limit
	}
	raw, err := os.ReadFile(filepath.Join(f.Dir, tokenizerConfigFile))
	if err != nil || json.Unmarshal(raw, &config) != nil || config.MaxLength < 3 {
		return f.Config.MaxPositions
	}
	return int(min(config.MaxLength, float64(f.Config.MaxPositions)))
}

// Save writes a classifier fine-tuned from this folder to dir, which must not exist or be empty: the weights given, the
// configuration with the classes, and the tokenizer's files, with maxTokens as the length texts are cut to. It appears
// whole or not at all.
func (f *Folder) Save(dir string, weights map[string]Tensor, classes []string, maxTokens int) error {
	config, err := f.Config.forClassification(classes)
	if err != nil {
		return fmt.Errorf("pretrained: save %s: %w", dir, err)
	}
	return store.WriteDir(dir, func(tmp string) error {
		if err := store.WriteFile(filepath.Join(tmp, configFile), config); err != nil {
			return err
		}
		for _, name := range companions {
			raw, err := os.ReadFile(filepath.Join(f.Dir, name))
			if errors.Is(err, os.ErrNotExist) {
				continue
			} else if err != nil {
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
		return writeWeights(filepath.Join(tmp, weightsFile), weights)
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

func writeWeights(path string, weights map[string]Tensor) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(WriteSafetensors(file, weights), file.Sync(), file.Close())
}
