package model

import (
	"context"
	"fmt"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
)

// Embeddings returns one row a document, in order: what the classifier's head reads of it, dropout off. Of a transformer
// that is the last layer's state of the first token, of XLNet the last token's (or what its configuration says); of a
// CNN-BiLSTM-CRF the maximum over the BiLSTM's states. The documents around it change a row by float32 rounding only.
func (c *Classifier) Embeddings(ctx context.Context, docs []corpus.Document, progress func(done int)) ([][]float32, error) {
	rows := make([][]float32, len(docs))
	err := c.readTexts(ctx, headStates, "embed", docs, progress, func(i int, outputs [][]float32) error {
		rows[i] = slices.Clone(outputs[0]) // a part of the batch's would keep the rest of it in memory, empty slots and all
		return checkVector(docs[i].ID, rows[i])
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// Embeddings returns one row a document, which must have words, in order: the mean, over the words that the model sees, of
// what the tagger's head reads of a word's first sub-word, dropout off; zeros where it sees none.
func (t *Tagger) Embeddings(ctx context.Context, docs []corpus.Document, progress func(done int)) ([][]float32, error) {
	if !t.ready {
		return nil, errUntrained
	}
	rows := make([][]float32, len(docs))
	encoded, err := t.encode(ctx, corpus.Untagged(docs))
	if err == nil {
		err = t.score(ctx, headStates, encoded, progress, func(i int, outputs [][]float32) error {
			rows[i] = meanOver(encoded[i].first, outputs[0], len(outputs[0])/len(encoded[i].ids))
			return checkVector(docs[i].ID, rows[i])
		})
	}
	if err != nil {
		return nil, t.in(ctx, err, "embed", len(docs))
	}
	return rows, nil
}

// meanOver is the mean of states [tokens, size] over the positions that are not negative.
func meanOver(positions []int32, states []float32, size int) []float32 {
	mean, n := make([]float32, size), 0
	for _, position := range positions {
		if position < 0 {
			continue
		}
		n++
		for k, x := range states[int(position)*size:][:size] {
			mean[k] += x
		}
	}
	for k := range mean {
		mean[k] /= float32(max(1, n))
	}
	return mean
}

// checkVector refuses what a broken or diverged model gives.
func checkVector(id string, row []float32) error {
	for _, x := range row {
		if !finite(float64(x)) {
			return fmt.Errorf("the model gives document %q a vector with %g in it: its weights are broken, or its training diverged", id, x)
		}
	}
	return nil
}
