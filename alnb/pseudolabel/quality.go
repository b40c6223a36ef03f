package pseudolabel

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/doubt"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/store"
)

const (
	heldOut  = 10  // one document in so many is held out, where they are …
	enough   = 100 // … at least so many; else
	fewFolds = 3   // all are, in so many folds
)

// quality measures the pseudo-labeler on gold labels that it wasn't trained on: accuracy, or strict F1 of spans.
//
// It is trained on 90 % of gold and measured on the rest, as in the paper; where that are fewer than 100 documents, which is
// almost always, q would hang on a handful, so it is the mean over three folds instead. Folds are stratified by class, or by
// the rarest type among a document's spans, and dealt by the seed; they depend on the documents, not on their order.
func (h *HandOver) quality(ctx context.Context) (store.Quality, error) {
	gold := slices.Clone(h.Gold)
	slices.SortFunc(gold, func(a, b Labeled) int { return cmp.Compare(a.ID, b.ID) })
	folds := split(h.Labeler.strata(gold), h.Seed)
	if len(folds) == 0 || len(folds[0]) == len(gold) {
		return store.Quality{}, &RefusedError{fmt.Sprintf("the pseudo-labeler's quality can't be measured on %d gold labels: "+
			"label more, or hand over in a later round", len(gold))}
	}
	var q store.Quality
	for i, fold := range folds {
		path := filepath.Join(h.labelsDir(), fmt.Sprintf("quality-%d.json", i+1))
		step, err := store.Once(path, h.By, func() (float64, error) { return h.qualityOn(ctx, gold, fold, i) })
		if err != nil {
			return q, err
		}
		h.took(StageQuality, step.Seconds, step.By)
		q.Folds, q.Held = append(q.Folds, step.Result), q.Held+len(fold)
	}
	for _, f := range q.Folds {
		q.Q += f / float64(len(q.Folds))
	}
	q.Q = min(q.Q, 1) // thirds of 1 may add up to more
	return q, nil
}

// split returns the positions of the documents that are held out of each training.
func split(strata []int, seed uint64) [][]int {
	key := keyed.Key{Seed: seed, Purpose: "pseudo-labeler quality"}
	if int(math.Round(float64(len(strata))/heldOut)) >= enough {
		return doubt.Folds(strata, heldOut, key)[:1]
	}
	return doubt.Folds(strata, fewFolds, key)
}

// qualityOn trains the pseudo-labeler on all but a fold, and measures it on that.
func (h *HandOver) qualityOn(ctx context.Context, gold []Labeled, fold []int, number int) (float64, error) {
	var held []Labeled
	var rest trainingSet
	for i, g := range gold {
		if _, out := slices.BinarySearch(fold, i); out {
			held = append(held, g)
		} else {
			rest.docs = append(rest.docs, g)
		}
	}
	run := h.run(StageQuality, nil)
	run.Seed = keyed.Key{Seed: h.Seed, Purpose: "train", Round: number + 1}.Hash()
	if _, err := h.Labeler.train(ctx, rest, run); err != nil {
		return 0, err
	}
	labels, err := h.Labeler.label(ctx, documents(held), nil)
	if err != nil {
		return 0, err
	}
	tallies := make([]eval.Tally, len(held))
	for i, label := range labels {
		tallies[i] = h.Labeler.tally(held[i], label)
	}
	return eval.Total(tallies).Score(), nil
}

// lowest is the quality below which labels aren't handed over. A pseudo-labeler with q = 0.2 is wrong four times out of five:
// the filter would leave a fifth of the pool, chosen by a successor that learned from mostly wrong labels. Between so many
// classes guessing does as well, so q must be above that, too.
const lowest = 0.2

// goodEnough refuses a pseudo-labeler that is hardly better than guessing.
func (h *HandOver) goodEnough(q store.Quality) error {
	limit := lowest
	if classes := h.Labeler.guesses(); classes > 0 {
		limit = max(limit, 1/float64(classes))
	}
	if q.Q >= limit {
		return nil
	}
	return &RefusedError{fmt.Sprintf("the pseudo-labeler's quality on held-out gold labels is %.3f, below %.3f: most of its "+
		"labels would be wrong; label more, take a better pseudo-labeler, or hand over in a later round", q.Q, limit)}
}

// severalLabels refuses gold of which nothing can be learned.
func (h *HandOver) severalLabels() error {
	if what := h.Labeler.onesided(h.Gold); what != "" {
		return &RefusedError{what + ", and a pseudo-labeler that is trained on them would label the whole pool alike, with a " +
			"quality that looks perfect: label more, or hand over in a later round"}
	}
	return nil
}

func documents(labeled []Labeled) []corpus.Document {
	docs := make([]corpus.Document, len(labeled))
	for i, l := range labeled {
		docs[i] = l.Document
	}
	return docs
}
