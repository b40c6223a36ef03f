package main

import (
	"context"
	"math/rand/v2"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/datasets"
)

// What all sides do.
const (
	maxTokens    = 128
	batchSize    = 16
	learningRate = 5e-5
	seed         = 1
	labeledSize  = 200
)

// work is the documents of a sitting; sides call them by their positions.
type work struct {
	classes   []string
	documents []corpus.Example
	labeled   []int         // AG News documents to train on
	pool      []int         // AG News documents to score
	exactly   map[int][]int // made-up documents by their length in tokens
}

// newWork draws AG News documents for training and as many for scoring as pool says, and makes up documents of 64 and
// 128 tokens.
func newWork(ctx context.Context, pool, madeUp int) (*work, error) {
	data, err := datasets.AGNews().Load(ctx)
	if err != nil {
		return nil, err
	}
	w := &work{classes: data.Classes, exactly: make(map[int][]int)}
	order := keyed.Key{Seed: seed, Purpose: "bench"}.Stream().Perm(len(data.Train))
	for i, row := range order[:labeledSize+pool] {
		w.documents = append(w.documents, data.Train[row])
		if i < labeledSize {
			w.labeled = append(w.labeled, i)
		} else {
			w.pool = append(w.pool, i)
		}
	}
	random := keyed.Key{Seed: seed, Purpose: "made-up documents"}.Stream()
	for _, tokens := range []int{64, 128} {
		for range madeUp {
			w.exactly[tokens] = append(w.exactly[tokens], len(w.documents))
			text := madeUpText(random, tokens)
			w.documents = append(w.documents, corpus.Example{Document: corpus.Document{ID: text, Text: text}, Label: random.IntN(len(w.classes))})
		}
	}
	return w, nil
}

// common are words that are one token each in every English vocabulary.
var common = strings.Fields("the of and to in a is that for it as was with be by on not he his but at are this have " +
	"from or had an they which one you were all her she there would their we him been has when who will no more if out")

// madeUpText is words of so many tokens, those at the beginning and the end included.
func madeUpText(random *rand.Rand, tokens int) string {
	words := make([]string, tokens-2)
	for i := range words {
		words[i] = common[random.IntN(len(common))]
	}
	return strings.Join(words, " ")
}

func (w *work) examples(rows []int) []corpus.Example {
	out := make([]corpus.Example, len(rows))
	for i, row := range rows {
		out[i] = w.documents[row]
	}
	return out
}

func (w *work) docs(rows []int) []corpus.Document {
	out := make([]corpus.Document, len(rows))
	for i, row := range rows {
		out[i] = w.documents[row].Document
	}
	return out
}

// miniBatches are those that alnb draws when it trains on rows: permutations one after the other, as epochStream deals
// them out in alnb/model. That they are the same shows in the losses.
func miniBatches(rows []int, steps int) [][]int {
	var stream []int
	for epoch := 0; len(stream) < steps*batchSize; epoch++ {
		for _, i := range (keyed.Key{Seed: seed, Purpose: "mini-batches", Round: epoch}).Stream().Perm(len(rows)) {
			stream = append(stream, rows[i])
		}
	}
	batches := make([][]int, steps)
	for i := range batches {
		batches[i] = stream[i*batchSize : (i+1)*batchSize]
	}
	return batches
}
