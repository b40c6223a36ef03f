package model

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/compute"

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
	encoded   map[string][]int32 // ids by text: each is tokenized once
	programs  *programs
	ready     bool               // the weights on the device are trained ones
	observe   func(loss float64) // called after each training step, where not nil
}

// Load opens a classifier that was fine-tuned and saved, by [Classifier.Save] or by Python's save_pretrained.
// maxTokens is the length texts are cut to; 0 is the checkpoint's own limit.
func Load(ctx context.Context, dir string, maxTokens int) (*Classifier, error) {
	path, _, err := pretrained.Find(ctx, dir)
	if err != nil {
		return nil, err
	}
	config, err := pretrained.ReadConfig(path + "/config.json")
	if err != nil {
		return nil, err
	}
	classes, err := config.Classes()
	if err != nil {
		return nil, err
	}
	if len(classes) == 0 {
		return nil, fmt.Errorf("model: %s is not a classifier: its config.json names no classes (id2label)", path)
	}
	if maxTokens == 0 {
		maxTokens = config.MaxPositions
	}
	spec := Pretrained(dir)
	spec.MaxTokens = maxTokens
	c, err := newClassifier(ctx, spec, classes)
	if err != nil {
		return nil, fmt.Errorf("model: load %s: %w", dir, err)
	}
	if len(c.fresh) > 0 {
		c.Close()
		return nil, fmt.Errorf("model: %s is not a fine-tuned classifier: its weights lack %v; train it first", path, c.fresh)
	}
	if err := c.programs.reset(c.initial); err != nil {
		c.Close()
		return nil, fmt.Errorf("model: load %s: %w", dir, err)
	}
	c.ready = true
	return c, nil
}

func newClassifier(ctx context.Context, spec Transformer, classes []string) (*Classifier, error) {
	backend, err := Backend()
	if err != nil {
		return nil, err
	}
	return newClassifierOn(ctx, backend, spec, classes)
}

func newClassifierOn(ctx context.Context, backend compute.Backend, spec Transformer, classes []string) (*Classifier, error) {
	if err := spec.Training.check(); err != nil {
		return nil, err
	}
	if len(classes) < 2 {
		return nil, fmt.Errorf("a classifier needs at least 2 classes, there are %d: %q", len(classes), classes)
	}
	dir, origin, err := pretrained.Find(ctx, spec.Checkpoint)
	if err != nil {
		return nil, err
	}
	folder, err := pretrained.Open(dir)
	if err != nil {
		return nil, err
	}
	encoder, err := encoderOf(folder.Config)
	if err != nil {
		return nil, fmt.Errorf("%s/config.json: %w", dir, err)
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
	if c.initial, c.fresh, err = matchWeights(folder, c.shapes); err != nil {
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
	return c.folder.Save(dir, weights, c.classes)
}

// Close implements learner.Classifier.
func (c *Classifier) Close() error {
	c.programs.close()
	return c.tokenizer.Close()
}

// encode returns the ids of the texts; each text is tokenized once in the classifier's life.
func (c *Classifier) encode(texts []string) ([][]int32, error) {
	var missing []string
	for _, text := range texts {
		if _, ok := c.encoded[text]; !ok {
			c.encoded[text] = nil
			missing = append(missing, text)
		}
	}
	ids, err := c.tokenizer.EncodeAll(missing)
	for i, text := range missing {
		if err != nil {
			delete(c.encoded, text)
			continue
		}
		c.encoded[text] = ids[i]
	}
	if err != nil {
		return nil, err
	}
	out := make([][]int32, len(texts))
	for i, text := range texts {
		out[i] = c.encoded[text]
	}
	return out, nil
}
