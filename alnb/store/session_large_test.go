package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
)

// large is how many documents a session should be quick with.
const large = 100_000

// filled makes a large session in which half of the documents are labeled and all are scored.
func filled(t testing.TB, n int) (dir string) {
	t.Helper()
	pool := texts(n)
	pool.Test = nil
	for i := range pool.Docs {
		pool.Docs[i].Text = fmt.Sprintf("%d: %s", i, strings.Repeat("a text of some length, ", 20))
		if i%2 == 0 {
			pool.Docs[i].Judgment = &corpus.Judgment{Verdict: corpus.Labeled, Class: pool.Classes[i%3]}
		}
	}
	dir = t.TempDir()
	began := time.Now()
	if err := CreateSession(t.Context(), dir, []byte("{}"), pool); err != nil {
		t.Fatal(err)
	}
	t.Logf("making a session of %d documents: %v", n, time.Since(began))
	s, err := OpenSession(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	scores := make([]Score, n)
	for i := range scores {
		scores[i] = Score{id(i * 7919 % n), 1 / float64(i+1)}
	}
	began = time.Now()
	if err := s.SetScores(t.Context(), 1, scores); err != nil {
		t.Fatal(err)
	}
	t.Logf("keeping as many scores: %v", time.Since(began))
	var ids []string
	for i := range 50 {
		ids = append(ids, id(2*i+1))
	}
	if err := s.SetQueue(t.Context(), 1, ids); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// took logs how long something takes, and finds it too slow where that is over four times what it should be: others may
// be busy on this machine, or the race detector on.
func took(t *testing.T, what string, should time.Duration, do func() error) {
	t.Helper()
	began := time.Now()
	if err := do(); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	t.Logf("%s: %v; should take less than %v", what, took, should)
	if took > 4*should {
		t.Errorf("%s took %v; should be less than %v", what, took, should)
	}
}

func TestHundredThousandDocuments(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: how fast a session of 100,000 documents is; -short was given")
	}
	ctx, dir := t.Context(), filled(t, large)
	var s *Session
	took(t, "open, About and Counts", time.Second, func() (err error) {
		if s, err = OpenSession(ctx, dir); err != nil {
			return err
		}
		about, _ := s.About(ctx)
		counts, err := s.Counts(ctx)
		if about.Pool != large || counts.Labeled != large/2 {
			t.Errorf("%+v, %+v", about, counts)
		}
		return err
	})
	defer s.Close()
	took(t, "all scores and the queue", 500*time.Millisecond, func() error {
		n := 0
		for _, err := range s.Scores(ctx) {
			if err != nil {
				return err
			}
			n++
		}
		queue, err := s.Queue(ctx)
		if n != large || len(queue.Items) != 50 {
			t.Errorf("%d scores, %d documents in the queue", n, len(queue.Items))
		}
		return err
	})
	var times []time.Duration
	for i := range 101 {
		began := time.Now()
		if _, err := s.Judge(ctx, label("", id(2*i+1), "bug")); err != nil {
			t.Fatal(err)
		}
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	t.Logf("a judgment: median %v, longest %v; should take less than 20ms", times[50], times[100])
	if times[50] > 80*time.Millisecond {
		t.Errorf("a judgment takes %v", times[50])
	}
	took(t, "all judgments", time.Second, func() error {
		if n := len(all(t, s.Judgments(ctx))); n != large/2+101 {
			t.Errorf("%d judgments", n)
		}
		return nil
	})
	took(t, "all documents", 2*time.Second, func() error {
		if n := len(all(t, s.Documents(ctx))); n != large {
			t.Errorf("%d documents", n)
		}
		return nil
	})
	took(t, "a check of all", 10*time.Second, func() error { return s.Verify(ctx) })
}

func BenchmarkSession(b *testing.B) {
	dir := filled(b, large)
	ctx := context.Background()
	open := func(b *testing.B) *Session {
		s, err := OpenSession(ctx, dir)
		if err != nil {
			b.Fatal(err)
		}
		return s
	}
	s := open(b)
	defer s.Close()
	n := 0
	for name, do := range map[string]func() error{
		"Counts": func() error { _, err := s.Counts(ctx); return err },
		"Queue":  func() error { _, err := s.Queue(ctx); return err },
		"Judge":  func() error { n++; _, err := s.Judge(ctx, label("", id(n%large), "bug")); return err },
		"Scores": func() error {
			for _, err := range s.Scores(ctx) {
				if err != nil {
					return err
				}
			}
			return nil
		},
		"Open": func() error { return open(b).Close() },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
