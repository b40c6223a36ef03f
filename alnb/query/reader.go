package query

import (
	"context"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
)

// A model is asked about so many documents at once: what it says of them is used and dropped, so that memory grows by a
// score a document and not by an embedding. It is enough for the model to sort texts by their length.
const chunk = 8192

// A reader asks a model about documents, chunk by chunk, refuses what is not a number, and tells progress over all that
// it has asked.
type reader struct {
	model    any
	progress func(done int)
	done     int
	classes  int // in each row of probabilities; 0 before the first
	dim      int // of the embeddings; 0 before the first
}

func newReader(r Request) *reader { return &reader{model: r.Model, progress: r.Progress} }

// chunks calls ask for one chunk after the other.
func (r *reader) chunks(ctx context.Context, docs []corpus.Document, ask func(from int, docs []corpus.Document, progress func(int)) error) error {
	for from := 0; from < len(docs); from += chunk {
		if err := ctx.Err(); err != nil {
			return err
		}
		part, before := docs[from:min(from+chunk, len(docs))], r.done
		var progress func(int)
		if r.progress != nil {
			progress = func(done int) { r.progress(before + done) }
		}
		if err := ask(from, part, progress); err != nil {
			return err
		}
		r.done = before + len(part)
	}
	return nil
}

// probabilities calls use with the rows of each chunk.
func (r *reader) probabilities(ctx context.Context, docs []corpus.Document, use func(from int, rows [][]float32) error) error {
	model, err := capability[Predictor](r.model, noProbabilities)
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	return r.chunks(ctx, docs, func(from int, docs []corpus.Document, progress func(int)) error {
		rows, err := model.Probabilities(ctx, docs, progress)
		if err == nil {
			err = r.checkProbabilities(ctx, docs, rows)
		}
		if err != nil {
			return err
		}
		return use(from, rows)
	})
}

// scores gives each document a score by its probabilities alone.
func (r *reader) scores(ctx context.Context, docs []corpus.Document, score func(row []float32) float64) ([]float64, error) {
	scores := make([]float64, len(docs))
	err := r.probabilities(ctx, docs, func(from int, rows [][]float32) error {
		return inParallel(ctx, len(rows), 1024, func(a, b int) error {
			for i := a; i < b; i++ {
				scores[from+i] = score(rows[i])
			}
			return nil
		})
	})
	return scores, err
}

// tagScores gives each document a score by its tagging alone, 0 where the model sees none of its words.
func (r *reader) tagScores(ctx context.Context, docs []corpus.Document, score func(learner.Tagging) float64) ([]float64, error) {
	model, err := capability[Tagger](r.model, noTags)
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	scores := make([]float64, len(docs))
	return scores, r.chunks(ctx, docs, func(from int, docs []corpus.Document, progress func(int)) error {
		taggings, err := model.Tag(ctx, corpus.Untagged(docs), progress)
		if err != nil {
			return err
		}
		if len(taggings) != len(docs) {
			return wrongCount(len(taggings), "taggings", len(docs))
		}
		return inParallel(ctx, len(docs), 256, func(a, b int) error {
			for i := a; i < b; i++ {
				t := taggings[i]
				if t.Counted == 0 {
					continue
				}
				if !finite(t.Path) {
					return fmt.Errorf("query: the model gave the tags of document %s the log-probability %g", docs[i].ID, t.Path)
				}
				if scores[from+i] = score(t); !finite(scores[from+i]) {
					return fmt.Errorf("query: the model gave the words of document %s what are no probabilities", docs[i].ID)
				}
			}
			return nil
		})
	})
}

// embeddings calls use with the rows of each chunk.
func (r *reader) embeddings(ctx context.Context, docs []corpus.Document, use func(from int, rows [][]float32) error) error {
	model, err := capability[Embedder](r.model, noEmbeddings)
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	return r.chunks(ctx, docs, func(from int, docs []corpus.Document, progress func(int)) error {
		rows, err := model.Embeddings(ctx, docs, progress)
		if err == nil {
			err = r.checkEmbeddings(ctx, docs, rows)
		}
		if err != nil {
			return err
		}
		return use(from, rows)
	})
}

// vectors returns the embeddings of documents that are few, such as the labeled ones or a part of the pool.
func (r *reader) vectors(ctx context.Context, docs []corpus.Document, normalized bool) (*vectors, error) {
	var v *vectors
	err := r.embeddings(ctx, docs, func(from int, rows [][]float32) error {
		if v == nil {
			v = newVectors(len(docs), r.dim)
		}
		v.set(from, rows, normalized)
		return nil
	})
	if v == nil {
		v = newVectors(0, 0)
	}
	return v, err
}

// lastLayer returns the factors of the gradients of documents that are few: p − y and h.
func (r *reader) lastLayer(ctx context.Context, docs []corpus.Document) (differences, inputs *vectors, err error) {
	model, err := capability[GradientEmbedder](r.model, noLastLayer)
	if err != nil {
		return nil, nil, fmt.Errorf("query: %w", err)
	}
	err = r.chunks(ctx, docs, func(from int, asked []corpus.Document, progress func(int)) error {
		rows, hidden, err := model.LastLayer(ctx, asked, progress)
		if err == nil {
			err = r.checkProbabilities(ctx, asked, rows)
		}
		if err == nil {
			err = r.checkEmbeddings(ctx, asked, hidden)
		}
		if err != nil {
			return err
		}
		if inputs == nil {
			differences, inputs = newVectors(len(docs), r.classes), newVectors(len(docs), r.dim)
		}
		inputs.set(from, hidden, false)
		less := make([][]float32, len(rows))
		for i, row := range rows {
			less[i] = lessPredicted(row)
		}
		differences.set(from, less, false)
		return nil
	})
	return differences, inputs, err
}

// dropout calls score with each document's rows of probabilities, one row a sample. Documents are asked about in the
// order of their IDs, since what a model drops may depend on what it reads together.
func (r *reader) dropout(ctx context.Context, docs []corpus.Document, samples int, key keyed.Key, score func(rows [][]float32) float64) ([]float64, error) {
	model, err := capability[DropoutSampler](r.model, noDropout)
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	order := byID(docs)
	scores := make([]float64, len(docs))
	return scores, r.chunks(ctx, at(docs, order), func(from int, docs []corpus.Document, progress func(int)) error {
		key.ID = docs[0].ID
		drawn, err := model.DropoutProbabilities(ctx, docs, samples, key.Hash(), progress)
		if err != nil {
			return err
		}
		if len(drawn) != len(docs) {
			return wrongCount(len(drawn), "sets of samples", len(docs))
		}
		for i, rows := range drawn {
			if len(rows) != samples {
				return fmt.Errorf("query: the model gave document %s %d samples, of %d", docs[i].ID, len(rows), samples)
			}
			for _, row := range rows {
				if r.classes == 0 {
					r.classes = len(row)
				}
				if err := checkRow(docs[i].ID, row, r.classes); err != nil {
					return err
				}
			}
		}
		return inParallel(ctx, len(docs), 64, func(a, b int) error {
			for i := a; i < b; i++ {
				scores[order[from+i]] = score(drawn[i])
			}
			return nil
		})
	})
}
