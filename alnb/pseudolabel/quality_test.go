package pseudolabel

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
)

func TestSplit(t *testing.T) {
	for n, want := range map[int]struct{ folds, held int }{
		3: {3, 3}, 60: {3, 60}, 994: {3, 994}, 995: {1, 100}, 1000: {1, 100}, 2004: {1, 201},
	} {
		strata := make([]int, n)
		for i := range strata {
			strata[i] = i % 3
		}
		folds := split(strata, 1)
		held, perStratum := 0, [3]int{}
		for _, fold := range folds {
			held += len(fold)
		}
		for _, position := range folds[0] {
			perStratum[strata[position]]++
		}
		if len(folds) != want.folds || held != want.held || slices.Max(perStratum[:])-slices.Min(perStratum[:]) > 1 {
			t.Errorf("%d documents: %d folds hold %d out, want %+v; the first has %v", n, len(folds), held, want, perStratum)
		}
		if slices.Equal(folds[0], split(strata, 2)[0]) && n > 3 {
			t.Errorf("%d documents: two seeds give the same fold", n)
		}
	}
}

// Quality depends on the documents and the seed, not on the order of the documents.
func TestQualityIsThatOfTheDocuments(t *testing.T) {
	both(t, None{}, func(t *testing.T, b *bench) {
		_, first := b.run()
		q := first.Report.Quality
		if len(q.Folds) != 3 || q.Held != len(b.gold) || math.Abs(q.Q-(q.Folds[0]+q.Folds[1]+q.Folds[2])/3) > 1e-12 || !(q.Q > 0.3 &&
			q.Q < 1) {
			t.Fatalf("%+v", q)
		}
		b.work += " reversed"
		slices.Reverse(b.gold)
		_, second := b.run()
		if !slices.Equal(second.Report.Quality.Folds, q.Folds) {
			t.Errorf("%+v, in another order %+v", q, second.Report.Quality)
		}
		b.work += " another"
		h := b.handOver()
		h.Seed = 2
		if third, err := h.Run(t.Context()); err != nil || slices.Equal(third.Report.Quality.Folds, q.Folds) {
			t.Errorf("another seed gives the same quality %+v, %v", third.Report.Quality, err)
		}
	})
}

// Each fold's model is trained on the other documents alone: one that knows its documents by heart has quality 0 on labels that
// have nothing to do with them.
func TestQualityIsOfHeldOutDocuments(t *testing.T) {
	b := texts(t, None{})
	for i := range b.gold { // a word of its own each
		b.gold[i].Text = fmt.Sprintf("w%d", i)
		b.gold[i].Class = i % 2
	}
	b.labeler.Epochs = 50
	h := b.handOver()
	q, err := h.quality(t.Context())
	if err != nil || q.Q > 0.6 {
		t.Errorf("%+v, %v", q, err)
	}
	if _, err := h.Labeler.train(t.Context(), trainingSet{docs: b.gold}, h.run(StageLabels, nil)); err != nil {
		t.Fatal(err)
	}
	labels, err := h.Labeler.label(t.Context(), documents(b.gold), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range labels {
		if l.Class != b.gold[i].Class {
			t.Fatalf("the model doesn't know document %d by heart, so the test tells nothing", i)
		}
	}
}

// A document of words belongs to the stratum of its rarest type.
func TestStrata(t *testing.T) {
	doc := func(types ...string) Labeled {
		l := Labeled{}
		for i, kind := range types {
			l.Spans = append(l.Spans, corpus.Span{Start: i, End: i + 1, Type: kind})
		}
		return l
	}
	got := tagger{}.strata([]Labeled{doc("PER"), doc("LOC", "PER"), doc(), doc("PER", "ORG", "LOC"), doc("PER")})
	if want := []int{2, 1, 3, 0, 2}; !slices.Equal(got, want) { // ORG once, LOC twice, PER four times
		t.Errorf("%v, want %v", got, want)
	}
}
