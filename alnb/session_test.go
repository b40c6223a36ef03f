package alnb

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/spec"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/alnb/subsample"
	"github.com/alnb/alnb/datasets"
)

// hidden is a labeled source as a pool without labels, which knows the answers.
type hidden struct {
	Of datasets.Synthetic `json:"of"`
}

func (hidden) Name() string { return "hidden" }

func (h hidden) LoadPool(ctx context.Context) (*corpus.Pool, error) {
	data, err := h.Of.Load(ctx)
	if err != nil {
		return nil, err
	}
	pool := &corpus.Pool{Name: data.Name, Origin: data.Origin, Classes: data.Classes}
	for _, e := range data.Train {
		pool.Docs = append(pool.Docs, corpus.Judged{Document: e.Document})
	}
	for _, e := range data.Test {
		e.ID = "test " + e.ID
		pool.Test = append(pool.Test, corpus.Judged{Document: e.Document, Test: true,
			Judgment: &corpus.Judgment{Verdict: corpus.Labeled, Class: data.Classes[e.Label]}})
	}
	return pool, nil
}

// answers are the gold classes by ID.
func (h hidden) answers(t *testing.T) map[string]string {
	t.Helper()
	data, err := h.Of.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gold := make(map[string]string)
	for _, e := range data.Train {
		gold[e.ID] = data.Classes[e.Label]
	}
	return gold
}

func tickets() SessionConfig {
	return SessionConfig{
		Pool: hidden{datasets.Synthetic{Train: 300, Test: 200, Seed: 1}}, Model: wordCounts{Smoothing: 0.1},
		Subsample: subsample.UPS{Gamma: 0.3, T: 0.01, FullQueries: []int{0, 1}}, Batch: 10, Seed: 1,
	}
}

func sessionRegistry() spec.Registry {
	return spec.Registry{
		Models:     spec.NewKind[learner.Model]("model", wordCounts{}),
		Strategies: spec.NewKind("strategy", query.All()...),
		Samplers:   spec.NewKind[subsample.Sampler]("sampler", subsample.UPS{}),
		Pools:      spec.NewKind[corpus.PoolSource]("pool", hidden{}),
	}
}

func created(t *testing.T, dir string, config SessionConfig) *Session {
	t.Helper()
	s, err := CreateSession(t.Context(), dir, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// answer labels what is left of the open batch, and returns which that was.
func answer(t *testing.T, s *Session, gold map[string]string) []string {
	t.Helper()
	batch, err := s.Propose(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, item := range batch.Items {
		if item.Judgment != nil {
			continue
		}
		ids = append(ids, item.ID)
		_, err := s.Label(t.Context(), store.Judging{
			Request: "answer " + item.ID, Document: item.ID, Judgment: corpus.Judgment{Verdict: corpus.Labeled, Class: gold[item.ID], Annotator: "test"},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

// Each verb opens the session anew, as each cell of a notebook does.
func TestSessionRoundByRound(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "session")
	config := tickets()
	gold := hidden{datasets.Synthetic{Train: 300, Test: 200, Seed: 1}}.answers(t)
	first := created(t, dir, config)
	if _, err := first.Train(t.Context(), nil); !errors.Is(err, ErrTooEarly) || !strings.Contains(err.Error(), "no document is labeled") {
		t.Fatalf("got %v", err)
	}
	if _, err := first.Evaluate(t.Context()); !errors.Is(err, ErrTooEarly) {
		t.Errorf("got %v", err)
	}
	seen := map[string]bool{}
	var accuracies []float64
	for round := range 5 {
		s, err := OpenSession(t.Context(), dir, sessionRegistry())
		if err != nil {
			t.Fatal(err)
		}
		open, err := s.Propose(t.Context())
		if err != nil || len(open.Items) != 10 {
			t.Fatal(open, err)
		}
		again, err := s.Propose(t.Context())
		if err != nil || !slices.EqualFunc(open.Items, again.Items, func(a, b store.QueueItem) bool { return a.ID == b.ID }) {
			t.Fatalf("proposed twice, the batch is %v, then %v, %v", open, again, err)
		}
		for _, id := range answer(t, s, gold) {
			if seen[id] {
				t.Errorf("round %d asks about %s again", round, id)
			}
			seen[id] = true
		}
		s.Close()
		if s, err = OpenSession(t.Context(), dir, sessionRegistry()); err != nil {
			t.Fatal(err)
		}
		trained, err := s.Train(t.Context(), nil)
		if err != nil || !trained.New || trained.Round != round || trained.Labeled != 10*(round+1) {
			t.Fatalf("%+v, %v", trained, err)
		}
		accuracies = append(accuracies, trained.Metrics.Scores.Value)
		if scores, err := s.Evaluate(t.Context()); err != nil || scores != trained.Metrics.Scores || scores.Test != 200 {
			t.Errorf("%+v, %v", scores, err)
		}
		if again, err := s.Train(t.Context(), nil); err != nil || again.New || again.Round != round {
			t.Fatalf("trained twice: %+v, %v", again, err)
		}
		open, err = s.Propose(t.Context())
		if err != nil || left(open) != 10 {
			t.Fatal(open, err)
		}
		if p, err := s.Suggest(t.Context(), open.Items[0].ID); err != nil || p == nil || len(p.Probabilities) != 4 || p.Class == "" {
			t.Errorf("%+v, %v", p, err)
		}
		status, err := s.Status(t.Context())
		if err != nil || status.Counts.Labeled != 10*(round+1) || status.Left != 10 || len(status.Curve().Points) != round+1 || status.PerHour <= 0 {
			t.Errorf("%+v, %v", status, err)
		}
		s.Close()
	}
	if last := accuracies[4]; !(last > accuracies[0]) || last < 0.6 {
		t.Errorf("accuracies %v", accuracies)
	}
}

// The batch after a training is what the strategy would choose from the scores, the most uncertain first.
func TestSessionAsksAboutTheMostUncertain(t *testing.T) {
	s := created(t, t.TempDir(), tickets())
	gold := hidden{datasets.Synthetic{Train: 300, Test: 200, Seed: 1}}.answers(t)
	answer(t, s, gold)
	if _, err := s.Train(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	scores := map[string]float64{}
	for score, err := range s.db.Scores(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		scores[score.ID] = score.Score
	}
	if len(scores) != 290 {
		t.Fatalf("%d documents have scores, want the 290 that are not labeled", len(scores))
	}
	batch, err := s.Propose(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lowest := math.Inf(1)
	asked := map[string]bool{}
	for _, item := range batch.Items {
		lowest, asked[item.ID] = min(lowest, scores[item.ID]), true
	}
	for id, score := range scores {
		if !asked[id] && score > lowest {
			t.Errorf("%s has the score %g and isn't asked about, while one with %g is", id, score, lowest)
		}
	}
}

func TestSessionClassesChange(t *testing.T) {
	s := created(t, t.TempDir(), tickets())
	ctx := t.Context()
	gold := hidden{datasets.Synthetic{Train: 300, Test: 200, Seed: 1}}.answers(t)
	answer(t, s, gold)
	before, err := s.Train(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	classes, err := s.Classes(ctx)
	if err != nil || len(classes) != 4 {
		t.Fatal(classes, err)
	}
	if err := s.RenameClass(ctx, classes[0].Name, "renamed", "test"); err != nil {
		t.Fatal(err)
	}
	if err := s.MergeClass(ctx, classes[1].Name, classes[2].Name, "test"); err != nil {
		t.Fatal(err)
	}
	if err := s.AddClass(ctx, "new", "test"); err != nil {
		t.Fatal(err)
	}
	now, err := s.Classes(ctx)
	if err != nil || len(now) != 4 || now[0].Name != "renamed" || now[3].Name != "new" {
		t.Fatal(now, err)
	}
	after, err := s.Train(ctx, nil)
	if err != nil || !after.New || after.Labeled != before.Labeled {
		t.Fatalf("%+v, %v", after, err)
	}
	if p, err := s.Suggest(t.Context(), must(s.Propose(ctx)).Items[0].ID); err != nil || len(p.Probabilities) != 4 {
		t.Errorf("%+v, %v", p, err)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func TestSessionOfOneClassCannotTrain(t *testing.T) {
	s := created(t, t.TempDir(), tickets())
	batch := must(s.Propose(t.Context()))
	for _, item := range batch.Items[:3] {
		must(s.Label(t.Context(), store.Judging{Document: item.ID, Judgment: corpus.Judgment{Verdict: corpus.Labeled, Class: "World"}}))
	}
	if _, err := s.Train(t.Context(), nil); !errors.Is(err, ErrTooEarly) || !strings.Contains(err.Error(), `"World"`) {
		t.Errorf("got %v", err)
	}
}

func TestSessionEndsWithThePool(t *testing.T) {
	config := tickets()
	config.Pool = hidden{datasets.Synthetic{Train: 14, Test: 10, Seed: 1}}
	gold := config.Pool.(hidden).answers(t)
	s := created(t, t.TempDir(), config)
	for _, want := range []int{10, 4} {
		if ids := answer(t, s, gold); len(ids) != want {
			t.Fatalf("asked about %d, want %d", len(ids), want)
		}
		must(s.Train(t.Context(), nil))
	}
	if _, err := s.Propose(t.Context()); !errors.Is(err, ErrNothingLeft) {
		t.Errorf("got %v", err)
	}
}

func TestSessionRefuses(t *testing.T) {
	dir := t.TempDir()
	created(t, dir, tickets())
	other := tickets()
	other.Pool = hidden{datasets.Synthetic{Train: 301, Test: 200, Seed: 1}}
	if _, err := CreateSession(t.Context(), dir, other); err == nil || !strings.Contains(err.Error(), "of.train was 300, is 301") {
		t.Errorf("another pool: %v", err)
	}
	smaller := tickets()
	smaller.Batch = 5
	if s := created(t, dir, smaller); len(must(s.Propose(t.Context())).Items) != 5 {
		t.Error("another batch size isn't taken over")
	}
	for want, change := range map[string]func(*SessionConfig){
		"no Pool":        func(c *SessionConfig) { c.Pool = nil },
		"a Model, which": func(c *SessionConfig) { c.Model = nil },
		"Batch is -1":    func(c *SessionConfig) { c.Batch = -1 },
		"gamma is 2":     func(c *SessionConfig) { c.Subsample = subsample.UPS{Gamma: 2} },
		"give a Model":   func(c *SessionConfig) { c.Model, c.Tagger = nil, tagCounts{} },
	} {
		c := tickets()
		change(&c)
		if _, err := CreateSession(t.Context(), filepath.Join(t.TempDir(), "s"), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if _, err := OpenSession(t.Context(), t.TempDir(), sessionRegistry()); err == nil || !strings.Contains(err.Error(), "holds no session") {
		t.Errorf("got %v", err)
	}
}

// While a person labels, Work trains, and changes what they are asked next; nobody else can.
func TestWorkBesideAPerson(t *testing.T) {
	dir := t.TempDir()
	person := created(t, dir, tickets())
	worker := created(t, dir, tickets())
	gold := hidden{datasets.Synthetic{Train: 300, Test: 200, Seed: 1}}.answers(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	var notes []string
	held, release, err := worker.Hold(ctx, "http://127.0.0.1:1/")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		ended <- worker.Work(held, WorkOptions{Every: 1000, Note: func(text string) { notes = append(notes, text) }})
	}()
	wait(t, func() bool { return must(person.Holder(t.Context())) != nil })
	if _, err := created(t, dir, tickets()).Train(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "http://127.0.0.1:1/") {
		t.Errorf("two train at once: %v", err)
	}
	for round := 1; round <= 3; round++ {
		answer(t, person, gold)
		wait(t, func() bool {
			models := must(person.Status(t.Context())).Models
			return len(models) > 0 && models[len(models)-1].Labeled == 10*round && must(person.Status(t.Context())).Left == 10
		})
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	release()
	if holder := must(person.Holder(t.Context())); holder != nil {
		t.Errorf("the lease is still %+v's", holder)
	}
	if len(notes) < 3 || !strings.Contains(notes[len(notes)-1], "trained on 30 labeled documents") {
		t.Errorf("%q", notes)
	}
}

func wait(t *testing.T, until func() bool) {
	t.Helper()
	for began := time.Now(); !until(); time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			t.Fatal("it takes too long")
		}
	}
}
