package alnb

import (
	"context"
	"slices"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/alnb/subsample"
)

// hiddenNames is a tagged source as a pool without labels.
type hiddenNames struct{ names }

func (h hiddenNames) LoadPool(ctx context.Context) (*corpus.Pool, error) {
	data, err := h.LoadTagged(ctx)
	if err != nil {
		return nil, err
	}
	pool := &corpus.Pool{Name: data.Name, Origin: data.Origin, Spans: true, Classes: data.Types}
	for _, doc := range data.Train {
		pool.Docs = append(pool.Docs, corpus.Judged{Document: corpus.Document{ID: doc.ID, Words: doc.Words}})
	}
	for _, doc := range data.Test {
		pool.Test = append(pool.Test, corpus.Judged{Document: corpus.Document{ID: doc.ID, Words: doc.Words}, Test: true,
			Judgment: &corpus.Judgment{Verdict: corpus.Labeled, Spans: doc.Spans}})
	}
	return pool, nil
}

func TestSessionOfSpans(t *testing.T) {
	source := hiddenNames{names{Train: 120, Test: 60}}
	data := must(source.LoadTagged(t.Context()))
	gold := map[string][]corpus.Span{}
	for _, doc := range data.Train {
		gold[doc.ID] = doc.Spans
	}
	s := created(t, t.TempDir(), SessionConfig{
		Pool: source, Tagger: tagCounts{Smoothing: 0.1}, Subsample: subsample.UPS{Gamma: 0.3, T: 0.01, FullQueries: []int{0, 1}}, Batch: 12, Seed: 1,
	})
	oracle := func(id string) (corpus.Judgment, bool) {
		return corpus.Judgment{Verdict: corpus.Labeled, Spans: gold[id]}, true
	}
	var f1 []float64
	for round := range 4 {
		if n, err := s.Answer(t.Context(), oracle); err != nil || n != 12 {
			t.Fatal(n, err)
		}
		trained := must(s.Train(t.Context(), nil))
		if trained.Labeled != 12*(round+1) || trained.Metrics.Scores.Metric != "span F1" {
			t.Fatalf("%+v", trained)
		}
		f1 = append(f1, trained.Metrics.Scores.Value)
		for _, item := range must(s.Propose(t.Context())).Items {
			if p, err := s.Suggest(t.Context(), item.ID); err != nil || p == nil {
				t.Errorf("nothing is suggested for %s: %v", item.ID, err)
			}
		}
	}
	if !(f1[3] > f1[0]) {
		t.Errorf("F1 %v", f1)
	}
	advice := must(must(s.Status(t.Context())).Advice())
	if len(advice) != 4 || !advice[0].Known || advice[3].Known { // the uncertainty of spans isn't measured
		t.Errorf("%+v", advice)
	}
}

// Labels that are wrong are among the first that a second look doubts.
func TestSecondLookFindsWrongLabels(t *testing.T) {
	config := tickets()
	config.Batch = 120
	gold := config.Pool.(hidden).answers(t)
	s := created(t, t.TempDir(), config)
	batch := must(s.Propose(t.Context()))
	wrong := map[string]bool{}
	for i, item := range batch.Items {
		class := gold[item.ID]
		if i%10 == 0 { // plant an error
			class = map[string]string{"World": "Sports", "Sports": "Business", "Business": "Sci/Tech", "Sci/Tech": "World"}[class]
			wrong[item.ID] = true
		}
		must(s.Label(t.Context(), store.Judging{Document: item.ID, Judgment: corpus.Judgment{Verdict: corpus.Labeled, Class: class}}))
	}
	suspects := must(s.SecondLook(t.Context(), 5, nil))
	found := 0
	for _, suspect := range suspects {
		if wrong[suspect.ID] {
			found++
		}
		if suspect.Given == suspect.Suggested || suspect.Word != -1 {
			t.Errorf("%+v", suspect)
		}
	}
	if found < 10 || len(suspects) > 40 {
		t.Errorf("of %d wrong labels %d are among %d suspects", len(wrong), found, len(suspects))
	}
	if _, err := s.SecondLook(t.Context(), 1, nil); err == nil {
		t.Error("one fold is no fold")
	}
}

// What is exported can be imported into another session of the same documents, and twice.
func TestJudgedAndImport(t *testing.T) {
	config := tickets()
	gold := config.Pool.(hidden).answers(t)
	a, b := created(t, t.TempDir(), config), created(t, t.TempDir(), config)
	ids := answer(t, a, gold)
	for _, into := range []struct {
		*Session
		kept int
	}{{b, len(ids)}, {b, 0}, {a, 0}} {
		given, kept, err := into.Import(t.Context(), onlyPool(a.Judged(t.Context(), nil)))
		if err != nil || given != len(ids) || kept != into.kept {
			t.Fatal(given, kept, err)
		}
	}
	if counts := must(b.Status(t.Context())).Counts; counts.Labeled != len(ids) {
		t.Errorf("%+v", counts)
	}
	for doc, err := range b.Judged(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if !doc.Test && (doc.Judgment != nil) != slices.Contains(ids, doc.ID) {
			t.Errorf("%s is judged %+v", doc.ID, doc.Judgment)
		}
	}
}

func onlyPool(docs func(func(corpus.Judged, error) bool)) func(func(corpus.Judged, error) bool) {
	return func(yield func(corpus.Judged, error) bool) {
		for doc, err := range docs {
			if !doc.Test && !yield(doc, err) {
				return
			}
		}
	}
}
