package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
)

// texts is a pool of n texts, with classes and a test split of two.
func texts(n int) *corpus.Pool {
	pool := &corpus.Pool{Name: "tickets", Origin: "tickets.csv, made up", Classes: []string{"bug", "question", "praise"}}
	for i := range n {
		doc := corpus.Document{ID: id(i), Text: fmt.Sprintf("It crashed %d times.", i)}
		pool.Docs = append(pool.Docs, corpus.Judged{Document: doc})
	}
	for i, class := range pool.Classes[:2] {
		pool.Test = append(pool.Test, corpus.Judged{
			Document: corpus.Document{ID: fmt.Sprintf("test-%d", i), Text: "It froze."}, Test: true,
			Judgment: &corpus.Judgment{Verdict: corpus.Labeled, Class: class},
		})
	}
	return pool
}

func id(i int) string { return fmt.Sprintf("doc-%d", i) }

// words is a pool of n documents of five words each.
func words(n int) *corpus.Pool {
	pool := &corpus.Pool{Name: "news", Origin: "news.conll, made up", Spans: true, Classes: []string{"PER", "LOC"}}
	for i := range n {
		doc := corpus.Document{ID: id(i), Words: strings.Fields("Ann met Bob in Rome")}
		pool.Docs = append(pool.Docs, corpus.Judged{Document: doc})
	}
	return pool
}

// begin makes a session and opens it, with each kind of journal in turn; in the end it must be in order.
func begin(t *testing.T, pool *corpus.Pool, test func(t *testing.T, s *Session)) {
	t.Helper()
	for _, journal := range journals() {
		t.Run(journal, func(t *testing.T) {
			s := made(t, journal, pool)
			test(t, s)
			if err := s.Verify(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func journals() []string { return []string{"wal", "delete"} }

// made makes a session and opens it.
func made(t *testing.T, journal string, pool *corpus.Pool) *Session {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a session?#%41")
	if err := MakeDir(dir); err != nil {
		t.Fatal(err)
	}
	if err := createSession(t.Context(), dir, journal, migrations(), []byte(`{"seed": 1}`), pool); err != nil {
		t.Fatal(err)
	}
	return reopen(t, dir, journal)
}

func reopen(t *testing.T, dir, journal string) *Session {
	t.Helper()
	s, err := openSession(t.Context(), dir, journal, migrations())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// kind is the kind of journal that a test which begin runs is about.
func kind(t *testing.T) string { return path.Base(t.Name()) }

// all collects a sequence.
func all[T any](t *testing.T, seq iter.Seq2[T, error]) (out []T) {
	t.Helper()
	for one, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, one)
	}
	return out
}

// says tells whether an error is a sentence of the package that holds all of these.
func says(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error; want one that says %q", parts)
		return
	}
	for _, part := range append(parts, "store: ") {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error is %q; it doesn't say %q", err, part)
		}
	}
}

func TestSessionComesBack(t *testing.T) {
	pool := texts(page + 10)
	for i, text := range []string{
		"", "<script>alert('x')</script>", "שלום עולם", "مرحبا\u200f 👩‍👩‍👧‍👦🏳️‍🌈", "a\x00b", "'; DROP TABLE documents; --",
		"\u2028\ufeff\n\r\t ",
		strings.Repeat("long ", 100_000),
	} {
		pool.Docs[i].Text = text
	}
	pool.Docs[3].Words = []string{"<b>", "\u2028", "👩‍👩‍👧‍👦"}
	pool.Docs[9].ID = "id ' \" ? % 👍"
	pool.Docs[8].ID, pool.Test[0].ID = "both", "both"
	at := time.Date(2020, 2, 29, 23, 59, 59, 123456000, time.UTC)
	pool.Docs[1].Judgment = &corpus.Judgment{
		Verdict: corpus.Labeled, Class: "bug", Note: "n", Annotator: "Ann", At: at, Flagged: true,
	}
	pool.Docs[2].Judgment = &corpus.Judgment{Verdict: corpus.Skipped}
	begin(t, pool, func(t *testing.T, s *Session) {
		about, err := s.About(t.Context())
		if err != nil || time.Since(about.Created).Abs() > time.Hour {
			t.Errorf("%+v, %v", about, err)
		}
		about.Created = time.Time{}
		if want := (SessionInfo{Name: pool.Name, Origin: pool.Origin, Pool: len(pool.Docs), Test: 2}); about != want {
			t.Errorf("%+v; want %+v", about, want)
		}
		docs := all(t, s.Documents(t.Context()))
		if len(docs) != len(pool.Docs)+2 {
			t.Fatalf("%d documents", len(docs))
		}
		for i, doc := range docs {
			want := append(pool.Docs[:len(pool.Docs):len(pool.Docs)], pool.Test...)[i]
			if doc.Number != i || doc.Test != (i >= len(pool.Docs)) || !reflect.DeepEqual(doc.Document, want.Document) {
				t.Errorf("document %d is %.200v", i, doc)
			}
		}
		for _, want := range []StoredDocument{docs[9], docs[8], docs[len(docs)-1]} { // "both" is the pool's
			if doc, err := s.Document(t.Context(), want.ID); err != nil || !reflect.DeepEqual(doc, want) {
				t.Errorf("%+v, %v; want %+v", doc, err, want)
			}
		}
		_, err = s.Document(t.Context(), "none")
		says(t, err, s.dir, `document "none"`, "has no document with this ID")

		judged := all(t, s.Judgments(t.Context()))
		if len(judged) != 4 || !reflect.DeepEqual(judged[0].Judgment, *pool.Docs[1].Judgment) ||
			!reflect.DeepEqual(judged[1].Judgment, *pool.Docs[2].Judgment) || judged[2].Document != "both" || !judged[2].Test ||
			judged[3].Class != "question" || judged[3].Number != len(docs)-1 {
			t.Errorf("judgments that came with documents: %+v", judged)
		}

		if string(s.Config()) != `{"seed": 1}` {
			t.Errorf("the configuration is %s", s.Config())
		}
		says(t, s.SetConfig(t.Context(), []byte("{")), s.dir, "not JSON")
		if err := s.SetConfig(t.Context(), []byte(`{"seed": 2}`)); err != nil || string(s.Config()) != `{"seed": 2}` {
			t.Errorf("%s, %v", s.Config(), err)
		}
		var journal string
		if err := s.write.QueryRow("PRAGMA journal_mode").Scan(&journal); err != nil || journal != kind(t) {
			t.Errorf("the journal is of the kind %s, %v", journal, err)
		}
		if again := reopen(t, s.dir, journal); string(again.Config()) != `{"seed": 2}` {
			t.Errorf("opened again, the configuration is %s", again.Config())
		}
		for pragma, want := range map[string]int{"synchronous": 3, "foreign_keys": 1, "user_version": len(migrations())} {
			var got int
			if err := s.write.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s is %d, %v; want %d", pragma, got, err, want)
			}
		}
		if left := names(t, s.dir); strings.Contains(strings.Join(left, " "), temporary) {
			t.Errorf("left in the folder: %q", left)
		}
	})
}

func TestIterationsStop(t *testing.T) {
	begin(t, texts(2*page), func(t *testing.T, s *Session) {
		n := 0
		for doc, err := range s.Documents(t.Context()) {
			if n++; err != nil || n == 3 {
				break
			}
			if _, err := s.Judge(t.Context(), label("", doc.ID, "bug")); err != nil { // in the middle of reading
				t.Error(err)
			}
		}
		for range s.Judgments(t.Context()) {
			n++
			break
		}
		if n != 4 {
			t.Errorf("%d steps", n)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, err := range s.Documents(ctx) {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
			n++
		}
		if _, err := s.Judge(ctx, label("", id(0), "bug")); !errors.Is(err, context.Canceled) || n != 5 {
			t.Errorf("%v, %d", err, n)
		}
	})
}
