package model

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/alnb/alnb/alnb/internal/nn"
	"github.com/alnb/alnb/alnb/pretrained"
	"github.com/alnb/alnb/alnb/tokenize"
)

// A Classifier is an encoder with a classification head, on the compute backend. It implements learner.Classifier.
// Its programs are compiled once for each padded length and serve every training.
type Classifier struct {
	spec      Transformer
	classes   []string
	origin    string
	folder    *pretrained.Folder
	shapes    map[string][]int
	initial   map[string]pretrained.Tensor // the checkpoint's weights, by the graph's names
	fresh     []string                     // weights the checkpoint lacks: drawn anew for each training
	tokenizer *tokenize.Tokenizer
	encoded   map[string][]int32 // ids by text, so that the rounds of a run tokenize a text once
	cached    int                // about how many bytes encoded holds
	programs  *programs
	ready     bool               // the weights on the device are trained ones
	observe   func(loss float64) // called after each training step, where not nil
}

// Load opens a classifier that was fine-tuned and saved, by [Classifier.Save] or by Python's save_pretrained.
// maxTokens is the length texts are cut to; 0 is the one it was saved with, which Python takes, too.
func Load(ctx context.Context, dir string, maxTokens int) (*Classifier, error) {
	folder, origin, err := openFolder(ctx, dir)
	if err != nil {
		return nil, err
	}
	classes, err := folder.Config.Classes()
	if err != nil {
		return nil, err
	}
	spec := Pretrained(dir)
	spec.MaxTokens = cmp.Or(maxTokens, folder.MaxTokens())
	c, err := build(folder, origin, spec, classes)
	if err != nil {
		return nil, fmt.Errorf("model: load %s: %w", dir, err)
	}
	if len(c.fresh) > 0 {
		c.Close()
		return nil, fmt.Errorf("model: %s is not a fine-tuned classifier: its weights lack %v; train it first", folder.Dir, c.fresh)
	}
	if err := c.programs.reset(c.initial); err != nil {
		c.Close()
		return nil, fmt.Errorf("model: load %s: %w", dir, err)
	}
	c.ready = true
	return c, nil
}

// newClassifier opens a checkpoint to be trained for the classes.
func newClassifier(ctx context.Context, spec Transformer, classes []string) (*Classifier, error) {
	if err := spec.Training.check(); err != nil {
		return nil, err
	}
	folder, origin, err := openFolder(ctx, spec.Checkpoint)
	if err != nil {
		return nil, err
	}
	return build(folder, origin, spec, classes)
}

func openFolder(ctx context.Context, checkpoint string) (folder *pretrained.Folder, origin string, err error) {
	dir, origin, err := pretrained.Find(ctx, checkpoint)
	if err != nil {
		return nil, "", err
	}
	folder, err = pretrained.Open(dir)
	return folder, origin, err
}

func build(folder *pretrained.Folder, origin string, spec Transformer, classes []string) (*Classifier, error) {
	if len(classes) < 2 {
		return nil, fmt.Errorf("a classifier needs at least 2 classes, there are %d: %q", len(classes), classes)
	}
	backend, err := Backend()
	if err != nil {
		return nil, err
	}
	encoder, err := encoderOf(folder.Config)
	if err != nil {
		return nil, fmt.Errorf("%s/config.json: %w", folder.Dir, err)
	}
	spec.MaxTokens = min(spec.MaxTokens, folder.Config.MaxPositions)
	tokenizer, err := tokenize.Open(folder.TokenizerPath(), spec.MaxTokens)
	if err != nil {
		return nil, err
	}
	c := &Classifier{
		spec: spec, classes: slices.Clone(classes), folder: folder, shapes: encoder.Shapes(len(classes)),
		tokenizer: tokenizer, encoded: make(map[string][]int32),
		origin: fmt.Sprintf("%s (%s) from %s, on %s", spec.Checkpoint, folder.Config.Describe(), origin, BackendOrigin()),
	}
	if c.initial, c.fresh, err = matchWeights(folder, encoder.Variant, c.shapes); err != nil {
		tokenizer.Close()
		return nil, err
	}
	folder.Weights = nil // c.initial has what is needed
	optimizer := nn.AdamW{
		Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8,
		WeightDecay: spec.Training.WeightDecay, ClipNorm: spec.Training.ClipNorm,
	}
	if c.programs, err = newPrograms(backend, encoder, optimizer, c.shapes); err != nil {
		tokenizer.Close()
		return nil, err
	}
	return c, nil
}

// Classes returns the names of the classes, in the order of the probabilities.
func (c *Classifier) Classes() []string { return slices.Clone(c.classes) }

// Origin implements learner.Classifier.
func (c *Classifier) Origin() string { return c.origin }

// Compiled is how many programs XLA has compiled for this classifier: at most two a padded length.
func (c *Classifier) Compiled() int { return int(c.programs.compiled.Load()) }

// Save writes the trained classifier as a Hugging Face folder that Python's transformers open as they are. dir must not
// exist or be empty; it appears whole or not at all.
func (c *Classifier) Save(dir string) error {
	if !c.ready {
		return errors.New("model: save: the classifier is not trained")
	}
	weights, err := c.programs.weights()
	if err != nil {
		return fmt.Errorf("model: save %s: %w", dir, err)
	}
	return c.folder.Save(dir, weights, c.classes, c.spec.MaxTokens)
}

// Close implements learner.Classifier.
func (c *Classifier) Close() error {
	c.programs.close()
	return c.tokenizer.Close()
}

// maxCached bounds the memory that cached texts and their ids take, in bytes: 120,000 short news items take 60 MB.
const maxCached = 256 << 20

// encode returns the ids of the texts, from the cache where they are in it.
func (c *Classifier) encode(ctx context.Context, texts []string) ([][]int32, error) {
	var missing []string
	listed := make(map[string]bool)
	for _, text := range texts {
		if _, ok := c.encoded[text]; !ok && !listed[text] {
			listed[text] = true
			missing = append(missing, text)
		}
	}
	ids, err := c.tokenizer.EncodeAll(ctx, missing)
	if err != nil {
		return nil, err
	}
	fresh := make(map[string][]int32, len(missing))
	for i, text := range missing {
		for _, id := range ids[i] {
			if int(id) >= c.folder.Config.VocabSize {
				return nil, fmt.Errorf("the tokenizer gives a text the id %d; the model has vectors for %d (vocab_size in "+
					"%s/config.json): tokenizer and model don't belong together", id, c.folder.Config.VocabSize, c.folder.Dir)
			}
		}
		fresh[text] = ids[i]
	}
	out := make([][]int32, len(texts))
	for i, text := range texts {
		var ok bool
		if out[i], ok = c.encoded[text]; !ok {
			out[i] = fresh[text]
		}
	}
	c.cache(fresh)
	return out, nil
}

// cache keeps the ids of texts, and forgets all others when there is too much of it.
func (c *Classifier) cache(ids map[string][]int32) {
	size := 0
	for text, row := range ids {
		size += len(text) + 4*len(row)
	}
	if c.cached+size > maxCached {
		clear(c.encoded)
		c.cached = 0
	}
	if size <= maxCached {
		maps.Copy(c.encoded, ids)
		c.cached += size
	}
}
