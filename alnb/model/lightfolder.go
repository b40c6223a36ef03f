package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/alnb/alnb/alnb/pretrained"
	"github.com/alnb/alnb/alnb/store"
)

// lightType is model_type in the config.json of a folder.
const lightType = "cnn-bilstm-crf"

// lightConfig is the config.json of a light model's folder.
type lightConfig struct {
	ModelType string            `json:"model_type"`
	Task      pretrained.Task   `json:"task"`
	IDToLabel map[string]string `json:"id2label"`
	WordSize  int               `json:"word_size"`
	Model     Light             `json:"model"`
}

// lightVocabulary is its vocabulary.json.
type lightVocabulary struct {
	Words []string `json:"words"`
	Chars []string `json:"chars"`
}

func (b *biLSTM) save(dir string, weights map[string]pretrained.Tensor, classes []string) error {
	labels := make(map[string]string, len(classes))
	for i, class := range classes {
		labels[strconv.Itoa(i)] = class
	}
	config, err := json.MarshalIndent(lightConfig{lightType, b.task, labels, b.net.WordSize, b.spec}, "", "  ")
	if err != nil {
		return fmt.Errorf("model: save %s: %w", dir, err)
	}
	words, err := json.Marshal(lightVocabulary{b.vocabulary.words, b.vocabulary.chars})
	if err != nil {
		return fmt.Errorf("model: save %s: %w", dir, err)
	}
	return store.WriteDir(dir, func(tmp string) error {
		return errors.Join(
			store.WriteFile(filepath.Join(tmp, "config.json"), config),
			store.WriteFile(filepath.Join(tmp, "vocabulary.json"), words),
			pretrained.WriteWeights(filepath.Join(tmp, "model.safetensors"), weights))
	})
}

func isLightFolder(dir string) bool {
	var config struct {
		ModelType string `json:"model_type"`
	}
	err := readJSON(filepath.Join(dir, "config.json"), &config)
	return err == nil && config.ModelType == lightType
}

func readLightConfig(dir string) (lightConfig, error) {
	var config lightConfig
	return config, readJSON(filepath.Join(dir, "config.json"), &config)
}

func readJSON(path string, into any) error {
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		return fmt.Errorf("model: read %s: %w", path, err)
	}
	return nil
}

func isLight(e *engine) bool {
	_, ok := e.arch.(*biLSTM)
	return ok
}

func loadLight(dir string, maxTokens int, task pretrained.Task) (*engine, error) {
	fail := func(err error) (*engine, error) { return nil, fmt.Errorf("model: load %s: %w", dir, err) }
	config, err := readLightConfig(dir)
	if err != nil {
		return nil, err
	}
	if config.Task != task {
		return fail(fmt.Errorf("it is a model for %s, not for %s", config.Task, task))
	}
	var words lightVocabulary
	if err := readJSON(filepath.Join(dir, "vocabulary.json"), &words); err != nil {
		return nil, err
	}
	classes, err := pretrained.OrderedLabels(config.IDToLabel)
	if err != nil {
		return fail(err)
	}
	if config.WordSize < 1 {
		return fail(fmt.Errorf("word_size is %d; it must be at least 1", config.WordSize))
	}
	if maxTokens > 0 {
		config.Model.MaxTokens = maxTokens
	}
	if err := config.Model.check(task, classes); err != nil {
		return fail(err)
	}
	weights, err := pretrained.ReadSafetensors(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		return nil, err
	}
	arch := newBiLSTM(config.Model, task, len(classes), newVocabulary(words.Words, words.Chars), config.WordSize)
	if err := pretrained.CheckShapes(weights, arch.shapes()); err != nil {
		return fail(err)
	}
	e, err := newEngine(dir, fmt.Sprintf("%s (%s) from the folder %s", dir, lightType, dir), arch, config.Model.Training, classes, weights)
	if err != nil {
		return fail(err)
	}
	if err := e.adopt(); err != nil {
		e.Close()
		return fail(err)
	}
	return e, nil
}
