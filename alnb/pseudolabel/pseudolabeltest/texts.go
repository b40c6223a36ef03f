package pseudolabeltest

import (
	"context"
	"math"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
)

// Texts describes softmax regression on the words of a text.
type Texts struct{ Settings }

// Name implements learner.Model.
func (Texts) Name() string { return "softmax_texts" }

// Open implements learner.Model.
func (t Texts) Open(_ context.Context, classes []string) (learner.Classifier, error) {
	return &TextClassifier{softmax{Settings: t.Settings, Labels: classes}}, nil
}

// Keeping implements learner.Keeper.
func (t Texts) Keeping(checkpoints int) learner.Model {
	t.Keep = checkpoints
	return t
}

// Load implements learner.Loader.
func (t Texts) Load(_ context.Context, dir string) (learner.Classifier, error) {
	c := &TextClassifier{softmax{Settings: t.Settings}}
	return c, c.load(dir)
}

// TextClassifier is the model opened.
type TextClassifier struct{ softmax }

func features(text string) item { return newItem(append(strings.Fields(strings.ToLower(text)), "")...) }

func (c *TextClassifier) groups(examples []corpus.Example) []group {
	groups := make([]group, len(examples))
	for i, e := range examples {
		groups[i] = group{[]item{features(e.Text)}, [][]float64{certain(len(c.Labels), e.Label)}}
	}
	return groups
}

// Train implements learner.Classifier.
func (c *TextClassifier) Train(ctx context.Context, examples []corpus.Example, run learner.Run) (learner.Trained, error) {
	return c.train(ctx, c.groups(examples), run)
}

// TrainOn implements learner.SoftLearner.
func (c *TextClassifier) TrainOn(ctx context.Context, docs []corpus.Document, teacher [][]float32, _ float64,
	run learner.Run) (learner.Trained, error) {
	groups := make([]group, len(docs))
	for i, doc := range docs {
		groups[i] = group{[]item{features(doc.Text)}, [][]float64{wide(teacher[i])}}
	}
	return c.train(ctx, groups, run)
}

// Probabilities implements learner.Classifier.
func (c *TextClassifier) Probabilities(ctx context.Context, docs []corpus.Document, progress func(int)) ([][]float32, error) {
	if err := c.before("predict"); err != nil {
		return nil, err
	}
	rows := make([][]float32, len(docs))
	for i, doc := range docs {
		rows[i] = c.predict(features(doc.Text))
		if progress != nil {
			progress(i + 1)
		}
	}
	return rows, ctx.Err()
}

// Embeddings implements query.Embedder: the logarithms of the probabilities.
func (c *TextClassifier) Embeddings(ctx context.Context, docs []corpus.Document, progress func(int)) ([][]float32, error) {
	rows, err := c.Probabilities(ctx, docs, progress)
	for _, row := range rows {
		for k, p := range row {
			row[k] = float32(math.Log(max(float64(p), 1e-12)))
		}
	}
	return rows, err
}

// SelfInfluence implements learner.Influencer.
func (c *TextClassifier) SelfInfluence(ctx context.Context, examples []corpus.Example, _ []string,
	progress func(int)) ([]float64, error) {
	return c.influences(ctx, c.groups(examples), progress)
}
