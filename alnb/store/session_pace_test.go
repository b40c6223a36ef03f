package store

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
)

func TestPace(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "session")
	pool := &corpus.Pool{Name: "pace", Classes: []string{"A", "B"}}
	for _, id := range []string{"1", "2", "3"} {
		pool.Docs = append(pool.Docs, corpus.Judged{Document: corpus.Document{ID: id, Text: id}})
	}
	pool.Docs[2].Judgment = &corpus.Judgment{Verdict: corpus.Labeled, Class: "A", At: time.Now()} // it came with the pool
	if err := CreateSession(t.Context(), dir, []byte("{}"), pool); err != nil {
		t.Fatal(err)
	}
	s, err := OpenSession(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Now()
	for i, at := range []time.Time{now.Add(-2 * time.Hour), now.Add(-30 * time.Minute), now} {
		id := []string{"1", "2", "1"}[i]
		if _, err := s.Judge(t.Context(), Judging{Document: id, Judgment: corpus.Judgment{Verdict: corpus.Labeled, Class: "B", At: at}}); err != nil {
			t.Fatal(err)
		}
	}
	n, first, err := s.Pace(t.Context(), now.Add(-time.Hour))
	if err != nil || n != 2 || first.Sub(now.Add(-30*time.Minute)).Abs() > time.Millisecond {
		t.Errorf("%d since %v, %v", n, first, err)
	}
	if n, first, err := s.Pace(t.Context(), now.Add(time.Hour)); err != nil || n != 0 || !first.IsZero() {
		t.Errorf("%d since %v, %v", n, first, err)
	}
}
