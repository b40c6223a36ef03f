package model

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
)

// DropoutProbabilities returns for each document, in order, so many samples of its probabilities, [documents][samples]
// [classes], with training's dropout left on (Gal and Ghahramani, "Dropout as a Bayesian Approximation", ICML 2016).
//
// The same weights, documents and seed give the same numbers, in whatever order the documents come, and the first samples
// don't depend on how many there are. They do depend on the set of documents: what is dropped is a hash of the seed, the
// sample, and the value's place among all documents, which are laid out by length and ID. So a document's samples are
// other draws once there are other documents beside it. All draws are independent: the samples of one number are not those
// of one network for all documents.
func (c *Classifier) DropoutProbabilities(ctx context.Context, docs []corpus.Document, samples int, seed uint64, progress func(done int)) ([][][]float32, error) {
	if !c.ready {
		return nil, errUntrained
	}
	if samples < 1 {
		return nil, fmt.Errorf("model: sample %s: %d samples were asked for; there must be at least 1", c.name, samples)
	}
	order := all(len(docs)) // batches are laid out by length and, of one length, in this order
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(docs[a].ID, docs[b].ID), cmp.Compare(docs[a].Text, docs[b].Text))
	})
	out := make([][][]float32, len(docs))
	encoded, err := c.encode(ctx, docs)
	if err == nil {
		encoded = at(encoded, order)
		err = c.inBatches(encoded, progress, func(number int, b batch, inputs []any) error {
			for sample := range samples {
				outputs, err := c.programs.read(ctx, dropoutSample, append(slices.Clone(inputs), sampleKey(seed, sample, number)))
				if err != nil {
					return err
				}
				if err := b.each(encoded, outputs, func(i int, outputs [][]float32) error {
					out[order[i]] = append(out[order[i]], slices.Clone(outputs[0]))
					return checkProbabilities(docs[order[i]].ID, outputs[0])
				}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		return nil, c.in(ctx, err, "sample", len(docs))
	}
	return out, nil
}

// sampleKey is the key of a sample's dropout in a batch.
func sampleKey(seed uint64, sample, batch int) []uint32 {
	key := dropoutBits(keyed.Key{Seed: seed, Purpose: "dropout sample", Round: sample, ID: strconv.Itoa(batch)})
	return key[:]
}
