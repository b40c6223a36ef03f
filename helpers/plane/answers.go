package plane

import (
	"context"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/query"
)

var _ interface {
	query.Predictor
	query.Embedder
	query.GradientEmbedder
	query.DropoutSampler
} = (*Model)(nil)

// String says what it is.
func (m *Model) String() string {
	return fmt.Sprintf("a classifier of points in the plane, with %d classes", m.classes)
}

// Probabilities implements query.Predictor.
func (m *Model) Probabilities(ctx context.Context, docs []corpus.Document, progress func(done int)) ([][]float32, error) {
	rows, _, err := m.LastLayer(ctx, docs, progress)
	return rows, err
}

// Embeddings implements query.Embedder.
func (m *Model) Embeddings(ctx context.Context, docs []corpus.Document, progress func(done int)) ([][]float32, error) {
	_, inputs, err := m.LastLayer(ctx, docs, progress)
	return inputs, err
}

// LastLayer implements query.GradientEmbedder.
func (m *Model) LastLayer(ctx context.Context, docs []corpus.Document, progress func(done int)) (probabilities, inputs [][]float32, err error) {
	err = m.each(ctx, docs, progress, func(h []float64) {
		probabilities, inputs = append(probabilities, narrow(m.predict(m.head, h))), append(inputs, narrow(h))
	})
	if err != nil {
		return nil, nil, err
	}
	return probabilities, inputs, nil
}

// DropoutProbabilities implements query.DropoutSampler. What is dropped depends on the seed and the sample, and not on
// the point, so that each sample is one model, and pictures of it are smooth.
func (m *Model) DropoutProbabilities(ctx context.Context, docs []corpus.Document, samples int, seed uint64, progress func(done int)) ([][][]float32, error) {
	var all [][][]float32
	err := m.each(ctx, docs, progress, func(h []float64) {
		rows := make([][]float32, samples)
		for i := range rows {
			rows[i] = narrow(m.predict(m.head, drop(h, keyed.Key{Seed: seed, Purpose: "plane, dropout", Round: i})))
		}
		all = append(all, rows)
	})
	return all, err
}

// each calls say with the embedding of each document.
func (m *Model) each(ctx context.Context, docs []corpus.Document, progress func(done int), say func(h []float64)) error {
	for i, doc := range docs {
		if err := ctx.Err(); err != nil {
			return err
		}
		p, err := At(doc)
		if err != nil {
			return err
		}
		say(m.encode(p))
		if progress != nil {
			progress(i + 1)
		}
	}
	return nil
}

func narrow(row []float64) []float32 {
	out := make([]float32, len(row))
	for i, x := range row {
		out[i] = float32(x)
	}
	return out
}
