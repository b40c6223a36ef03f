package main

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/model"
)

// beside prints what tokenization costs while MiniLM scores: chunks of documents that are tokenized beside the scoring of
// those before them, against the same chunks with tokens that are there already, by turns.
func beside(ctx context.Context, checkpoint string, texts []string, passes int) error {
	classifier, err := open(ctx, checkpoint)
	if err != nil {
		return err
	}
	defer classifier.Close()
	docs := make([]corpus.Document, len(texts))
	for i, text := range texts {
		docs[i] = corpus.Document{ID: fmt.Sprint(i), Text: text}
	}
	const chunk = 500
	prepared := func() error {
		for some := range slices.Chunk(docs, chunk) {
			if _, err := classifier.Probabilities(ctx, some, nil); err != nil {
				return err
			}
		}
		return nil
	}
	streamed := func() error {
		for _, err := range classifier.PredictChunks(ctx, chunksOf(docs, chunk), nil) {
			if err != nil {
				return err
			}
		}
		return nil
	}
	if err := prepared(); err != nil { // compiles, and keeps the tokens
		return err
	}
	var with, without []float64
	for range passes {
		for _, side := range []struct {
			pass func() error
			into *[]float64
		}{{prepared, &without}, {streamed, &with}} {
			began := time.Now()
			if err := side.pass(); err != nil {
				return err
			}
			*side.into = append(*side.into, float64(len(docs))/time.Since(began).Seconds())
		}
	}
	fmt.Println("| scoring | documents/s, median | best |\n|---|---:|---:|")
	row("tokens there", without)
	row("tokenized beside", with)
	fmt.Printf("\nTokenization costs %.1f %%.\n", 100*(median(without)/median(with)-1))
	return nil
}

// open returns the model with a head, which hardly is trained: nothing depends on its answers.
func open(ctx context.Context, checkpoint string) (*model.Classifier, error) {
	spec := model.Pretrained(checkpoint)
	spec.MaxTokens = maxTokens
	spec.Training.Steps, spec.Training.BatchSize = 1, 2
	var examples []corpus.Example
	for i, text := range []string{"one", "two"} {
		examples = append(examples, corpus.Example{Document: corpus.Document{ID: text, Text: text}, Label: i})
	}
	return spec.Fit(ctx, []string{"a", "b", "c", "d"}, examples, learner.Run{Seed: 1})
}

func chunksOf(docs []corpus.Document, n int) iter.Seq2[[]corpus.Document, error] {
	return func(yield func([]corpus.Document, error) bool) {
		for some := range slices.Chunk(docs, n) {
			if !yield(some, nil) {
				return
			}
		}
	}
}
