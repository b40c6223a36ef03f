package pseudolabel

import (
	"context"
	"fmt"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/learner"
)

// A Role is an opened model as the pseudo-labeler or the successor: see [Classifier] and [Tagger].
type Role interface {
	model() named
	labels() []string // classes, or tags
	guesses() int     // classes that guessing chooses among; 0 where guessing finds next to nothing

	train(ctx context.Context, on trainingSet, run learner.Run) (learner.Trained, error)
	label(ctx context.Context, docs []corpus.Document, progress func(done int)) ([]Pseudo, error)

	strata(gold []Labeled) []int    // by which folds are balanced
	onesided(gold []Labeled) string // says what keeps these from teaching anything
	tally(gold Labeled, got Pseudo) eval.Tally
	length(doc Labeled) int          // what its self-influence is divided by
	certain(doc Labeled) [][]float32 // its label as probabilities

	learnsSoftly() bool
	lacks() string // what TracIn needs, and it can't
	checkpoints() []int
	restore(step int) error
	save(dir string) error
	load(ctx context.Context, dir string) (Role, error)
	influence(ctx context.Context, docs []Labeled, part []string, progress func(done int)) ([]float64, error)
	close() error
}

// sameLabels tells whether two models, which may have come from folders, mean the same by their labels. Classes are numbers,
// so their order matters; tags go by their names.
func sameLabels(a, b Role) error {
	las, lbs := a.labels(), b.labels()
	same := slices.Equal(las, lbs)
	if _, words := a.(tagger); words {
		same = slices.Equal(slices.Sorted(slices.Values(las)), slices.Sorted(slices.Values(lbs)))
	}
	if !same {
		return fmt.Errorf("pseudolabel: the model %q has the labels %q, and %q has %q; both need the same", a.model().Name(), las,
			b.model().Name(), lbs)
	}
	return nil
}

// checkpointed is what a classifier and a tagger have in common: an opened model that TracIn may need more of.
type checkpointed struct{ opened any }

func (c checkpointed) lacks(influencer, loader bool) string {
	_, keeper := c.opened.(learner.Checkpoints)
	_, saver := c.opened.(learner.Saver)
	switch {
	case !keeper:
		return "keep checkpoints"
	case !saver || !loader:
		return "be saved and loaded"
	case !influencer:
		return "tell a document's self-influence"
	}
	return ""
}

func (c checkpointed) checkpoints() []int     { return c.opened.(learner.Checkpoints).Checkpoints() }
func (c checkpointed) restore(step int) error { return c.opened.(learner.Checkpoints).Restore(step) }
func (c checkpointed) save(dir string) error  { return c.opened.(learner.Saver).Save(dir) }
