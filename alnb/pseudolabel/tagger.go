package pseudolabel

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/learner"
)

// Tagger is an opened model of words in a role.
func Tagger(description learner.TaggerModel, opened learner.Tagger) Role {
	return tagger{opened, checkpointed{opened}, description}
}

type tagger struct {
	learner.Tagger
	checkpointed
	description learner.TaggerModel
}

func (t tagger) model() named     { return t.description }
func (t tagger) close() error     { return t.Close() }
func (t tagger) labels() []string { return t.Classes() }
func (t tagger) guesses() int     { return 0 }

func (t tagger) train(ctx context.Context, on trainingSet, run learner.Run) (learner.Trained, error) {
	if on.teacher != nil {
		return t.Tagger.(learner.SoftTagger).TrainOn(ctx, tagged(on.docs), on.teacher, 1, run)
	}
	return t.Train(ctx, tagged(on.docs), run)
}

func tagged(docs []Labeled) []corpus.Tagged {
	all := make([]corpus.Tagged, len(docs))
	for i, d := range docs {
		all[i] = corpus.Tagged{ID: d.ID, Words: d.Words, Spans: d.Spans}
	}
	return all
}

func (t tagger) label(ctx context.Context, docs []corpus.Document, progress func(done int)) ([]Pseudo, error) {
	taggings, err := t.Tag(ctx, corpus.Untagged(docs), progress)
	if err != nil {
		return nil, err
	}
	if len(taggings) != len(docs) {
		return nil, fmt.Errorf("pseudolabel: the pseudo-labeler %q labels %d of %d documents", t.description.Name(), len(taggings),
			len(docs))
	}
	tags := len(t.Classes())
	labels := make([]Pseudo, len(docs))
	for i, tagging := range taggings {
		labels[i] = Pseudo{ID: docs[i].ID, Probabilities: tagging.Probs}
		if labels[i].Spans, err = corpus.Spans(tagging.Tags); err == nil {
			labels[i].Confidence, err = confidence(tagging, tags)
		}
		if err == nil && len(tagging.Tags) != len(docs[i].Words) {
			err = fmt.Errorf("there are %d tags for %d words", len(tagging.Tags), len(docs[i].Words))
		}
		if err != nil {
			return nil, fmt.Errorf("pseudolabel: the pseudo-labeler %q, document %s: %w", t.description.Name(), docs[i].ID, err)
		}
	}
	return labels, nil
}

// confidence is the mean of log max p over the words that the model sees; the others have probability 1.
func confidence(tagging learner.Tagging, tags int) (float64, error) {
	sum := 0.0
	for _, row := range tagging.Probs {
		if err := checkRow(row, tags); err != nil {
			return 0, err
		}
		// A row of zeros is no distribution; it counts as very unsure rather than as −Inf, which JSON has no word for.
		sum += math.Log(max(float64(slices.Max(row)), math.SmallestNonzeroFloat64))
	}
	return sum / float64(max(tagging.Counted, 1)), nil
}

// strata are by the type, among a document's spans, that is the rarest in gold.
func (t tagger) strata(gold []Labeled) []int {
	counts := make(map[string]int)
	for _, g := range gold {
		for _, s := range g.Spans {
			counts[s.Type]++
		}
	}
	types := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[a], counts[b]), cmp.Compare(a, b))
	})
	strata := make([]int, len(gold))
	for i, g := range gold {
		strata[i] = len(types) // of those without a span
		for _, s := range g.Spans {
			strata[i] = min(strata[i], slices.Index(types, s.Type))
		}
	}
	return strata
}

func (t tagger) onesided(gold []Labeled) string {
	if slices.ContainsFunc(gold, func(g Labeled) bool { return len(g.Spans) > 0 }) {
		return ""
	}
	return fmt.Sprintf("none of the %d documents with gold labels has a span", len(gold))
}

func (t tagger) tally(gold Labeled, got Pseudo) eval.Tally {
	tally := eval.Tally{Gold: len(gold.Spans), Predicted: len(got.Spans)}
	for _, s := range got.Spans {
		if slices.Contains(gold.Spans, s) {
			tally.Right++
		}
	}
	return tally
}

func (t tagger) length(doc Labeled) int { return max(len(doc.Words), 1) }

func (t tagger) certain(doc Labeled) [][]float32 {
	classes := t.Classes()
	rows := make([][]float32, len(doc.Words))
	for i, tag := range corpus.Tags(len(doc.Words), doc.Spans) {
		rows[i] = make([]float32, len(classes))
		rows[i][slices.Index(classes, tag)] = 1
	}
	return rows
}

func (t tagger) learnsSoftly() bool {
	_, ok := t.Tagger.(learner.SoftTagger)
	return ok
}

func (t tagger) lacks() string {
	_, influencer := t.Tagger.(learner.TaggerInfluencer)
	_, loader := t.description.(learner.TaggerLoader)
	return t.checkpointed.lacks(influencer, loader)
}

func (t tagger) load(ctx context.Context, dir string) (Role, error) {
	loaded, err := t.description.(learner.TaggerLoader).LoadTagger(ctx, dir)
	if err != nil {
		return nil, err
	}
	return Tagger(t.description, loaded), nil
}

func (t tagger) influence(ctx context.Context, docs []Labeled, part []string, progress func(int)) ([]float64, error) {
	return t.Tagger.(learner.TaggerInfluencer).SelfInfluence(ctx, tagged(docs), part, progress)
}
