package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/pretrained"
)

// An engine trains and runs one architecture: what [Classifier] and [Tagger] share. Its programs are compiled once for
// each padded length and serve every training.
type engine struct {
	name      string // the checkpoint's, or what the model is called in errors
	arch      architecture
	training  Training
	classes   []string
	origin    string
	initial   map[string]pretrained.Tensor // the checkpoint's weights, by the graph's names
	fresh     []string                     // weights that no checkpoint has: drawn anew for each training
	encodings encodings
	programs  *programs
	ready     bool // the weights on the device are trained ones
	kept      []checkpoint
	observe   func(loss float64) // called after each training step, where not nil

	tokens, padded atomic.Int64 // what Tokens returns
}

// newEngine makes an engine of an architecture with the weights of its checkpoint; it takes over the architecture.
func newEngine(name, origin string, arch architecture, training Training, classes []string, initial map[string]pretrained.Tensor) (*engine, error) {
	e := &engine{
		name: name, arch: arch, training: training, classes: slices.Clone(classes), initial: initial,
		origin: fmt.Sprintf("%s, on %s", origin, BackendOrigin()),
	}
	backend, err := Backend()
	if err == nil {
		e.programs, err = newPrograms(backend, arch, programOptions{
			optimizer: training.optimizer(), clipNorm: training.ClipNorm, bfloat16: training.Bfloat16, devices: training.Devices,
		})
	}
	if err != nil {
		arch.close()
		return nil, err
	}
	for _, name := range e.programs.names {
		if _, ok := initial[name]; !ok {
			e.fresh = append(e.fresh, name)
		}
	}
	return e, nil
}

// Classes returns the names of the classes, in the order of the probabilities; of a tagger they are tags.
func (e *engine) Classes() []string { return slices.Clone(e.classes) }

// Origin is a sentence for the reader: which weights are used, from where, on what.
func (e *engine) Origin() string { return e.origin }

// Compiled is how many programs XLA has compiled for this model: one for each size of batch in use, of training, of
// scoring, and of embeddings, last layers and dropout samples where these are asked for. They serve all rounds and seeds.
func (e *engine) Compiled() int { return int(e.programs.compiled.Load()) }

// Tokens returns how many tokens documents had that were scored since the model was opened, and for how many there was
// room in the batches: the rest of them is padding.
func (e *engine) Tokens() (real, padded int) { return int(e.tokens.Load()), int(e.padded.Load()) }

// Save writes the trained model as a folder that Load reads; a transformer's is a Hugging Face folder, which Python's
// transformers open as it is. dir must not exist or be empty; it appears whole or not at all.
func (e *engine) Save(dir string) error {
	if !e.ready {
		return errors.New("model: save: the model is not trained")
	}
	weights, err := e.programs.weights()
	if err != nil {
		return fmt.Errorf("model: save %s: %w", dir, err)
	}
	return e.arch.save(dir, weights, e.classes)
}

// Close frees the model.
func (e *engine) Close() error {
	e.programs.close()
	return e.arch.close()
}

// adopt makes the engine ready with the weights it was opened with.
func (e *engine) adopt() error {
	if err := e.programs.reset(e.initial); err != nil {
		return err
	}
	e.ready = true
	return nil
}

// startingWeights returns the weights a training starts from.
func (e *engine) startingWeights(seed uint64) map[string]pretrained.Tensor {
	weights := make(map[string]pretrained.Tensor, len(e.programs.names))
	for _, name := range e.programs.names {
		if w, ok := e.initial[name]; ok {
			weights[name] = w
		} else {
			weights[name] = e.arch.initial(name, e.programs.shapes[name], seed)
		}
	}
	return weights
}

// predict scores documents. each gets a document's position and its rows of the network's outputs.
func (e *engine) predict(ctx context.Context, docs []document, progress func(done int), each func(position int, outputs [][]float32) error) error {
	return e.score(ctx, predictions, docs, progress, each)
}

// score is predict for whatever is read of documents.
func (e *engine) score(ctx context.Context, what reading, docs []document, progress func(done int), each func(position int, outputs [][]float32) error) error {
	return e.inBatches(docs, progress, func(_ int, b batch, inputs []any) error {
		outputs, err := e.programs.read(ctx, what, inputs)
		if err != nil {
			return err
		}
		return b.each(docs, outputs, each)
	})
}

// inBatches lays out documents and calls score for each batch, by its number, with the network's inputs.
func (e *engine) inBatches(docs []document, progress func(done int), score func(number int, b batch, inputs []any) error) error {
	done := 0
	for number, b := range scoringBatches(docs, e.arch) {
		b.rows = e.programs.devices.size(b.rows)
		e.padded.Add(int64(b.rows * b.length))
		for _, position := range b.docs {
			e.tokens.Add(int64(tokensOf(docs[position])))
		}
		if err := score(number, b, e.arch.inputs(at(docs, b.docs), b.layout)); err != nil {
			return err
		}
		done += len(b.docs)
		if progress != nil {
			progress(done)
		}
	}
	return nil
}

// in wraps an error with what was being done; that of an ended context stays as it is.
func (e *engine) in(ctx context.Context, err error, doing string, n int) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	return fmt.Errorf("model: %s %s on %d documents: %w", doing, e.name, n, err)
}

// errUntrained is what scoring gives before training.
var errUntrained = errors.New("model: the model is not trained; call Train first")

var (
	_ learner.Classifier = (*Classifier)(nil)
	_ learner.Tagger     = (*Tagger)(nil)
)
