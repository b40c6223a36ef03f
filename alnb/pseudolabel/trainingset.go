package pseudolabel

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/alnb/alnb/alnb/learner"
)

// A trainingSet is what a model is trained on.
type trainingSet struct {
	docs    []Labeled
	teacher [][][]float32 // soft labels: of each document a row of one probability a class, or a row a word; nil: hard ones
	weights []float64     // in the loss; nil: all are 1
}

// gold is what the pseudo-labeler is trained on, and the successor where there are no pseudo-labels; GoldWeight is against
// those.
func (h *HandOver) gold() trainingSet { return trainingSet{docs: h.Gold} }

// mixed are the pseudo-labels that aren't dropped, and then gold, as in the authors' code.
func (h *HandOver) mixed(labels []Pseudo, dropped []bool) trainingSet {
	var set trainingSet
	add := func(doc Labeled, weight float64, probabilities [][]float32) {
		set.docs = append(set.docs, doc)
		if h.Plan.goldWeight() != 1 {
			set.weights = append(set.weights, weight)
		}
		if h.Plan.Soft {
			set.teacher = append(set.teacher, probabilities)
		}
	}
	from, to := h.Labeler.labels(), h.Successor.labels()
	for i, l := range labels {
		if !dropped[i] {
			add(Labeled{h.Pool[i], l.Class, l.Spans}, 1, reordered(l.Probabilities, from, to))
		}
	}
	for _, g := range h.Gold {
		add(g, h.Plan.goldWeight(), h.Successor.certain(g))
	}
	return set
}

// train trains the successor.
func (h *HandOver) train(ctx context.Context, set trainingSet) (learner.Trained, error) {
	h.first = false
	began := time.Now()
	trained, err := h.Successor.train(ctx, set, h.run(StageSuccessor, set.weights))
	h.took(StageSuccessor, time.Since(began).Seconds(), h.By)
	if err == nil {
		err = learned(trained)
	}
	return trained, err
}

// learned finds a training that diverged.
func learned(trained learner.Trained) error {
	if math.IsNaN(trained.Loss) || math.IsInf(trained.Loss, 0) {
		return fmt.Errorf("pseudolabel: the successor's training loss is %g; lower its learning rate", trained.Loss)
	}
	return nil
}

// reordered puts probabilities from one order of the labels into another.
func reordered(rows [][]float32, from, to []string) [][]float32 {
	if slices.Equal(from, to) {
		return rows
	}
	moved := make([][]float32, len(rows))
	for i, row := range rows {
		moved[i] = make([]float32, len(row))
		for k, p := range row {
			moved[i][slices.Index(to, from[k])] = p
		}
	}
	return moved
}
