package store

import (
	"reflect"
	"slices"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
)

func TestSpans(t *testing.T) {
	pool := words(3)
	pool.Docs[2].Text = "Ann met  Bob in Rome!"
	spans := []corpus.Span{{Start: 0, End: 1, Type: "PER"}, {Start: 2, End: 3, Type: "PER"}, {Start: 4, End: 5, Type: "LOC"}}
	pool.Docs[2].Judgment = &corpus.Judgment{Verdict: corpus.Labeled, Spans: spans[2:]}
	begin(t, pool, func(t *testing.T, s *Session) {
		mark := func(document string, spans ...corpus.Span) {
			t.Helper()
			j := Judging{Document: document, Judgment: corpus.Judgment{Verdict: corpus.Labeled, Spans: spans}}
			if _, err := s.Judge(t.Context(), j); err != nil {
				t.Error(err)
			}
		}
		mark(id(0), spans...)
		mark(id(1))
		got := all(t, s.Judgments(t.Context()))
		if len(got) != 3 || !slices.Equal(got[0].Spans, spans) || got[1].Spans != nil || !slices.Equal(got[2].Spans, spans[2:]) {
			t.Errorf("%+v", got)
		}
		perClass := func(per, loc int) {
			t.Helper()
			counts, err := s.Counts(t.Context())
			want := map[string]int{"PER": per, "LOC": loc}
			if err != nil || counts.Labeled != 3 || !reflect.DeepEqual(counts.PerClass, want) {
				t.Errorf("%+v, %v; want %v", counts, err, want)
			}
		}
		perClass(2, 2)
		mark(id(0), spans[0])
		perClass(1, 1)
		if err := s.MergeClass(t.Context(), "LOC", "PER", ""); err != nil {
			t.Error(err)
		}
		counts, err := s.Counts(t.Context())
		if err != nil || !reflect.DeepEqual(counts.PerClass, map[string]int{"PER": 2}) {
			t.Errorf("%+v, %v", counts, err)
		}
		if got := all(t, s.Judgments(t.Context())); got[2].Spans[0].Type != "PER" {
			t.Errorf("after the merge: %+v", got)
		}
		mark(id(1), spans[2]) // the type that went into another is understood
		if counts, _ := s.Counts(t.Context()); counts.PerClass["PER"] != 3 {
			t.Errorf("%+v", counts)
		}
	})
}
