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

// spanF1 is the metric of words with spans.
const spanF1 = "span F1"

// tagging is the task of finding spans of words.
type tagging struct {
	data  *corpus.TaggedDataset
	train []corpus.Document
	total int // words in the training split
}

func newTagging(data *corpus.TaggedDataset) tagging {
	t := tagging{data: data, train: make([]corpus.Document, len(data.Train))}
	for i, doc := range data.Train {
		t.train[i] = corpus.Document{ID: doc.ID, Words: doc.Words}
		t.total += len(doc.Words)
	}
	return t
}

func (t tagging) about() dataConfig {
	return dataConfig{
		Name: t.data.Name, Types: t.data.Types, Train: len(t.data.Train), Test: len(t.data.Test), Words: t.total,
		Fingerprint: fingerprint(t.data.Types, t.data.Train, t.data.Test),
	}
}

func (t tagging) origin() string            { return t.data.Origin }
func (t tagging) check() error              { return t.data.Check() }
func (t tagging) docs() []corpus.Document   { return t.train }
func (t tagging) words() int                { return t.total }
func (t tagging) uncertainty() query.Scorer { return query.MNLP{} }

func (t tagging) labeled(positions []int) []query.Labeled {
	labeled := make([]query.Labeled, len(positions))
	for i, position := range positions {
		labeled[i] = query.Labeled{Document: t.train[position], Spans: t.data.Train[position].Spans}
	}
	return labeled
}

func (t tagging) onesided(positions []int) string {
	for _, doc := range at(t.data.Train, positions) {
		if len(doc.Spans) > 0 {
			return ""
		}
	}
	return fmt.Sprintf("none of the %d labeled documents has a span, so the model can't learn to find any", len(positions))
}

func (t tagging) open(ctx context.Context, arm Arm) (trainable, error) {
	model, err := arm.Tagger.OpenTagger(ctx, t.data.Types)
	if err != nil {
		return nil, err
	}
	return tagger{model, t.data}, nil
}

// tagger is the trainable of a tagging.
type tagger struct {
	learner.Tagger
	data *corpus.TaggedDataset
}

func (t tagger) Asked() any { return t.Tagger }

func (t tagger) Train(ctx context.Context, positions []int, run learner.Run) (learner.Trained, error) {
	return t.Tagger.Train(ctx, at(t.data.Train, positions), run)
}

func (t tagger) Evaluate(ctx context.Context, progress func(done, total int)) (store.Metrics, []eval.Tally, error) {
	test := t.data.Test
	taggings, err := t.Tag(ctx, test, func(done int) { progress(done, len(test)) })
	if err != nil {
		return store.Metrics{}, nil, err
	}
	gold, predicted := make([][]string, len(test)), make([][]string, len(taggings))
	for i, doc := range test {
		gold[i] = corpus.Tags(len(doc.Words), doc.Spans)
	}
	for i, tagging := range taggings {
		predicted[i] = tagging.Tags
	}
	tallies, err := eval.TallySpans(gold, predicted)
	scores := eval.Total(tallies).SpanScore()
	return store.Metrics{
		Metric: spanF1, Value: scores.F1, Precision: scores.Precision, Recall: scores.Recall, Test: len(test),
	}, tallies, err
}

func (t tagger) Predict(ctx context.Context, docs []corpus.Document, progress func(done int)) ([]corpus.Prediction, error) {
	taggings, err := t.Tag(ctx, corpus.Untagged(docs), progress)
	if err != nil {
		return nil, err
	}
	predictions := make([]corpus.Prediction, len(taggings))
	for i, tagging := range taggings {
		if predictions[i].Spans, err = corpus.Spans(tagging.Tags); err != nil {
			return nil, fmt.Errorf("alnb: the model's tags of document %s: %w", docs[i].ID, err)
		}
	}
	return predictions, nil
}
