// Package tokenize turns text into the sub-word ids a pretrained model was trained on, exactly as Hugging Face's
// tokenizers do (it binds the same Rust code).
package tokenize

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/daulet/tokenizers"
)

// A Tokenizer turns texts into ids. It is safe for use by several goroutines.
type Tokenizer struct {
	hf        *tokenizers.Tokenizer
	maxTokens int
	frame     frame
	splitter  *splitter // nil: texts are encoded whole
	memo      memo      // of pieces and words
	print     [32]byte  // of all that decides how a text is encoded
	disk      diskCache
}

// Open reads a tokenizer.json. Texts are cut to maxTokens sub-words, special ones included; the truncation and padding
// that the file itself may carry are replaced by that.
func Open(path string, maxTokens int) (*Tokenizer, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("tokenize: read the tokenizer: %w", err)
	}
	return parse(raw, path, maxTokens)
}

// parse makes a tokenizer of a tokenizer.json's content; path is what errors call it.
func parse(raw []byte, path string, maxTokens int) (*Tokenizer, error) {
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
	fields["truncation"] = json.RawMessage("null") // see framed
	raw, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("tokenize: %s: %w", path, err)
	}
	hf, err := tokenizers.FromBytes(raw)
	if err != nil {
		return nil, fmt.Errorf("tokenize: %s is not a usable tokenizer.json: %w", path, err)
	}
	t := &Tokenizer{hf: hf, maxTokens: maxTokens, splitter: splitterOf(fields)}
	t.print = sha256.Sum256(fmt.Appendf(nil, "%s, at most %d tokens\n%s", version, maxTokens, raw))
	if t.frame, err = t.readFrame(); err != nil {
		err = fmt.Errorf("tokenize: %s is not a usable tokenizer.json: %w", path, err)
	} else if t.room() < 1 {
		err = fmt.Errorf("tokenize: %s adds %d special tokens to a text, so %d tokens a text leave none for the text",
			path, t.frame.size(), maxTokens)
	}
	if err != nil {
		return nil, errors.Join(err, hf.Close())
	}
	return t, nil
}

// inParallel returns what do gives for every item, in order, using all processors. When ctx ends it returns its error.
func inParallel[In, Out any](ctx context.Context, items []In, do func(In) (Out, error)) ([]Out, error) {
	out := make([]Out, len(items))
	workers := min(runtime.GOMAXPROCS(0), len(items))
	share := max(1, min(32, len(items)/(4*max(1, workers)))) // items that a worker takes at a time
	failed := make([]error, workers)
	var next atomic.Int64
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for failed[w] == nil && ctx.Err() == nil {
				from := (int(next.Add(1)) - 1) * share
				if from >= len(items) {
					return
				}
				for i := from; i < min(from+share, len(items)) && failed[w] == nil; i++ {
					out[i], failed[w] = do(items[i])
				}
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
func (t *Tokenizer) Close() error { return errors.Join(t.hf.Close(), t.disk.close()) }
