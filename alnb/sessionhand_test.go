package alnb

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/alnb/pseudolabel/pseudolabeltest"
	"github.com/alnb/alnb/alnb/store"
)

// labeledTickets is a session in which four batches are labeled, and two documents skipped.
func labeledTickets(t *testing.T) *Session {
	t.Helper()
	config := tickets()
	config.Model = otherTexts
	s := created(t, t.TempDir(), config)
	gold := config.Pool.(hidden).answers(t)
	for range 4 {
		answer(t, s, gold)
	}
	batch, err := s.Propose(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range batch.Items[:2] {
		skipped := store.Judging{Request: "skip " + item.ID, Document: item.ID, Judgment: corpus.Judgment{Verdict: corpus.Skipped,
			Annotator: "test"}}
		if _, err := s.Label(t.Context(), skipped); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestHand(t *testing.T) {
	s := labeledTickets(t)
	to := Hand{Successor: someTexts}
	handed, err := s.Hand(t.Context(), to, nil)
	if err != nil {
		t.Fatal(err)
	}
	report := handed.Report
	if report.Gold != 40 || report.Labeled != 300-42 || report.Kept+report.Dropped != report.Labeled || report.Errors != nil ||
		report.Filter != "tracin" || report.Quality == nil || !(report.Quality.Q > 0.3) {
		t.Errorf("%+v", report)
	}
	if handed.Scores.Metric != accuracy || handed.Scores.Test != 200 || !(handed.Scores.Value > 0.5) {
		t.Errorf("scores %+v", handed.Scores)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(handed.Dir), "work")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the steps are left: %v", err)
	}
	// The folder holds the model that was measured.
	loaded, err := someTexts.Load(t.Context(), handed.Dir)
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.workbench(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := classifier{loaded, w.texts, documents(w.texts.Test)}.Evaluate(t.Context(), func(int, int) {})
	if err != nil || again.Value != handed.Scores.Value {
		t.Errorf("the kept model scores %v, %v; the one that was measured %v", again.Value, err, handed.Scores.Value)
	}
	// A second time it does nothing.
	trained := false
	second, err := s.Hand(t.Context(), to, func(p Progress) { trained = true })
	if err != nil || trained || !reflect.DeepEqual(second, handed) {
		t.Errorf("once more: %+v, %v, trained %v", second, err, trained)
	}
	// Another label makes another one.
	answer(t, s, tickets().Pool.(hidden).answers(t))
	if third, err := s.Hand(t.Context(), to, nil); err != nil || third.Dir == handed.Dir || third.Report.Gold != 48 {
		t.Errorf("with more labels: %+v, %v", third, err)
	}
}

// Who serves the session and trains for it isn't in the way; another hand-over of the same labels to the same model is.
func TestHandBesideOthers(t *testing.T) {
	s := labeledTickets(t)
	config := tickets()
	config.Model = otherTexts
	server := created(t, s.Dir(), config)
	_, release, err := server.Hold(t.Context(), "http://127.0.0.1:1/")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	var beside error
	if _, err := s.Hand(t.Context(), Hand{Successor: someTexts}, func(p Progress) {
		if p.Phase == PhaseQuality && beside == nil {
			_, beside = server.Hand(t.Context(), Hand{Successor: someTexts}, nil)
		}
	}); err != nil {
		t.Error(err)
	}
	if beside == nil || !strings.Contains(beside.Error(), "is in use by another process") {
		t.Errorf("a second hand-over at once: %v", beside)
	}
}

// Interrupted in any phase, it goes on and gives the same.
func TestHandGoesOn(t *testing.T) {
	s := labeledTickets(t)
	want, err := s.Hand(t.Context(), Hand{Successor: someTexts}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, phase := range []Phase{PhaseLoad, PhaseQuality, PhasePseudoLabel, PhaseFirstSuccessor, PhaseInfluence, PhaseSuccessor,
		PhaseEvaluate} {
		s := labeledTickets(t)
		ctx, cancel := context.WithCancel(t.Context())
		visited := false
		_, err := s.Hand(ctx, Hand{Successor: someTexts}, func(p Progress) {
			if p.Phase == phase {
				visited = true
				cancel()
			}
		})
		cancel()
		if !visited || err != nil && !errors.Is(err, context.Canceled) {
			t.Fatalf("%s: %v, visited %v", phase.Doing(), err, visited)
		}
		var phases []Phase
		got, err := s.Hand(t.Context(), Hand{Successor: someTexts}, func(p Progress) { phases = append(phases, p.Phase) })
		if err != nil {
			t.Fatalf("%s: %v", phase.Doing(), err)
		}
		if !reflect.DeepEqual(got.Report, want.Report) || got.Scores != want.Scores {
			t.Errorf("interrupted while %s: %+v, want %+v", phase.Doing(), got, want)
		}
		if phase == PhaseSuccessor && slices.Contains(phases, PhaseInfluence) {
			t.Error("what was known of the first successor was measured again")
		}
	}
}

func TestHandsMistakesAreSentences(t *testing.T) {
	s := labeledTickets(t)
	for want, to := range map[string]Hand{
		"there is no Successor":                       {},
		"has a SuccessorTagger":                       {SuccessorTagger: someWords},
		"can't keep checkpoints":                      {Successor: wordCounts{}},
		"pseudo-labels with a LabelerTagger of words": {Successor: someTexts, Plan: pseudolabel.Plan{LabelerTagger: otherWords}},
	} {
		if _, err := s.Hand(t.Context(), to, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	unable := pseudolabeltest.Texts{Settings: pseudolabeltest.Settings{Epochs: 1, Rate: 1e-9}} // learns nothing
	_, err := s.Hand(t.Context(), Hand{Successor: someTexts, Plan: pseudolabel.Plan{Labeler: unable}}, nil)
	if refused := (*pseudolabel.RefusedError)(nil); !errors.As(err, &refused) {
		t.Errorf("a pseudo-labeler that knows nothing: %v", err)
	}
	empty := created(t, t.TempDir(), tickets())
	if _, err := empty.Hand(t.Context(), Hand{Successor: someTexts}, nil); !errors.Is(err, ErrTooEarly) {
		t.Errorf("without a label: %v", err)
	}
}

// Spans go to another tagger, too.
func TestHandSpans(t *testing.T) {
	source := hiddenNames{names{Train: 120, Test: 60}}
	gold := map[string][]corpus.Span{}
	for _, doc := range must(source.LoadTagged(t.Context())).Train {
		gold[doc.ID] = doc.Spans
	}
	s := created(t, t.TempDir(), SessionConfig{Pool: source, Tagger: otherWords, Batch: 40, Seed: 1})
	must(s.Answer(t.Context(), func(id string) (corpus.Judgment, bool) {
		return corpus.Judgment{Verdict: corpus.Labeled, Spans: gold[id]}, true
	}))
	handed, err := s.Hand(t.Context(), Hand{SuccessorTagger: someWords, Plan: pseudolabel.Plan{Filter: pseudolabel.None{}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if handed.Report.Labeled == 0 || handed.Report.Dropped != 0 {
		t.Errorf("%+v", handed)
	}
}
