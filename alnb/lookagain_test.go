package alnb

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/store"
)

// mislabeled is a session of 120 labels, of which every tenth is wrong.
func mislabeled(t *testing.T, dir string) (s *Session, gold map[string]string) {
	t.Helper()
	config := tickets()
	config.Batch = 120
	gold = config.Pool.(hidden).answers(t)
	s = created(t, dir, config)
	for i, item := range must(s.Propose(t.Context())).Items {
		class := gold[item.ID]
		if i%10 == 0 {
			class = map[string]string{"World": "Sports", "Sports": "Business", "Business": "Sci/Tech", "Sci/Tech": "World"}[class]
		}
		say(t, s, item.ID, class)
	}
	return s, gold
}

func say(t *testing.T, s *Session, id, class string) {
	t.Helper()
	must(s.Label(t.Context(), store.Judging{Document: id, Judgment: corpus.Judgment{Verdict: corpus.Labeled, Class: class}}))
}

// toReview are the documents that people are to look at again.
func toReview(t *testing.T, s *Session) (ids []string) {
	t.Helper()
	for _, item := range must(s.ToReview(t.Context())) {
		ids = append(ids, item.ID)
	}
	return ids
}

// working is another process, as it were, that trains until the test ends, or end is called.
func working(t *testing.T, dir string, o WorkOptions) (end func()) {
	t.Helper()
	worker := created(t, dir, tickets())
	ctx, cancel := context.WithCancel(t.Context())
	held, release, err := worker.Hold(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- worker.Work(held, o) }()
	end = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		release()
	})
	t.Cleanup(end)
	return end
}

// Labels that were confirmed in a review are doubted no more, as long as they stay.
func TestSecondLookLeavesOutWhatIsConfirmed(t *testing.T) {
	s, gold := mislabeled(t, t.TempDir())
	first := must(s.LookAgain(t.Context(), LookOptions{Folds: 5}))
	if len(first) < 5 || !slices.Equal(toReview(t, s), SuspectIDs(first)) {
		t.Fatalf("%+v, to review: %q", first, toReview(t, s))
	}
	say(t, s, first[0].ID, first[0].Given)
	say(t, s, first[1].ID, first[1].Given)
	second := must(s.LookAgain(t.Context(), LookOptions{Folds: 5}))
	if !slices.Equal(second, first[2:]) || !slices.Equal(toReview(t, s), SuspectIDs(second)) {
		t.Errorf("after two were confirmed: %+v; before: %+v", second, first)
	}
	if err := s.MergeClass(t.Context(), first[0].Given, first[0].Suggested, ""); err != nil {
		t.Fatal(err)
	}
	say(t, s, first[2].ID, wrong(gold[first[2].ID], first[2].Given, first[0].Given))
	confirmed := must(s.db.Confirmed(t.Context()))
	want := 1
	if first[1].Given == first[0].Given {
		want = 0
	}
	if len(confirmed) != want {
		t.Errorf("after a class went into another, %d labels are confirmed, want %d", len(confirmed), want)
	}
}

// wrong is a class other than these.
func wrong(than ...string) string {
	for _, class := range []string{"World", "Sports", "Business", "Sci/Tech"} {
		if !slices.Contains(than, class) {
			return class
		}
	}
	panic("there are four classes")
}

// What people judge again while models are trained isn't doubted any more; that a class is renamed meanwhile changes nothing.
func TestSecondLookAtLabelsThatChange(t *testing.T) {
	s, _ := mislabeled(t, t.TempDir())
	before := must(s.SecondLook(t.Context(), 5, nil))
	change := sync.OnceFunc(func() {
		say(t, s, before[0].ID, before[0].Suggested)
		must(s.Label(t.Context(), store.Judging{Document: before[1].ID, Withdraw: true}))
		if err := s.RenameClass(t.Context(), before[2].Given, "renamed", ""); err != nil {
			t.Error(err)
		}
	})
	after := must(s.LookAgain(t.Context(), LookOptions{Folds: 5, Report: func(p Progress) {
		if 2*p.Done > p.Total {
			change()
		}
	}}))
	if !slices.Equal(after, before[2:]) {
		t.Errorf("%+v, want %+v", after, before[2:])
	}
}

// A second look that another process is asked for is what it would be here; two who ask at once ask for the same.
func TestLookAgainBesideWork(t *testing.T) {
	dir := t.TempDir()
	s, _ := mislabeled(t, dir)
	want := must(s.SecondLook(t.Context(), 5, nil))[:3]
	var looked atomic.Bool
	working(t, dir, WorkOptions{Report: func(p *Progress) {
		if p != nil && p.Phase == PhaseLook {
			looked.Store(true)
		}
	}})
	wait(t, func() bool { return len(must(s.Status(t.Context())).Models) == 1 }) // it rests
	type answer struct {
		suspects []Suspect
		err      error
		notes    []string
	}
	answers := make(chan answer)
	for range 2 {
		asker := created(t, dir, tickets())
		go func() {
			var a answer
			a.suspects, a.err = asker.LookAgain(t.Context(), LookOptions{Folds: 5, Top: 3, Report: func(p Progress) {
				if p.Note != "" {
					a.notes = append(a.notes, p.Note)
				}
			}})
			answers <- a
		}()
	}
	for range 2 {
		a := <-answers
		if a.err != nil || !slices.Equal(a.suspects, want) {
			t.Errorf("%+v, %v; want %+v", a.suspects, a.err, want)
		}
		if len(a.notes) != 1 || !strings.Contains(a.notes[0], "is asked for the second look") {
			t.Errorf("%q", a.notes)
		}
	}
	if got := toReview(t, s); !slices.Equal(got, SuspectIDs(want)) {
		t.Errorf("to review: %q, want %q", got, SuspectIDs(want))
	}
	if !looked.Load() || PhaseLook.Doing() == string(PhaseLook) {
		t.Error("nobody is told that a second look is taken")
	}
}

// Who asks and doesn't wait ends at once, and the look is taken all the same, also by the next process.
func TestLookAgainIsInterrupted(t *testing.T) {
	dir := t.TempDir()
	s, _ := mislabeled(t, dir)
	trainer := created(t, dir, tickets())
	_, release, err := trainer.Hold(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var began time.Time
	time.AfterFunc(500*time.Millisecond, func() { began = time.Now(); cancel() })
	_, err = s.LookAgain(ctx, LookOptions{Folds: 4, Top: 2})
	if took := time.Since(began); !errors.Is(err, context.Canceled) || !errors.Is(err, ErrAsked) || took > time.Second {
		t.Errorf("it took %v: %v", took, err)
	}
	release()
	working(t, dir, WorkOptions{})
	wait(t, func() bool { return len(toReview(t, s)) == 2 })
	if open, err := s.db.OpenLook(t.Context()); open != nil || err != nil {
		t.Errorf("it is still open: %+v, %v", open, err)
	}
}

// A trainer that ends without the look that it was asked for isn't waited for; who then takes one answers the request.
func TestLookAgainOfATrainerThatEnds(t *testing.T) {
	dir := t.TempDir()
	s, _ := mislabeled(t, dir)
	trainer := created(t, dir, tickets())
	_, release, err := trainer.Hold(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(500*time.Millisecond, release)
	if _, err := s.LookAgain(t.Context(), LookOptions{Folds: 5}); !errors.Is(err, ErrAsked) || !strings.Contains(err.Error(), "has ended without") {
		t.Errorf("%v", err)
	}
	open := must(s.db.OpenLook(t.Context()))
	if open == nil || len(toReview(t, s)) > 0 {
		t.Fatalf("the request is gone; to review: %q", toReview(t, s))
	}
	suspects := must(s.LookAgain(t.Context(), LookOptions{Folds: 5}))
	if answered, err := found(must(s.db.Look(t.Context(), open.Seq))); err != nil || !slices.Equal(answered, suspects) {
		t.Errorf("%+v, %v; want %+v", answered, err, suspects)
	}
}

// What can't be taken is said to who has asked, and the trainer goes on.
func TestLookAgainTooEarly(t *testing.T) {
	dir := t.TempDir()
	config := tickets()
	s := created(t, dir, config)
	end := working(t, dir, WorkOptions{})
	if _, err := s.LookAgain(t.Context(), LookOptions{Folds: 5}); err == nil || !strings.Contains(err.Error(), "no document is labeled") {
		t.Errorf("%v", err)
	}
	answer(t, s, config.Pool.(hidden).answers(t))
	wait(t, func() bool { return len(must(s.Status(t.Context())).Models) == 1 })
	end()
	for want, o := range map[string]LookOptions{"2 folds or more": {Folds: 1}, "at -1 documents": {Folds: 5, Top: -1}} {
		if _, err := s.LookAgain(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// Who labels on while a training changes the batch has labeled what they were asked for.
func TestLabelsBesideARefillCount(t *testing.T) {
	config := tickets()
	gold := config.Pool.(hidden).answers(t)
	s := created(t, t.TempDir(), config)
	shown := must(s.Propose(t.Context())).Items
	for _, item := range shown[:6] {
		say(t, s, item.ID, gold[item.ID])
	}
	must(s.Train(t.Context(), func(p Progress) {
		if p.Phase == PhaseTrain && p.Done == p.Total { // one more while it trains
			say(t, s, shown[6].ID, gold[shown[6].ID])
		}
	}))
	if status := must(s.Status(t.Context())); status.Batch != 10 || status.Left != 3 {
		t.Fatalf("%d of %d are left", status.Left, status.Batch)
	}
	now := must(s.Propose(t.Context()))
	if slices.ContainsFunc(now.Items, func(item store.QueueItem) bool { return item.ID == shown[9].ID }) {
		t.Fatal("the training didn't change the batch: the test says nothing")
	}
	for i, item := range shown[7:] {
		say(t, s, item.ID, gold[item.ID])
		if status := must(s.Status(t.Context())); status.Batch != 10 || status.Left != 2-i {
			t.Errorf("%d of %d are left, want %d of 10", status.Left, status.Batch, 2-i)
		}
	}
}
