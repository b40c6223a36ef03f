package alnb

import (
	"slices"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/store"
)

// A review goes on beside batches and trainings, and is done document by document.
func TestReviewBesideTraining(t *testing.T) {
	config := tickets()
	gold := config.Pool.(hidden).answers(t)
	s := created(t, t.TempDir(), config)
	ids := answer(t, s, gold)
	if err := s.Review(t.Context(), ids[:3]); err != nil {
		t.Fatal(err)
	}
	must(s.Train(t.Context(), nil))
	answer(t, s, gold)
	if status := must(s.Status(t.Context())); status.Review != 3 || status.Counts.Labeled != 20 {
		t.Errorf("%+v", status)
	}
	must(s.Label(t.Context(), store.Judging{
		Document: ids[1], Judgment: corpus.Judgment{Verdict: corpus.Labeled, Class: gold[ids[1]]},
	}))
	var left []string
	for _, item := range must(s.ToReview(t.Context())) {
		left = append(left, item.ID)
		if item.Judgment == nil || item.Judgment.Class != gold[item.ID] {
			t.Errorf("%s was judged %+v", item.ID, item.Judgment)
		}
	}
	if !slices.Equal(left, []string{ids[0], ids[2]}) {
		t.Errorf("left: %q of %q", left, ids[:3])
	}
}
