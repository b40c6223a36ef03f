package pseudolabel

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/store"
)

// trainedFirst is what is kept of the first successor.
type trainedFirst struct {
	Trained learner.Trained `json:"trained"`
	Steps   []int           `json:"steps"` // of the checkpoints, each in a model folder
}

// influence returns the TracIn self-influence of each pseudo-label. The checkpoints are removed when all are known.
func (h *HandOver) influence(ctx context.Context, labels []Pseudo) ([]float64, error) {
	first, err := store.Once(filepath.Join(h.firstDir(), "first.json"), h.By, func() (trainedFirst, error) {
		return h.trainFirst(ctx, labels)
	})
	if err != nil {
		return nil, err
	}
	h.took(StageFirst, first.Seconds, first.By)
	docs := make([]Labeled, len(labels))
	for i, l := range labels {
		docs[i] = Labeled{h.Pool[i], l.Class, l.Spans}
	}
	sums := make([]float64, len(docs))
	for i, at := range first.Result.Steps {
		path := filepath.Join(h.firstDir(), fmt.Sprintf("influence-%d.json", at))
		step, err := store.Once(path, h.By, func() ([]float64, error) {
			return h.influenceAt(ctx, docs, at, i*len(docs), len(first.Result.Steps)*len(docs))
		})
		if err != nil {
			return nil, err
		}
		if len(step.Result) != len(docs) {
			return nil, fmt.Errorf("pseudolabel: %s has %d numbers for %d documents; it was changed by hand: remove it", path,
				len(step.Result), len(docs))
		}
		h.took(StageInfluence, step.Seconds, step.By)
		for k, influence := range step.Result {
			sums[k] += influence / float64(len(first.Result.Steps)) / float64(h.Successor.length(docs[k]))
		}
	}
	return sums, os.RemoveAll(h.checkpointsDir())
}

// trainFirst trains the first successor on all pseudo-labels and gold, and puts its checkpoints on disk.
func (h *HandOver) trainFirst(ctx context.Context, labels []Pseudo) (first trainedFirst, err error) {
	if err := os.RemoveAll(h.checkpointsDir()); err != nil { // of one that was interrupted
		return first, err
	}
	set := h.mixed(labels, make([]bool, len(labels)))
	if first.Trained, err = h.Successor.train(ctx, set, h.run(StageFirst, set.weights)); err != nil {
		return first, err
	}
	if err := learned(first.Trained); err != nil {
		return first, err
	}
	first.Steps = h.Successor.checkpoints()
	if len(first.Steps) == 0 {
		return first, fmt.Errorf("pseudolabel: the successor %q kept no checkpoints", h.Successor.model().Name())
	}
	for _, at := range first.Steps {
		if err := ctx.Err(); err != nil {
			return first, err
		}
		if err := h.Successor.restore(at); err != nil {
			return first, err
		}
		if err := store.WriteDir(h.checkpointDir(at), h.Successor.save); err != nil {
			return first, err
		}
	}
	h.first = true
	return first, nil
}

// influenceAt returns the documents' self-influence at one checkpoint: of the model at hand, or after a restart of the one in
// the checkpoint's folder.
func (h *HandOver) influenceAt(ctx context.Context, docs []Labeled, step, before, total int) ([]float64, error) {
	h.at(StageInfluence, before, total)
	successor := h.Successor
	if h.first {
		if err := successor.restore(step); err != nil {
			return nil, err
		}
	} else {
		loaded, err := h.loaded(ctx, step)
		if err != nil {
			return nil, err
		}
		defer loaded.close()
		successor = loaded
	}
	influences, err := successor.influence(ctx, docs, h.Plan.Part, func(done int) { h.at(StageInfluence, before+done, total) })
	if err != nil {
		return nil, err
	}
	if len(influences) != len(docs) {
		return nil, fmt.Errorf("pseudolabel: the successor %q gives %d self-influences for %d documents", successor.model().Name(),
			len(influences), len(docs))
	}
	for i, influence := range influences {
		if !(influence >= 0 && influence <= math.MaxFloat64) {
			return nil, fmt.Errorf("pseudolabel: the self-influence of document %s on the first successor is %g at step %d; its "+
				"training came to no good: lower its learning rate", docs[i].ID, influence, step)
		}
	}
	return influences, nil
}

func (h *HandOver) loaded(ctx context.Context, step int) (Role, error) {
	dir := h.checkpointDir(step)
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("pseudolabel: the first successor's checkpoint %s is missing; the folder was changed by hand: remove "+
			"%s, and it is trained anew", dir, h.firstDir())
	}
	loaded, err := h.Successor.load(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("pseudolabel: the first successor's checkpoint: %w; remove %s, and it is trained anew", err,
			h.firstDir())
	}
	err = sameLabels(loaded, h.Successor)
	if what := loaded.lacks(); err == nil && what != "" {
		err = cannot(loaded.model(), what)
	}
	if err != nil {
		loaded.close()
		return nil, err
	}
	return loaded, nil
}
