package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/pretrained"
)

// The model: BERT-tiny's sizes.
const (
	layers, hidden, heads, intermediate = 2, 128, 2, 512
	positions, vocabulary, classes      = 512, 30522, 4
)

// writeTiny writes a classifier with random weights, and the tokenizer of the model in from. It returns that one's words,
// by their number.
func writeTiny(dir, from string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var raw []byte
	for _, name := range []string{"tokenizer_config.json", "tokenizer.json"} {
		var err error
		if raw, err = os.ReadFile(filepath.Join(from, name)); err != nil {
			return nil, err
		}
		if err = os.WriteFile(filepath.Join(dir, name), raw, 0o644); err != nil {
			return nil, err
		}
	}
	config, err := json.Marshal(map[string]any{
		"model_type": "bert", "architectures": []string{"BertForSequenceClassification"},
		"num_hidden_layers": layers, "hidden_size": hidden, "num_attention_heads": heads, "intermediate_size": intermediate,
		"max_position_embeddings": positions, "vocab_size": vocabulary, "type_vocab_size": 2, "pad_token_id": 0,
		"hidden_act": "gelu", "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1,
		"layer_norm_eps": 1e-12, "initializer_range": 0.02,
		"id2label": map[string]string{"0": "World", "1": "Sports", "2": "Business", "3": "Sci/Tech"},
	})
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), config, 0o644); err != nil {
		return nil, err
	}
	if err := pretrained.WriteWeights(filepath.Join(dir, "model.safetensors"), weights()); err != nil {
		return nil, err
	}
	return words(raw)
}

func weights() map[string]pretrained.Tensor {
	all := make(map[string]pretrained.Tensor)
	add := func(name string, dims ...int) {
		n := 1
		for _, d := range dims {
			n *= d
		}
		data := make([]float32, n)
		stream := keyed.Key{Seed: 1, Purpose: name}.Stream()
		for i := range data {
			switch {
			case strings.HasSuffix(name, "LayerNorm.weight"):
				data[i] = 1
			case !strings.HasSuffix(name, "bias"):
				data[i] = float32(0.05 * stream.NormFloat64())
			}
		}
		all[name] = pretrained.Tensor{Dims: dims, Data: data}
	}
	norm := func(name string) { add(name+".LayerNorm.weight", hidden); add(name+".LayerNorm.bias", hidden) }
	dense := func(name string, in, out int) { add(name+".weight", out, in); add(name+".bias", out) }
	for name, rows := range map[string]int{"word": vocabulary, "position": positions, "token_type": 2} {
		add("bert.embeddings."+name+"_embeddings.weight", rows, hidden)
	}
	norm("bert.embeddings")
	for i := range layers {
		layer := fmt.Sprintf("bert.encoder.layer.%d.", i)
		for _, part := range []string{"query", "key", "value"} {
			dense(layer+"attention.self."+part, hidden, hidden)
		}
		dense(layer+"attention.output.dense", hidden, hidden)
		norm(layer + "attention.output")
		dense(layer+"intermediate.dense", hidden, intermediate)
		dense(layer+"output.dense", intermediate, hidden)
		norm(layer + "output")
	}
	dense("bert.pooler.dense", hidden, hidden)
	dense("classifier", hidden, classes)
	return all
}

// words are the vocabulary's tokens that are words of letters.
func words(tokenizer []byte) ([]string, error) {
	var file struct {
		Model struct {
			Vocab map[string]int `json:"vocab"`
		} `json:"model"`
	}
	if err := json.Unmarshal(tokenizer, &file); err != nil {
		return nil, err
	}
	var words []string
	for token, id := range file.Model.Vocab {
		if id >= vocabulary {
			return nil, fmt.Errorf("the tokenizer has more than %d tokens; take another -model", vocabulary)
		}
		if len(token) > 1 && strings.Trim(token, "abcdefghijklmnopqrstuvwxyz") == "" {
			words = append(words, token)
		}
	}
	if len(words) < 1000 {
		return nil, fmt.Errorf("the tokenizer has %d words only; take another -model, such as all-MiniLM-L6-v2", len(words))
	}
	slices.SortFunc(words, func(a, b string) int { return file.Model.Vocab[a] - file.Model.Vocab[b] })
	return words, nil
}
