package model

import (
	"context"
	"fmt"
	"iter"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
)

// How much [Classifier.PredictStream] holds in memory at a time, twice.
const (
	chunkDocuments = 8192
	chunkBytes     = 32 << 20 // of text
)

// A Prediction is a document and its probabilities, one a class.
type Prediction struct {
	Document      corpus.Document
	Probabilities []float32
}

// PredictStream scores documents as they come, and yields them in order. Memory does not grow with their number: they
// are read, encoded and scored some thousands at a time, and while some are scored the next are read and encoded in the
// background. progress, which may be nil, gets the number of documents scored so far.
//
// The first error ends the stream: one of docs as it is, one of the model, or within a second that of ctx. docs is
// iterated over in another goroutine; one that is blocked when the stream ends is left until it goes on by itself.
func (c *Classifier) PredictStream(ctx context.Context, docs iter.Seq2[corpus.Document, error], progress func(done int)) iter.Seq2[Prediction, error] {
	size := func(d corpus.Document) int { return len(d.Text) }
	return func(yield func(Prediction, error) bool) {
		done := 0
		report := func(n int) {
			if progress != nil {
				progress(done + n)
			}
		}
		for s, err := range c.predictAhead(ctx, Chunks(docs, chunkDocuments, chunkBytes, size), report) {
			if err != nil {
				yield(Prediction{}, err)
				return
			}
			for i, d := range s.docs {
				if !yield(Prediction{d, s.results[i]}, nil) {
					return
				}
			}
			done += len(s.docs)
		}
	}
}

// PredictChunks is PredictStream for documents that come in chunks: it yields one row of probabilities a document, chunk
// by chunk. Two chunks are in memory at a time. progress, which may be nil, counts within a chunk. The documents around it
// change a document's row by float32 rounding at most (2e-6); the same chunks give the same rows.
func (c *Classifier) PredictChunks(ctx context.Context, chunks iter.Seq2[[]corpus.Document, error], progress func(done int)) iter.Seq2[[][]float32, error] {
	return resultsOf(c.predictAhead(ctx, chunks, progress))
}

func (c *Classifier) predictAhead(ctx context.Context, chunks iter.Seq2[[]corpus.Document, error], progress func(done int)) iter.Seq2[scored[corpus.Document, []float32], error] {
	encode := func(ctx context.Context, docs []corpus.Document) ([]document, error) {
		texts := make([]string, len(docs))
		for i, d := range docs {
			texts[i] = d.Text
		}
		encoded, err := c.arch.encodeTexts(ctx, texts)
		return encoded, c.in(ctx, err, "score", len(docs))
	}
	score := func(docs []corpus.Document, encoded []document) ([][]float32, error) {
		rows := make([][]float32, len(docs))
		err := c.predict(ctx, encoded, progress, func(i int, outputs [][]float32) error {
			rows[i] = outputs[0]
			return checkProbabilities(docs[i].ID, rows[i])
		})
		return rows, c.in(ctx, err, "score", len(docs))
	}
	return scoreAhead(ctx, c.engine, chunks, encode, score)
}

// TagChunks tags documents as they come, in chunks, as [Classifier.PredictChunks] scores them.
func (t *Tagger) TagChunks(ctx context.Context, chunks iter.Seq2[[]corpus.Tagged, error], progress func(done int)) iter.Seq2[[]learner.Tagging, error] {
	encode := func(ctx context.Context, docs []corpus.Tagged) ([]document, error) {
		lists := make([][]string, len(docs))
		for i, d := range docs {
			if len(d.Words) == 0 {
				return nil, t.in(ctx, fmt.Errorf("document %q has no words; leave it out", d.ID), "tag", len(docs))
			}
			lists[i] = d.Words
		}
		encoded, err := t.arch.encodeWords(ctx, lists)
		return encoded, t.in(ctx, err, "tag", len(docs))
	}
	score := func(docs []corpus.Tagged, encoded []document) ([]learner.Tagging, error) {
		taggings := make([]learner.Tagging, len(docs))
		err := t.predict(ctx, encoded, progress, func(i int, outputs [][]float32) error {
			for word, position := range encoded[i].first {
				if position < 0 {
					continue
				}
				if err := checkProbabilities(docs[i].ID, t.row(outputs, position)); err != nil {
					return fmt.Errorf("word %d, %.60q: %w", word+1, docs[i].Words[word], err)
				}
			}
			taggings[i] = t.read(encoded[i], outputs)
			return nil
		})
		return taggings, t.in(ctx, err, "tag", len(docs))
	}
	return resultsOf(scoreAhead(ctx, t.engine, chunks, encode, score))
}

// scored is a chunk of documents and what the model gives each.
type scored[Doc, Result any] struct {
	docs    []Doc
	results []Result
}

// scoreAhead scores chunks of documents and encodes the next one meanwhile.
func scoreAhead[Doc, Result any](
	ctx context.Context, e *engine, chunks iter.Seq2[[]Doc, error],
	encode func(context.Context, []Doc) ([]document, error), score func([]Doc, []document) ([]Result, error),
) iter.Seq2[scored[Doc, Result], error] {
	return func(yield func(scored[Doc, Result], error) bool) {
		if !e.ready {
			yield(scored[Doc, Result]{}, errUntrained)
			return
		}
		for c, err := range readAhead(ctx, chunks, encode) {
			var results []Result
			if err == nil {
				results, err = score(c.items, c.made)
			}
			if !yield(scored[Doc, Result]{c.items, results}, err) || err != nil {
				return
			}
		}
	}
}

func resultsOf[Doc, Result any](chunks iter.Seq2[scored[Doc, Result], error]) iter.Seq2[[]Result, error] {
	return func(yield func([]Result, error) bool) {
		for c, err := range chunks {
			if !yield(c.results, err) {
				return
			}
		}
	}
}

// Chunks puts items together, at most n, and none beyond the item with which their sizes add up to bytes. They depend
// on nothing but the items.
func Chunks[T any](items iter.Seq2[T, error], n, bytes int, size func(T) int) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		var chunk []T
		total := 0
		for item, err := range items {
			if err != nil {
				yield(nil, err)
				return
			}
			chunk = append(chunk, item)
			if total += size(item); len(chunk) >= n || total >= bytes {
				if !yield(chunk, nil) {
					return
				}
				chunk, total = nil, 0
			}
		}
		if len(chunk) > 0 {
			yield(chunk, nil)
		}
	}
}
