package model

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
)

// A Classifier gives texts one of several classes, on the compute backend. It implements learner.Classifier.
type Classifier struct{ *engine }

// Train implements learner.Classifier.
func (c *Classifier) Train(ctx context.Context, examples []corpus.Example, run learner.Run) (learner.Trained, error) {
	made, err := c.gold(ctx, examples)
	if err != nil {
		return learner.Trained{}, c.in(ctx, err, "train", len(examples))
	}
	trained, err := c.fit(ctx, made, 1, run)
	return trained, c.in(ctx, err, "train", len(examples))
}

// gold are documents with their gold classes as the engine takes them.
func (c *Classifier) gold(ctx context.Context, examples []corpus.Example) ([]example, error) {
	gold := oneHot(len(c.classes))
	targets := make([][]float32, len(examples))
	docs := make([]corpus.Document, len(examples))
	for i, e := range examples {
		if e.Label < 0 || e.Label >= len(c.classes) {
			return nil, fmt.Errorf("document %s has the class number %d; there are %d classes, %q", e.ID, e.Label, len(c.classes), c.classes)
		}
		docs[i], targets[i] = e.Document, gold[e.Label]
	}
	return c.examples(ctx, docs, targets)
}

// examples are documents with a distribution over the classes each.
func (c *Classifier) examples(ctx context.Context, docs []corpus.Document, targets [][]float32) ([]example, error) {
	encoded, err := c.encode(ctx, docs)
	examples := make([]example, len(encoded))
	for i, doc := range encoded {
		examples[i] = example{document: doc, id: docs[i].ID, targets: targets[i : i+1]}
	}
	return examples, err
}

// TrainOn is Train with a distribution over the classes for each document instead of a gold class, teacher [documents,
// classes]: task distillation
// from the probabilities of a teacher (Hinton et al., "Distilling the Knowledge in a Neural Network", 2015). The loss is
//
//	−Σ t log s,  t ∝ p^(1/T),  s = softmax(z/T)
//
// with the teacher's probabilities p, the model's logits z and the temperature T > 0: t is the softmax of the teacher's
// logits over T.
func (c *Classifier) TrainOn(ctx context.Context, docs []corpus.Document, teacher [][]float32, temperature float64, run learner.Run) (learner.Trained, error) {
	if len(docs) != len(teacher) {
		return learner.Trained{}, fmt.Errorf("model: distill into %s: there are %d distributions for %d documents", c.name, len(teacher), len(docs))
	}
	targets := make([][]float32, len(docs))
	for i, p := range teacher {
		var err error
		if targets[i], err = soften(p, len(c.classes), temperature); err != nil {
			return learner.Trained{}, fmt.Errorf("model: distill into %s: document %s: %w", c.name, docs[i].ID, err)
		}
	}
	examples, err := c.examples(ctx, docs, targets)
	if err != nil {
		return learner.Trained{}, c.in(ctx, err, "train", len(docs))
	}
	trained, err := c.fit(ctx, examples, temperature, run)
	return trained, c.in(ctx, err, "train", len(docs))
}

// Probabilities implements learner.Classifier. Documents are batched by length, so that a document's row does not
// depend on those around it beyond float32 rounding (2e-6 or less).
func (c *Classifier) Probabilities(ctx context.Context, docs []corpus.Document, progress func(done int)) ([][]float32, error) {
	rows := make([][]float32, len(docs))
	err := c.readTexts(ctx, predictions, "score", docs, progress, func(i int, outputs [][]float32) error {
		rows[i] = outputs[0]
		return checkProbabilities(docs[i].ID, rows[i])
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// readTexts has documents read. each gets a document's position and its rows of what is read.
func (c *Classifier) readTexts(ctx context.Context, what reading, doing string, docs []corpus.Document, progress func(done int), each func(position int, outputs [][]float32) error) error {
	if !c.ready {
		return errUntrained
	}
	encoded, err := c.encode(ctx, docs)
	if err == nil {
		err = c.score(ctx, what, encoded, progress, each)
	}
	return c.in(ctx, err, doing, len(docs))
}

func (c *Classifier) encode(ctx context.Context, docs []corpus.Document) ([]document, error) {
	texts := make([]string, len(docs))
	for i, doc := range docs {
		texts[i] = doc.Text
	}
	return c.encodings.get(texts, func(missing []int) ([]document, error) {
		wanted := make([]string, len(missing))
		for i, position := range missing {
			wanted[i] = texts[position]
		}
		return c.arch.encodeTexts(ctx, wanted)
	})
}

// checkProbabilities refuses what a broken or diverged model gives.
func checkProbabilities(id string, row []float32) error {
	for _, p := range row {
		if !finite(float64(p)) {
			return fmt.Errorf("the model gives document %q the probabilities %v: its weights are broken, or its training diverged", id, row)
		}
	}
	return nil
}

// oneHot returns the distribution of each class that has no doubt.
func oneHot(classes int) [][]float32 {
	rows := make([][]float32, classes)
	for i := range rows {
		rows[i] = make([]float32, classes)
		rows[i][i] = 1
	}
	return rows
}

// soften returns the distribution ∝ p^(1/T).
func soften(p []float32, classes int, temperature float64) ([]float32, error) {
	if !(temperature > 0) || math.IsInf(temperature, 1) {
		return nil, fmt.Errorf("the temperature is %g; it must be above 0", temperature)
	}
	if len(p) != classes {
		return nil, fmt.Errorf("the teacher gives %d probabilities, the model has %d classes", len(p), classes)
	}
	out, total, sum := make([]float32, len(p)), 0.0, 0.0
	for i, x := range p {
		total += float64(x)
		out[i] = float32(math.Pow(float64(x), 1/temperature))
		sum += float64(out[i])
	}
	if !(slices.Min(p) >= 0 && math.Abs(total-1) <= 0.01) {
		return nil, fmt.Errorf("the teacher's probabilities are %v; they must not be negative, and sum up to 1", p)
	}
	if !(sum > 0) {
		return nil, fmt.Errorf("the temperature %g is too small: it takes the probabilities %v down to 0", temperature, p)
	}
	for i := range out {
		out[i] /= float32(sum)
	}
	return out, nil
}

// Load opens a classifier that was trained and saved, by Save or by Python's save_pretrained. maxTokens is the length
// texts are cut to; 0 is the one it was saved with, which Python takes, too.
func Load(ctx context.Context, dir string, maxTokens int) (*Classifier, error) {
	e, err := load(ctx, dir, maxTokens, Classification)
	if err != nil {
		return nil, err
	}
	return &Classifier{e}, nil
}
