package model

import (
	"context"
	"errors"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
)

// Probabilities implements learner.Classifier. Documents are batched by length, so that a document's row does not
// depend on those around it beyond float32 rounding (2e-6 or less).
func (c *Classifier) Probabilities(ctx context.Context, docs []corpus.Document, progress func(done int)) ([][]float32, error) {
	if !c.ready {
		return nil, errors.New("model: the classifier is not trained; call Train first")
	}
	texts := make([]string, len(docs))
	for i, doc := range docs {
		texts[i] = doc.Text
	}
	encoded, err := c.encode(ctx, texts)
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, fmt.Errorf("model: score %d documents: %w", len(docs), err)
	}
	rows := make([][]float32, len(docs))
	done := 0
	for _, b := range scoringBatches(encoded, c.spec.MaxTokens, c.folder.Config.PadTokenID) {
		flat, err := c.programs.probabilities(ctx, b)
		if err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			return nil, fmt.Errorf("model: score %d documents: %w", len(docs), err)
		}
		for i, row := range b.rows {
			rows[row] = flat[i*len(c.classes) : (i+1)*len(c.classes) : (i+1)*len(c.classes)]
			for _, p := range rows[row] {
				if !finite(float64(p)) {
					return nil, fmt.Errorf("model: the model gives document %q the probabilities %v: its weights are broken, "+
						"or its training diverged", docs[row].ID, rows[row])
				}
			}
		}
		done += len(b.rows)
		if progress != nil {
			progress(done)
		}
	}
	return rows, nil
}
