package pseudolabel

import (
	"context"
	"path/filepath"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/store"
)

// Pseudo is the pseudo-label of one document.
type Pseudo struct {
	ID         string        `json:"id"`
	Class      int           `json:"class"`
	Spans      []corpus.Span `json:"spans,omitempty"`
	Confidence float64       `json:"confidence"` // see [Confidence]
	// Probabilities are of the classes, a single row, or of the tags, one row a word.
	Probabilities [][]float32 `json:"probabilities,omitempty"`
}

// label trains the pseudo-labeler on all of gold and has it label the pool. Probabilities of words are kept only where the
// successor learns from them: there are many.
func (h *HandOver) label(ctx context.Context) ([]Pseudo, error) {
	step, err := store.Once(filepath.Join(h.labelsDir(), "labels.json"), h.By, func() ([]Pseudo, error) {
		if _, err := h.Labeler.train(ctx, h.gold(), h.run(StageLabels, nil)); err != nil {
			return nil, err
		}
		labels, err := h.Labeler.label(ctx, h.Pool, func(done int) { h.at(StageLabels, done, len(h.Pool)) })
		for i := range labels {
			if h.Plan.LabelerTagger != nil && !h.Plan.Soft {
				labels[i].Probabilities = nil
			}
		}
		return labels, err
	})
	if err != nil {
		return nil, err
	}
	h.took(StageLabels, step.Seconds, step.By)
	return step.Result, h.about(step.Result)
}

// doubts are the scores of [Confidence]: the higher, the less sure.
func doubts(labels []Pseudo) []float64 {
	scores := make([]float64, len(labels))
	for i, l := range labels {
		scores[i] = -l.Confidence
	}
	return scores
}
