// Package tokenize turns text into the sub-word ids a pretrained model was trained on, exactly as Hugging Face's
// tokenizers do (it binds the same Rust code).
package tokenize

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"

	"github.com/daulet/tokenizers"

	"github.com/alnb/alnb/alnb/corpus"
)

// A Tokenizer turns texts into ids. It is safe for use by several goroutines.
type Tokenizer struct {
	hf *tokenizers.Tokenizer
}

// Open reads a tokenizer.json. Texts are cut to maxTokens sub-words, special ones included; the truncation and padding
// that the file itself may carry are replaced by that.
func Open(path string, maxTokens int) (*Tokenizer, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("tokenize: read the tokenizer: %w", err)
	}
	if maxTokens < 3 {
		return nil, fmt.Errorf("tokenize: %d tokens a text are too few: the least is 3, two of them special", maxTokens)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, fmt.Errorf("tokenize: %s is not JSON: %w", path, err)
	}
	if fields["model"] == nil {
		return nil, fmt.Errorf("tokenize: %s is not a tokenizer.json: it has no \"model\"", path)
	}
	fields["padding"] = json.RawMessage("null")
	fields["truncation"] = json.RawMessage(fmt.Sprintf(
		`{"direction":"Right","max_length":%d,"strategy":"LongestFirst","stride":0}`, maxTokens))
	if raw, err = json.Marshal(fields); err != nil {
		return nil, fmt.Errorf("tokenize: %s: %w", path, err)
	}
	hf, err := tokenizers.FromBytes(raw)
	if err != nil {
		return nil, fmt.Errorf("tokenize: %s is not a usable tokenizer.json: %w", path, err)
	}
	return &Tokenizer{hf: hf}, nil
}

// Encode returns the text's ids, special tokens included. U+0000 is left out.
func (t *Tokenizer) Encode(text string) ([]int32, error) {
	ids, _, err := t.hf.EncodeErr(corpus.Clean(text), true)
	if err != nil {
		return nil, fmt.Errorf("tokenize: encode a text of %d bytes: %w", len(text), err)
	}
	out := make([]int32, len(ids))
	for i, id := range ids {
		out[i] = int32(id)
	}
	return out, nil
}

// EncodeAll returns the ids of every text, in order, using all processors. When ctx ends it returns its error.
func (t *Tokenizer) EncodeAll(ctx context.Context, texts []string) ([][]int32, error) {
	out := make([][]int32, len(texts))
	workers := min(runtime.GOMAXPROCS(0), len(texts))
	failed := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(texts) && failed[w] == nil && ctx.Err() == nil; i += workers {
				out[i], failed[w] = t.Encode(texts[i])
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return out, errors.Join(failed...)
}

// Close frees the tokenizer.
func (t *Tokenizer) Close() error { return t.hf.Close() }
