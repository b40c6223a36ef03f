package pseudolabeltest

import (
	"context"
	"math"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/learner"
)

// Words describes softmax regression on a word and the one before it.
type Words struct{ Settings }

// Name implements learner.TaggerModel.
func (Words) Name() string { return "softmax_words" }

// OpenTagger implements learner.TaggerModel.
func (w Words) OpenTagger(_ context.Context, types []string) (learner.Tagger, error) {
	labels := []string{corpus.Outside}
	for _, t := range types {
		labels = append(labels, "B-"+t, "I-"+t)
	}
	return &WordTagger{softmax{Settings: w.Settings, Labels: labels}}, nil
}

// KeepingTagger implements learner.TaggerKeeper.
func (w Words) KeepingTagger(checkpoints int) learner.TaggerModel {
	w.Keep = checkpoints
	return w
}

// LoadTagger implements learner.TaggerLoader.
func (w Words) LoadTagger(_ context.Context, dir string) (learner.Tagger, error) {
	t := &WordTagger{softmax{Settings: w.Settings}}
	return t, t.load(dir)
}

// WordTagger is the model opened.
type WordTagger struct{ softmax }

func items(words []string) []item {
	all := make([]item, len(words))
	for i, word := range words {
		before := "^"
		if i > 0 {
			before = words[i-1]
		}
		all[i] = newItem("", "here "+word, "like "+word[:min(len(word), 5)], "before "+before[:min(len(before), 5)])
	}
	return all
}

func (t *WordTagger) groups(docs []corpus.Tagged) []group {
	groups := make([]group, len(docs))
	for i, doc := range docs {
		groups[i].items = items(doc.Words)
		for _, tag := range corpus.Tags(len(doc.Words), doc.Spans) {
			groups[i].targets = append(groups[i].targets, certain(len(t.Labels), slices.Index(t.Labels, tag)))
		}
	}
	return groups
}

// Train implements learner.Tagger.
func (t *WordTagger) Train(ctx context.Context, docs []corpus.Tagged, run learner.Run) (learner.Trained, error) {
	return t.train(ctx, t.groups(docs), run)
}

// TrainOn implements learner.SoftTagger.
func (t *WordTagger) TrainOn(ctx context.Context, docs []corpus.Tagged, teacher [][][]float32, _ float64,
	run learner.Run) (learner.Trained, error) {
	groups := make([]group, len(docs))
	for i, doc := range docs {
		groups[i].items = items(doc.Words)
		for _, row := range teacher[i] {
			groups[i].targets = append(groups[i].targets, wide(row))
		}
	}
	return t.train(ctx, groups, run)
}

// Tag implements learner.Tagger.
func (t *WordTagger) Tag(ctx context.Context, docs []corpus.Tagged, progress func(int)) ([]learner.Tagging, error) {
	if err := t.before("predict"); err != nil {
		return nil, err
	}
	taggings := make([]learner.Tagging, len(docs))
	for i, doc := range docs {
		tagging := &taggings[i]
		tagging.Counted = len(doc.Words)
		for _, x := range items(doc.Words) {
			row := t.predict(x)
			best := eval.Best(row)
			tagging.Tags, tagging.Probs = append(tagging.Tags, t.Labels[best]), append(tagging.Probs, row)
			tagging.Path += math.Log(float64(row[best]))
		}
		if progress != nil {
			progress(i + 1)
		}
	}
	return taggings, ctx.Err()
}

// SelfInfluence implements learner.TaggerInfluencer.
func (t *WordTagger) SelfInfluence(ctx context.Context, docs []corpus.Tagged, _ []string, progress func(int)) ([]float64,
	error) {
	return t.influences(ctx, t.groups(docs), progress)
}
