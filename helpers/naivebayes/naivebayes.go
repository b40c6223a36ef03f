// Package naivebayes is a classifier that counts words. It is real, learns from a handful of labels, and trains and scores
// thousands of documents a moment: for notebooks about what surrounds a model, where nobody wants to wait for one.
package naivebayes

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
)

// Model describes multinomial naive Bayes (McCallum and Nigam, 1998): a document's words are drawn from its class, each by
// itself. Words are what stands between spaces, in lower case.
//
//	p(c | doc) ∝ (n_c + s) Π_w (n_wc + s) / (n_·c + s(V + 1))
//
// n_c documents and n_wc words w of class c are labeled, n_·c words in all, V different ones over all classes; s is the
// smoothing. All words without a label count as one more.
type Model struct {
	Smoothing float64 `json:"smoothing"` // above 0; the higher, the less sure the model is
}

// Name implements learner.Model.
func (Model) Name() string { return "naive-bayes" }

// Open implements learner.Model.
func (m Model) Open(_ context.Context, classes []string) (learner.Classifier, error) {
	if !(m.Smoothing > 0 && m.Smoothing <= math.MaxFloat64) {
		return nil, fmt.Errorf("naivebayes: smoothing is %g; it must be above 0, and finite", m.Smoothing)
	}
	return &classifier{Model: m, classes: len(classes)}, nil
}

type classifier struct {
	Model
	classes int
	docs    []float64            // of each class
	words   []float64            // of each class
	counts  map[string][]float64 // of each word in each class
}

// Train implements learner.Classifier. A step is a document.
func (c *classifier) Train(ctx context.Context, examples []corpus.Example, run learner.Run) (learner.Trained, error) {
	c.docs, c.words, c.counts = make([]float64, c.classes), make([]float64, c.classes), make(map[string][]float64)
	for i, e := range examples {
		if err := ctx.Err(); err != nil {
			return learner.Trained{}, err
		}
		weight := 1.0
		if run.Weights != nil {
			weight = run.Weights[i]
		}
		c.docs[e.Label] += weight
		for _, word := range wordsOf(e.Document) {
			if c.counts[word] == nil {
				c.counts[word] = make([]float64, c.classes)
			}
			c.counts[word][e.Label] += weight
			c.words[e.Label] += weight
		}
		if run.Progress != nil {
			run.Progress(i+1, len(examples))
		}
	}
	loss := 0.0
	for _, e := range examples {
		loss -= math.Log(max(c.predict(e.Document)[e.Label], math.SmallestNonzeroFloat64)) / float64(len(examples))
	}
	return learner.Trained{Steps: len(examples), Loss: loss}, nil
}

// Probabilities implements learner.Classifier.
func (c *classifier) Probabilities(ctx context.Context, docs []corpus.Document, progress func(int)) ([][]float32, error) {
	rows := make([][]float32, len(docs))
	for i, doc := range docs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows[i] = make([]float32, c.classes)
		for k, p := range c.predict(doc) {
			rows[i][k] = float32(p)
		}
		if progress != nil {
			progress(i + 1)
		}
	}
	return rows, nil
}

func (c *classifier) predict(doc corpus.Document) []float64 {
	p := make([]float64, c.classes) // logarithms first
	words := wordsOf(doc)
	for k := range p {
		p[k] = math.Log(c.docs[k]+c.Smoothing) - float64(len(words))*math.Log(c.words[k]+c.Smoothing*float64(len(c.counts)+1))
	}
	for _, word := range words {
		counts := c.counts[word]
		for k := range p {
			if counts == nil {
				p[k] += math.Log(c.Smoothing)
			} else {
				p[k] += math.Log(counts[k] + c.Smoothing)
			}
		}
	}
	largest, sum := slices.Max(p), 0.0
	for k := range p {
		p[k] = math.Exp(p[k] - largest)
		sum += p[k]
	}
	for k := range p {
		p[k] /= sum
	}
	return p
}

func wordsOf(doc corpus.Document) []string { return strings.Fields(strings.ToLower(doc.Text)) }

// Origin implements learner.Classifier.
func (c *classifier) Origin() string {
	return fmt.Sprintf("naive Bayes on words, smoothing %g", c.Smoothing)
}

// Close implements learner.Classifier.
func (c *classifier) Close() error { return nil }
