package model

import (
	"context"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
)

// LastLayer returns for each document, in order, its probabilities and the input h of the linear layer that gives the
// logits W h + b, dropout off: what is left of what the head reads after its pooler or dense layer with the activation. For
// a class y, the gradient of −log p_y by W is (p − onehot(y)) hᵀ.
func (c *Classifier) LastLayer(ctx context.Context, docs []corpus.Document, progress func(done int)) (probabilities, inputs [][]float32, err error) {
	probabilities, inputs = make([][]float32, len(docs)), make([][]float32, len(docs))
	err = c.readTexts(ctx, lastLayer, "read the last layer of", docs, progress, func(i int, outputs [][]float32) error {
		probabilities[i], inputs[i] = slices.Clone(outputs[0]), slices.Clone(outputs[1]) // as in Embeddings
		if err := checkProbabilities(docs[i].ID, probabilities[i]); err != nil {
			return err
		}
		return checkVector(docs[i].ID, inputs[i])
	})
	if err != nil {
		return nil, nil, err
	}
	return probabilities, inputs, nil
}
