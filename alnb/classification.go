package alnb

import (
	"context"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store"
)

// accuracy is the metric of texts with classes.
const accuracy = "accuracy"

// classification is the task of telling the classes of texts.
type classification struct {
	data  *corpus.Dataset
	train []corpus.Document
}

func newClassification(data *corpus.Dataset) classification {
	return classification{data, documents(data.Train)}
}

func (c classification) about() dataConfig {
	return dataConfig{
		Name: c.data.Name, Classes: c.data.Classes, Train: len(c.data.Train), Test: len(c.data.Test),
		Fingerprint: fingerprint(c.data.Classes, c.data.Train, c.data.Test),
	}
}

func (c classification) origin() string            { return c.data.Origin }
func (c classification) check() error              { return c.data.Check() }
func (c classification) docs() []corpus.Document   { return c.train }
func (c classification) words() int                { return 0 }
func (c classification) uncertainty() query.Scorer { return query.LeastConfident{} }

func (c classification) labeled(positions []int) []query.Labeled {
	labeled := make([]query.Labeled, len(positions))
	for i, e := range at(c.data.Train, positions) {
		labeled[i] = query.Labeled{Document: e.Document, Class: e.Label}
	}
	return labeled
}

func (c classification) onesided(positions []int) string {
	examples := at(c.data.Train, positions)
	for _, e := range examples {
		if e.Label != examples[0].Label {
			return ""
		}
	}
	return fmt.Sprintf("all %d labeled documents are of the class %q, so the model can't learn to tell "+
		"classes apart", len(examples), c.data.Classes[examples[0].Label])
}

func (c classification) open(ctx context.Context, arm Arm) (trainable, error) {
	model, err := arm.Acquisition.Open(ctx, c.data.Classes)
	if err != nil {
		return nil, err
	}
	return classifier{model, c.data, documents(c.data.Test)}, nil
}

// classifier is the trainable of a classification.
type classifier struct {
	learner.Classifier
	data *corpus.Dataset
	test []corpus.Document
}

func (c classifier) Asked() any { return c.Classifier }

func (c classifier) Train(ctx context.Context, positions []int, run learner.Run) (learner.Trained, error) {
	return c.Classifier.Train(ctx, at(c.data.Train, positions), run)
}

func (c classifier) Evaluate(ctx context.Context, progress func(done, total int)) (store.Metrics, []eval.Tally, error) {
	rows, err := c.checked(ctx, c.test, func(done int) { progress(done, len(c.test)) })
	if err != nil {
		return store.Metrics{}, nil, err
	}
	gold := make([]int, len(c.test))
	for i, e := range c.data.Test {
		gold[i] = e.Label
	}
	metrics := store.Metrics{Metric: accuracy, Value: eval.Accuracy(rows, gold), Test: len(c.test)}
	return metrics, eval.TallyClasses(rows, gold), nil
}

func (c classifier) Predict(ctx context.Context, docs []corpus.Document, progress func(done int)) ([]corpus.Prediction, error) {
	rows, err := c.checked(ctx, docs, progress)
	if err != nil {
		return nil, err
	}
	predictions := make([]corpus.Prediction, len(rows))
	for i, row := range rows {
		predictions[i].Class = c.data.Classes[eval.Best(row)]
		for _, p := range row {
			predictions[i].Probabilities = append(predictions[i].Probabilities, float64(p))
		}
	}
	return predictions, nil
}

// checked are the model's probabilities. A model that gives none, or NaN, would have an accuracy that looks like any other.
func (c classifier) checked(ctx context.Context, docs []corpus.Document, progress func(done int)) ([][]float32, error) {
	rows, err := c.Probabilities(ctx, docs, progress)
	if err != nil {
		return nil, err
	}
	return rows, query.CheckProbabilities(ctx, docs, rows, len(c.data.Classes))
}

func documents(examples []corpus.Example) []corpus.Document {
	docs := make([]corpus.Document, len(examples))
	for i, e := range examples {
		docs[i] = e.Document
	}
	return docs
}
