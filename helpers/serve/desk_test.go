package serve

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/helpers/annotate"
)

// What the page is given of a session whose classes change, and whose labels are looked at again.
func TestDesk(t *testing.T) {
	s, gold := begun(t, 100)
	ctx, d := t.Context(), &desk{session: s}
	open, err := d.Batch(ctx)
	if err != nil || len(open.Items) != 10 || len(open.Again) != 0 {
		t.Fatal(open, err)
	}
	var ids []string
	for _, item := range open.Items {
		ids = append(ids, item.ID)
		if _, err := d.Judge(ctx, annotate.Judging{Request: item.ID, Document: item.ID, Judgment: corpus.Judgment{Verdict: corpus.Labeled, Class: gold[item.ID]}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Train(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Review(ctx, ids[:2]); err != nil {
		t.Fatal(err)
	}
	before, err := d.Classes(ctx)
	if err != nil || len(before) < 3 {
		t.Fatal(before, err)
	}
	for _, err := range []error{
		d.RenameClass(ctx, before[0].Name, "renamed", "Ada"), d.MergeClass(ctx, before[1].Name, "renamed", "Ada"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var refusal *annotate.Refusal
	if err := d.MergeClass(ctx, "renamed", "renamed", "Ada"); !errors.As(err, &refusal) {
		t.Errorf("merged into itself: %v", err)
	}
	after, err := d.Classes(ctx)
	want := append([]annotate.Class{{Number: 0, Name: "renamed", Took: []int{1}}}, before[2:]...)
	for i := range after {
		if len(after[i].Took) == 0 {
			after[i].Took = nil
		}
		want[i].Took = append([]int(nil), want[i].Took...)
	}
	if err != nil || !reflect.DeepEqual(after, want) {
		t.Errorf("%+v, %v; want %+v", after, err, want)
	}
	known := map[string]bool{}
	for _, class := range after {
		known[class.Name] = true
	}
	open, err = d.Batch(ctx)
	if err != nil || len(open.Again) != 2 || open.Again[0].ID != ids[0] || open.Again[0].Text == "" || !known[open.Again[0].Judgment.Class] {
		t.Errorf("%+v, %v", open.Again, err)
	}
	for _, item := range open.Items { // suggestions were made before
		if p, err := d.Suggest(ctx, item.ID); err != nil || p == nil || !known[p.Class] {
			t.Errorf("%+v, %v", p, err)
		}
	}
	if status, err := d.Status(ctx); err != nil || status.LeftAgain != 2 {
		t.Errorf("%+v, %v", status, err)
	}
	if trained, err := s.Train(ctx, nil); err != nil || !trained.New || len(trained.Metrics.Classes) != len(after) {
		t.Errorf("the trainer doesn't pick it up: %+v, %v", trained, err)
	}
	groups, err := s.Twins(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range groups {
		if _, err := s.Label(ctx, store.Judging{Document: group[1], Judgment: corpus.Judgment{Verdict: corpus.Labeled, Class: "renamed"}}); err != nil {
			t.Fatal(err)
		}
		twins, err := d.Twins(ctx, group[0])
		if err != nil || len(twins) != len(group)-1 || twins[0].ID != group[1] || twins[0].Judgment == nil || twins[0].Judgment.Class != "renamed" {
			t.Errorf("%q: %+v, %v", group, twins, err)
		}
	}
}

// addModel adds a model of spans to a session, as another process does that trains: it has given the 500 documents of the stop set
// 12,500 tags, others with another shift.
func addModel(t testing.TB, s *alnb.Session, round, shift int) {
	t.Helper()
	db, err := store.OpenSession(context.Background(), s.Dir())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	metrics := alnb.SessionMetrics{Scores: store.Metrics{Metric: "span F1", Value: 0.5, Test: 50}}
	for i := range 12_500 {
		metrics.Observed.Predicted = append(metrics.Observed.Predicted, (i+i*shift/1000)%9)
	}
	raw, err := json.Marshal(metrics)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.AddModel(context.Background(), store.Model{Round: round, Labeled: 10 * (round + 1), Metrics: raw}); err != nil {
		t.Fatal(err)
	}
}

// The status has what each new model says, whichever process trained it, also where pages ask at the same time.
func TestStatusFollowsTheModels(t *testing.T) {
	s, _ := begun(t, 100)
	d := &desk{session: s}
	for round, test := range []struct {
		shift  int
		advice []string
	}{
		{0, nil},
		{0, []string{"0 of 12500 predictions changed from round 0 to round 1, a share of 0; 0 may."}},
		{1, nil},
	} {
		addModel(t, s, round, test.shift)
		var pages sync.WaitGroup
		for range 4 {
			pages.Go(func() {
				status, err := d.Status(t.Context())
				if err != nil || len(status.Curve) != round+1 || !slices.Equal(status.Advice, test.advice) {
					t.Errorf("after round %d: %+v, %v", round, status, err)
				}
			})
		}
		pages.Wait()
	}
}

// The status that each open page asks for once a second, in a session with 20 models of spans.
func BenchmarkStatus(b *testing.B) {
	s, _ := begun(b, 100)
	d := &desk{session: s}
	for round := range 20 {
		addModel(b, s, round, round)
	}
	for b.Loop() {
		if status, err := d.Status(b.Context()); err != nil || len(status.Curve) != 20 {
			b.Fatal(status, err)
		}
	}
}
