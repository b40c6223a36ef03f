package alnb

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/store"
)

// repeating is a pool in which texts come up again, nearly.
type repeating struct{ N int }

func (repeating) Name() string { return "repeating" }

func (r repeating) LoadPool(context.Context) (*corpus.Pool, error) {
	pool := &corpus.Pool{Name: "repeating", Classes: []string{"A", "B"}}
	const long = "the quick brown fox jumps over the lazy dog and looks for another one to jump over while the first sleeps on "
	for _, doc := range []corpus.Document{
		{ID: "a", Text: "One text."}, {ID: "b", Text: long + "Monday"}, {ID: "c", Text: "ONE  text."}, {ID: "d", Text: "Alone."},
		{ID: "e", Text: long + "Tuesday"}, {ID: "f", Text: "one text."}, {ID: "g", Text: "a test"},
	}[:r.N] {
		pool.Docs = append(pool.Docs, corpus.Judged{Document: doc})
	}
	pool.Test = []corpus.Judged{{
		Document: corpus.Document{ID: "t", Text: "One text."}, Test: true, Judgment: &corpus.Judgment{Verdict: corpus.Labeled, Class: "A"},
	}}
	return pool, nil
}

func TestTwins(t *testing.T) {
	config := tickets()
	config.Pool = repeating{7}
	dir := t.TempDir()
	path := filepath.Join(dir, twinsFile)
	want := [][]string{{"a", "c", "f"}, {"b", "e"}}
	for i, there := range [][]byte{nil, nil, []byte("{"), []byte(`{"fingerprint": "another session's", "groups": [["a", "b"]]}`)} {
		s := created(t, dir, config)
		if there != nil {
			if err := os.WriteFile(path, there, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if got := must(s.Twins(t.Context())); !reflect.DeepEqual(got, want) {
				t.Errorf("%d: %q; want %q", i, got, want)
			}
		}
		if raw, err := os.ReadFile(path); err != nil || string(raw) == string(there) {
			t.Errorf("%d: %s, %v", i, raw, err)
		}
	}
	s := created(t, dir, config)
	if got := must(s.TwinsOf(t.Context(), "d")); got != nil {
		t.Errorf("%v", got)
	}
	must(s.Label(t.Context(), store.Judging{Document: "c", Judgment: corpus.Judgment{Verdict: corpus.Labeled, Class: "B"}}))
	got := must(s.TwinsOf(t.Context(), "a"))
	if len(got) != 2 || got[0].ID != "c" || got[0].Judgment == nil || got[0].Judgment.Class != "B" || got[1].ID != "f" || got[1].Judgment != nil {
		t.Errorf("%+v", got)
	}
}
