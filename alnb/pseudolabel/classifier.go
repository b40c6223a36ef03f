package pseudolabel

import (
	"context"
	"fmt"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/learner"
)

// Classifier is an opened model of texts with these classes in a role.
func Classifier(description learner.Model, opened learner.Classifier, classes []string) Role {
	return classifier{opened, checkpointed{opened}, description, classes}
}

type classifier struct {
	learner.Classifier
	checkpointed
	description learner.Model
	classes     []string
}

func (c classifier) model() named { return c.description }
func (c classifier) close() error { return c.Close() }
func (c classifier) guesses() int { return len(c.classes) }

// labels are those of a model that says what it has; one that doesn't has those that it was opened with.
func (c classifier) labels() []string {
	if known, ok := c.Classifier.(interface{ Classes() []string }); ok {
		return known.Classes()
	}
	return c.classes
}

func (c classifier) train(ctx context.Context, on trainingSet, run learner.Run) (learner.Trained, error) {
	if on.teacher != nil {
		rows := make([][]float32, len(on.teacher))
		for i, t := range on.teacher {
			rows[i] = t[0]
		}
		return c.Classifier.(learner.SoftLearner).TrainOn(ctx, documents(on.docs), rows, 1, run)
	}
	return c.Train(ctx, examples(on.docs), run)
}

func examples(docs []Labeled) []corpus.Example {
	all := make([]corpus.Example, len(docs))
	for i, d := range docs {
		all[i] = corpus.Example{Document: d.Document, Label: d.Class}
	}
	return all
}

func (c classifier) label(ctx context.Context, docs []corpus.Document, progress func(done int)) ([]Pseudo, error) {
	rows, err := c.Probabilities(ctx, docs, progress)
	if err != nil {
		return nil, err
	}
	if len(rows) != len(docs) {
		return nil, fmt.Errorf("pseudolabel: the pseudo-labeler %q labels %d of %d documents", c.description.Name(), len(rows),
			len(docs))
	}
	labels := make([]Pseudo, len(rows))
	for i, row := range rows {
		if err := checkRow(row, len(c.classes)); err != nil {
			return nil, fmt.Errorf("pseudolabel: the pseudo-labeler %q, document %s: %w", c.description.Name(), docs[i].ID, err)
		}
		best := eval.Best(row)
		labels[i] = Pseudo{ID: docs[i].ID, Class: best, Confidence: float64(row[best]), Probabilities: [][]float32{row}}
	}
	return labels, nil
}

// checkRow finds what would go on unnoticed: of NaN the first class is the best.
func checkRow(row []float32, labels int) error {
	if len(row) != labels {
		return fmt.Errorf("there are %d probabilities for %d labels", len(row), labels)
	}
	for _, p := range row {
		if !(p >= 0 && p <= 1.001) { // rounded
			return fmt.Errorf("the probability %g isn't in [0, 1]; its training came to no good: lower its learning rate", p)
		}
	}
	return nil
}

func (c classifier) strata(gold []Labeled) []int {
	strata := make([]int, len(gold))
	for i, g := range gold {
		strata[i] = g.Class
	}
	return strata
}

func (c classifier) onesided(gold []Labeled) string {
	if slices.ContainsFunc(gold, func(g Labeled) bool { return g.Class != gold[0].Class }) {
		return ""
	}
	return fmt.Sprintf("all %d gold labels are of the class %q", len(gold), c.classes[gold[0].Class])
}

func (c classifier) tally(gold Labeled, got Pseudo) eval.Tally {
	t := eval.Tally{Gold: 1, Predicted: 1}
	if gold.Class == got.Class {
		t.Right = 1
	}
	return t
}

func (c classifier) length(Labeled) int { return 1 }

func (c classifier) certain(doc Labeled) [][]float32 {
	row := make([]float32, len(c.classes))
	row[doc.Class] = 1
	return [][]float32{row}
}

func (c classifier) learnsSoftly() bool {
	_, ok := c.Classifier.(learner.SoftLearner)
	return ok
}

func (c classifier) lacks() string {
	_, influencer := c.Classifier.(learner.Influencer)
	_, loader := c.description.(learner.Loader)
	return c.checkpointed.lacks(influencer, loader)
}

func (c classifier) load(ctx context.Context, dir string) (Role, error) {
	loaded, err := c.description.(learner.Loader).Load(ctx, dir)
	if err != nil {
		return nil, err
	}
	return Classifier(c.description, loaded, c.classes), nil
}

func (c classifier) influence(ctx context.Context, docs []Labeled, part []string, progress func(int)) ([]float64, error) {
	return c.Classifier.(learner.Influencer).SelfInfluence(ctx, examples(docs), part, progress)
}
