package query

import (
	"context"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
)

// What strategies ask of a trained model. All keep the order of the documents, call progress (which may be nil) with how
// many they have read, and fail with the context's error when that ends.

// A Predictor gives texts probabilities.
type Predictor interface {
	// Probabilities returns one row a document of one probability a class.
	Probabilities(ctx context.Context, docs []corpus.Document, progress func(done int)) ([][]float32, error)
}

// A Tagger gives words tags.
type Tagger interface {
	// Tag returns one tagging a document; their spans aren't read.
	Tag(ctx context.Context, docs []corpus.Tagged, progress func(done int)) ([]learner.Tagging, error)
}

// An Embedder gives documents vectors.
type Embedder interface {
	// Embeddings returns one row a document, all of one length: the vector that the model's head reads.
	Embeddings(ctx context.Context, docs []corpus.Document, progress func(done int)) ([][]float32, error)
}

// A GradientEmbedder gives what the gradient of the last layer is made of.
type GradientEmbedder interface {
	// LastLayer returns, for each document, its probabilities and the input of the linear layer that gives the logits. With
	// p, the input h and the one-hot y of the most probable class, the gradient of the loss by that layer's weight is
	// (p − y) hᵀ.
	LastLayer(ctx context.Context, docs []corpus.Document, progress func(done int)) (probabilities, inputs [][]float32, err error)
}

// A DropoutSampler predicts with dropout left on, after Gal and Ghahramani, "Dropout as a Bayesian Approximation" (ICML
// 2016).
type DropoutSampler interface {
	// DropoutProbabilities returns, for each document, samples rows of one probability a class, each with dropout drawn
	// anew by the seed: [documents][samples][classes].
	DropoutProbabilities(ctx context.Context, docs []corpus.Document, samples int, seed uint64, progress func(done int)) ([][][]float32, error)
}

// capability finds an interface in a model; what says in a sentence's end what the model must be able to.
func capability[C any](model any, what string) (C, error) {
	c, ok := model.(C)
	if !ok {
		return c, fmt.Errorf("the model %T %s", model, what)
	}
	return c, nil
}

// needs is what Check says of a model that must have one capability.
func needs[C any](model any, what string) error {
	_, err := capability[C](model, what)
	return err
}
