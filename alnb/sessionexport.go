package alnb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
)

// Judged returns all documents with what was said about them, the pool's first, and with what the last model says where
// predictions (see Predict) are given, by number.
func (s *Session) Judged(ctx context.Context, predictions []corpus.Prediction) iter.Seq2[corpus.Judged, error] {
	return func(yield func(corpus.Judged, error) bool) {
		latest := make(map[int]corpus.Judgment)
		for j, err := range s.db.Judgments(ctx) {
			if err != nil {
				yield(corpus.Judged{}, err)
				return
			}
			latest[j.Number] = j.Judgment
		}
		for d, err := range s.db.Documents(ctx) {
			if err != nil {
				yield(corpus.Judged{}, err)
				return
			}
			judged := corpus.Judged{Document: d.Document, Test: d.Test}
			if j, ok := latest[d.Number]; ok {
				judged.Judgment = &j
			}
			if d.Number < len(predictions) {
				judged.Prediction = &predictions[d.Number]
			}
			if !yield(judged, nil) {
				return
			}
		}
	}
}

// Predict asks the last model about all documents, the pool's first. It reads the model from the session's folder, so that it
// works beside a training. report may be nil.
func (s *Session) Predict(ctx context.Context, report func(done, total int)) ([]corpus.Prediction, error) {
	model, err := s.last(ctx)
	if err != nil {
		return nil, err
	}
	defer model.Close()
	docs, err := s.documents(ctx)
	if err != nil {
		return nil, err
	}
	if report == nil {
		report = func(int, int) {}
	}
	return model.Predict(ctx, docs, func(done int) { report(done, len(docs)) })
}

// LastModel is the folder of the last model, in Hugging Face's form, and what its training gave.
func (s *Session) LastModel(ctx context.Context) (string, Trained, error) {
	trained, err := s.lastTrained(ctx)
	if err == nil && trained.Dir == "" {
		err = fmt.Errorf("alnb: the model %s can't be kept in a folder", s.config.arm().model().Name())
	}
	return filepath.Join(s.dir, trained.Dir), trained, err
}

// last reads the last model.
func (s *Session) last(ctx context.Context) (trainable, error) {
	dir, trained, err := s.LastModel(ctx)
	if err != nil {
		return nil, err
	}
	classes := trained.Metrics.Classes
	if s.about.Spans {
		loader, ok := s.config.Tagger.(learner.TaggerLoader)
		if !ok {
			return nil, cannotLoad(s.config.Tagger.Name())
		}
		model, err := loader.LoadTagger(ctx, dir)
		return tagger{model, &corpus.TaggedDataset{Types: classes}}, err
	}
	loader, ok := s.config.Model.(learner.Loader)
	if !ok {
		return nil, cannotLoad(s.config.Model.Name())
	}
	model, err := loader.Load(ctx, dir)
	return classifier{Classifier: model, data: &corpus.Dataset{Classes: classes}}, err
}

func cannotLoad(model string) error {
	return errors.New("alnb: the model " + model + " can't be read back from a folder")
}
