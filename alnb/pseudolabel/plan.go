package pseudolabel

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/alnb/alnb/alnb/learner"
)

// A Plan says how labels are handed over, as data.
type Plan struct {
	Labeler       learner.Model       // the pseudo-labeler of texts, or …
	LabelerTagger learner.TaggerModel // … of words; one of the two
	Filter        Filter              // which pseudo-labels are left out; nil: TracIn, the paper's

	// Soft has the successor learn the pseudo-labeler's probabilities instead of its most probable class or tags. Self-influence
	// is that of the hard label all the same.
	Soft bool

	// GoldWeight is the weight of a gold label in the loss, against 1 of a pseudo-label; above 0, and 0 stands for 1. It is 1 in
	// the paper, and the authors' labeled_weight.
	GoldWeight float64

	// Rounds are those of an experiment in which labels are handed over; nil: all in which the successor is trained. In the
	// others it is trained on gold alone.
	Rounds []int

	// Checkpoints is how many of the first successor TracIn takes the mean over, those of its last epochs' ends; 0 stands for 3,
	// as in the paper.
	Checkpoints int

	// Part are the beginnings of the names of the weights that TracIn's gradients are taken by, such as "classifier."; nil: all.
	Part []string
}

// In tells whether labels are handed over in a round.
func (p Plan) In(round int) bool { return p.Rounds == nil || slices.Contains(p.Rounds, round) }

// Stages are those of a hand-over by the plan, in order.
func (p Plan) Stages() []Stage {
	stages := []Stage{StageQuality, StageLabels}
	if p.filter().By() == ByTracIn {
		stages = append(stages, StageFirst, StageInfluence)
	}
	return append(stages, StageSuccessor)
}

// Check tells in a sentence what is wrong with the plan.
func (p Plan) Check() error {
	switch {
	case p.Labeler == nil && p.LabelerTagger == nil:
		return errors.New("pseudolabel: the plan has no Labeler, and no LabelerTagger")
	case p.Labeler != nil && p.LabelerTagger != nil:
		return errors.New("pseudolabel: the plan has a Labeler of texts and a LabelerTagger of words; it is about one of the two")
	case !(p.GoldWeight >= 0 && p.GoldWeight <= math.MaxFloat64):
		return fmt.Errorf("pseudolabel: GoldWeight is %g; it must be above 0, and finite, or 0 for 1", p.GoldWeight)
	case p.Checkpoints < 0:
		return fmt.Errorf("pseudolabel: Checkpoints is %d; it must be 1 or more, or 0 for %d", p.Checkpoints, checkpoints)
	}
	if p.Rounds != nil && len(p.Rounds) == 0 {
		return errors.New("pseudolabel: Rounds has no round; leave it out for all")
	}
	for _, round := range p.Rounds {
		if round < 0 {
			return fmt.Errorf("pseudolabel: Rounds has %d; the first round is 0", round)
		}
	}
	return p.filter().Check()
}

func (p Plan) filter() Filter {
	if p.Filter == nil {
		return TracIn{}
	}
	return p.Filter
}

// checkpoints is the paper's number of them.
const checkpoints = 3

func (p Plan) checkpoints() int {
	if p.Checkpoints == 0 {
		return checkpoints
	}
	return p.Checkpoints
}

func (p Plan) goldWeight() float64 {
	if p.GoldWeight == 0 {
		return 1
	}
	return p.GoldWeight
}

// Keeping returns the description of the successor as the plan needs it: where its filter is by TracIn, one that keeps
// checkpoints. It is an error where the model can't.
func (p Plan) Keeping(successor learner.Model) (learner.Model, error) {
	if p.filter().By() != ByTracIn {
		return successor, nil
	}
	keeper, ok := successor.(learner.Keeper)
	if !ok {
		return nil, cannot(successor, "keep checkpoints")
	}
	return keeper.Keeping(p.checkpoints()), nil
}

// KeepingTagger is Keeping for taggers.
func (p Plan) KeepingTagger(successor learner.TaggerModel) (learner.TaggerModel, error) {
	if p.filter().By() != ByTracIn {
		return successor, nil
	}
	keeper, ok := successor.(learner.TaggerKeeper)
	if !ok {
		return nil, cannot(successor, "keep checkpoints")
	}
	return keeper.KeepingTagger(p.checkpoints()), nil
}

// Able tells whether an opened successor can what the plan needs of it.
func (p Plan) Able(successor Role) error {
	if p.filter().By() == ByTracIn {
		if what := successor.lacks(); what != "" {
			return cannot(successor.model(), what)
		}
	}
	if p.Soft && !successor.learnsSoftly() {
		return fmt.Errorf("pseudolabel: the successor %q can't learn from probabilities: leave Soft out", successor.model().Name())
	}
	return nil
}

func cannot(successor named, what string) error {
	return fmt.Errorf("pseudolabel: the successor %q can't %s, which a filter by TracIn needs: take another successor, or the "+
		"filter %q", successor.Name(), what, Confidence{}.Name())
}
