package alnb

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/alnb/subsample"
)

// names are made-up sentences of 3 to 12 words, among them names of two words.
type names struct {
	Train int `json:"train"`
	Test  int `json:"test"`
	spoil func(*corpus.TaggedDataset)
}

func (names) Name() string { return "names" }

func (n names) LoadTagged(context.Context) (*corpus.TaggedDataset, error) {
	data := &corpus.TaggedDataset{Name: "names", Origin: "made-up names", Types: []string{"PER", "LOC"}}
	for split, size := range map[string]int{"train": n.Train, "test": n.Test} {
		for i := range size {
			stream := keyed.Key{Purpose: "names " + split, Round: i}.Stream()
			doc := corpus.Tagged{ID: fmt.Sprint(split, i)}
			for len(doc.Words) < 3+i%9 {
				if kind := stream.IntN(8); kind < 2 {
					start, who := len(doc.Words), stream.IntN(30)
					doc.Words = append(doc.Words, fmt.Sprint(data.Types[kind], "-first", who), fmt.Sprint(data.Types[kind], "-last", who))
					doc.Spans = append(doc.Spans, corpus.Span{Start: start, End: start + 2, Type: data.Types[kind]})
				} else {
					doc.Words = append(doc.Words, fmt.Sprint("word", stream.IntN(40)))
				}
			}
			if split == "train" {
				data.Train = append(data.Train, doc)
			} else {
				data.Test = append(data.Test, doc)
			}
		}
	}
	if n.spoil != nil {
		n.spoil(data)
	}
	return data, nil
}

// tagCounts is a small real tagger: it counts the tags of each word.
type tagCounts struct {
	Smoothing float64 `json:"smoothing"`
	trainings *int
}

func (tagCounts) Name() string { return "tag_counts" }

func (m tagCounts) OpenTagger(_ context.Context, types []string) (learner.Tagger, error) {
	c := &tagCounter{tagCounts: m, classes: []string{corpus.Outside}}
	for _, t := range types {
		c.classes = append(c.classes, "B-"+t, "I-"+t)
	}
	return c, nil
}

type tagCounter struct {
	tagCounts
	classes []string
	counts  map[string][]float64
}

func (c *tagCounter) Train(ctx context.Context, examples []corpus.Tagged, run learner.Run) (learner.Trained, error) {
	if c.trainings != nil {
		*c.trainings++
	}
	c.counts = map[string][]float64{}
	for i, e := range examples {
		if err := ctx.Err(); err != nil {
			return learner.Trained{}, err
		}
		for k, tag := range corpus.Tags(len(e.Words), e.Spans) {
			if c.counts[e.Words[k]] == nil {
				c.counts[e.Words[k]] = make([]float64, len(c.classes))
			}
			c.counts[e.Words[k]][slices.Index(c.classes, tag)]++
		}
		run.Progress(i+1, len(examples))
	}
	return learner.Trained{Steps: len(examples), Loss: 1}, nil
}

func (c *tagCounter) Tag(ctx context.Context, docs []corpus.Tagged, progress func(int)) ([]learner.Tagging, error) {
	taggings := make([]learner.Tagging, len(docs))
	for i, doc := range docs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t := &taggings[i]
		t.Counted = len(doc.Words)
		for _, word := range doc.Words {
			row, sum := make([]float32, len(c.classes)), 0.0
			counts := c.counts[word]
			if counts == nil {
				counts = make([]float64, len(c.classes))
			}
			for _, n := range counts {
				sum += n + c.Smoothing
			}
			for k, n := range counts {
				row[k] = float32((n + c.Smoothing) / sum)
			}
			best := eval.Best(row)
			t.Tags, t.Probs = append(t.Tags, c.classes[best]), append(t.Probs, row)
			t.Path += math.Log(float64(row[best]))
		}
		if progress != nil {
			progress(i + 1)
		}
	}
	return taggings, nil
}

func (c *tagCounter) Classes() []string { return c.classes }
func (c *tagCounter) Origin() string    { return "tag counts, made here" }
func (c *tagCounter) Close() error      { return nil }

func tagged() Experiment {
	model := tagCounts{Smoothing: 0.1}
	return Experiment{
		Tagged: names{Train: 200, Test: 100},
		Arms: []Arm{
			{Name: "Random", Tagger: model, Strategy: query.Random{}},
			{Name: "MNLP", Tagger: model, Strategy: query.MNLP{}},
			{Name: "MNLP UPS", Tagger: model, Strategy: query.MNLP{}, Subsample: third, Shadow: true},
			{Name: "Random subset", Tagger: model, Strategy: query.Random{}, Subsample: subsample.RandomSubset{Share: 0.1}},
		},
		Start: Fraction(0.04), Batch: Words(40), Rounds: 4, Seeds: []uint64{1, 2},
	}
}

func TestTagging(t *testing.T) {
	dir := t.TempDir()
	e := tagged()
	results, err := e.Run(t.Context(), dir, RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	data, _ := e.Tagged.LoadTagged(t.Context())
	words, total := map[string]int{}, 0
	for _, doc := range data.Train {
		words[doc.ID] = len(doc.Words)
		total += len(doc.Words)
	}
	// Each budget is filled, and no document more is taken than the one that crosses it.
	for _, l := range results.Labelings() {
		start := int(math.Round(0.04 * float64(total)))
		last, sum := 0, 0
		budget, batch := start, 0
		for _, id := range l.IDs {
			last, sum = words[id], sum+words[id]
			if sum >= budget {
				if sum-last >= budget {
					t.Fatalf("%s, round %d: %d words before the last document, of a budget of %d", l.Arm, l.Round, sum-last, budget)
				}
				budget, batch = sum+40, batch+1
			}
		}
		if batch != l.Round+1 || sum != budget-40 {
			t.Errorf("%s, round %d: %d words in %d full batches", l.Arm, l.Round, sum, batch)
		}
	}
	for _, curve := range results.Curves() {
		if curve.Metric != "span F1" || len(curve.Points) != 5 || curve.Area.N != 2 {
			t.Fatalf("%+v", curve)
		}
		first, last := curve.Points[0], curve.Points[4]
		if !(last.Mean > first.Mean) || last.Words-first.Words < 160 || last.Words-first.Words > 4*(40+12) || first.Labeled >= last.Labeled {
			t.Errorf("%s: from %+v to %+v", curve.Arm, first, last)
		}
	}
	if rows := results.Samplings(); len(rows) != 3*5 || rows[14].Arm != "Random subset" || rows[14].ToppedUp.Mean != 0 {
		t.Errorf("%+v", rows)
	}
	r := ran(t, e)
	done := r.round("MNLP", 1, 2)
	if done.Metrics.Metric != "span F1" || !(done.Metrics.Precision > 0) || !(done.Metrics.Recall > 0) || done.Metrics.Test != 100 {
		t.Errorf("%+v", done.Metrics)
	}
	// The query is the top of the scores.
	order := slices.Clone(done.Scores)
	slices.SortFunc(order, func(a, b store.Score) int { return cmp.Compare(b.Score, a.Score) })
	for i, id := range done.Query.IDs {
		if k := slices.IndexFunc(done.Scores, func(s store.Score) bool { return s.ID == id }); done.Scores[k].Score != order[i].Score {
			t.Errorf("choice %d has the score %g, want %g", i, done.Scores[k].Score, order[i].Score)
		}
	}
}

func TestTaggingGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: interruptions; -short was given")
	}
	interrupted(t, tagged)
	interruptedInEachRound(t, tagged)
}

func TestTaggingMistakes(t *testing.T) {
	for want, change := range map[string]func(*Experiment){
		"both Data and Tagged":        func(e *Experiment) { e.Data = small().Data },
		"needs a Tagger":              func(e *Experiment) { e.Arms[0].Tagger = nil },
		"has an Acquisition model":    func(e *Experiment) { e.Arms[0].Acquisition = wordCounts{} },
		"words were asked for":        func(e *Experiment) { e.Batch = Words(5000) },
		"-1 words were asked for":     func(e *Experiment) { e.Batch = Words(-1) },
		"make Start, Batch or Rounds": func(e *Experiment) { e.Rounds = 40 },
		"seed set and 40 queries may": func(e *Experiment) { e.Rounds, e.Batch = 40, Docs(5) },
		"gives no probabilities":      func(e *Experiment) { e.Arms[0].Strategy = query.LeastConfident{} },
		`stands twice in ["A" "A"]`: func(e *Experiment) {
			e.Tagged = names{9, 9, func(d *corpus.TaggedDataset) { d.Types = []string{"A", "A"} }}
		},
		"test split has no words": func(e *Experiment) { e.Tagged = names{9, 9, func(d *corpus.TaggedDataset) { d.Test[3].Words = nil }} },
		`type "ORG"; the types are`: func(e *Experiment) {
			e.Tagged = names{9, 9, func(d *corpus.TaggedDataset) { d.Train[3].Spans = []corpus.Span{{Start: 0, End: 1, Type: "ORG"}} }}
		},
		"leaves the": func(e *Experiment) {
			e.Tagged = names{9, 9, func(d *corpus.TaggedDataset) { d.Train[3].Spans = []corpus.Span{{Start: 0, End: 99, Type: "PER"}} }}
		},
		"two documents with the ID": func(e *Experiment) {
			e.Tagged = names{9, 9, func(d *corpus.TaggedDataset) { d.Train[3].ID = d.Train[2].ID }}
		},
		"has no test split": func(e *Experiment) { e.Tagged = names{Train: 200} },
	} {
		e := tagged()
		change(&e)
		if _, err := e.Run(t.Context(), t.TempDir(), RunOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	e := small()
	e.Arms[0].Tagger = tagCounts{}
	if _, err := e.Run(t.Context(), t.TempDir(), RunOptions{}); err == nil || !strings.Contains(err.Error(), "has a Tagger") {
		t.Error(err)
	}
	e = small()
	e.Start = Words(5)
	if _, err := e.Run(t.Context(), t.TempDir(), RunOptions{}); err == nil || !strings.Contains(err.Error(), "texts are counted in documents") {
		t.Error(err)
	}
}

func TestSeedSetWithoutSpansIsSaidAloud(t *testing.T) {
	e := tagged()
	e.Tagged = names{200, 20, func(d *corpus.TaggedDataset) {
		for i := range d.Train {
			d.Train[i].Spans = nil
		}
	}}
	said := false
	if _, err := e.Run(t.Context(), t.TempDir(), RunOptions{Progress: func(p Progress) {
		said = said || strings.Contains(p.Note, "labeled documents has a span")
	}}); err != nil || !said {
		t.Error(said, err)
	}
}
