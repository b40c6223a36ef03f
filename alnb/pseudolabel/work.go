package pseudolabel

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/alnb/alnb/alnb/keyed"
)

// A named is a description of a model.
type named interface{ Name() string }

// labelsDir is the folder of the steps of the pseudo-labeler: of all hand-overs with the same one, on the same documents.
func (h *HandOver) labelsDir() string {
	return filepath.Join(h.Work, "labels-"+keyed.Digest(h.labelsKey()...))
}

// firstDir is the folder of the steps of the first successor.
func (h *HandOver) firstDir() string {
	key := append(h.labelsKey(), h.Successor.model().Name(), h.Successor.model(), h.Plan.checkpoints(), h.Plan.goldWeight(),
		h.Plan.Soft, h.Plan.Part)
	return filepath.Join(h.Work, "first-"+keyed.Digest(key...))
}

func (h *HandOver) checkpointsDir() string { return filepath.Join(h.firstDir(), "checkpoints") }

func (h *HandOver) checkpointDir(step int) string {
	return filepath.Join(h.checkpointsDir(), fmt.Sprintf("step-%d", step))
}

// labelsKey is all that pseudo-labels depend on.
func (h *HandOver) labelsKey() []any {
	ids := func(n int, id func(int) string) []string {
		all := make([]string, n)
		for i := range all {
			all[i] = id(i)
		}
		return all
	}
	softTags := h.Plan.Soft && h.Plan.LabelerTagger != nil // what is kept of them
	return []any{
		h.Labeler.model().Name(), h.Labeler.model(), h.Seed, softTags,
		ids(len(h.Gold), func(i int) string { return h.Gold[i].ID }), ids(len(h.Pool), func(i int) string { return h.Pool[i].ID }),
	}
}

// plain tells whether a description of a model is one that can be told from others.
func plain(model named) error {
	if _, err := json.Marshal(model); err != nil {
		return fmt.Errorf("pseudolabel: the model %q can't be written as JSON: %w; models are plain structs of exported fields",
			model.Name(), err)
	}
	return nil
}

// about tells whether pseudo-labels from a file are those of the pool.
func (h *HandOver) about(labels []Pseudo) error {
	ok := len(labels) == len(h.Pool)
	for i := 0; ok && i < len(labels); i++ {
		ok = labels[i].ID == h.Pool[i].ID
	}
	if !ok {
		return fmt.Errorf("pseudolabel: %s isn't about the pool's documents; it was changed by hand: remove it",
			filepath.Join(h.labelsDir(), "labels.json"))
	}
	return nil
}
