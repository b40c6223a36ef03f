package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
)

func TestFoldersThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	_, err := OpenSession(t.Context(), dir)
	if says(t, err, dir, "holds no session"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
	if _, err := OpenSession(t.Context(), filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
	if left := names(t, dir); len(left) > 0 {
		t.Errorf("opening made %q", left)
	}
	create := func() error { return CreateSession(t.Context(), dir, []byte("{}"), texts(1)) }
	path := filepath.Join(dir, sessionFile)
	for _, beside := range []string{"-wal", "-journal"} {
		os.WriteFile(path+beside, []byte("x"), 0o644)
		says(t, create(), path+beside, "may hold labels")
		os.Remove(path + beside)
	}
	for content, want := range map[string]string{
		"":                        "is a database, but not a session's",
		strings.Repeat("x", 4096): "is not a session's database",
	} {
		os.WriteFile(path, []byte(content), 0o644)
		says(t, create(), dir, "holds a session already")
		_, err := OpenSession(t.Context(), dir)
		says(t, err, path, want)
		if raw, _ := os.ReadFile(path); string(raw) != content {
			t.Errorf("the file holds %.20q now", raw)
		}
		os.Remove(path)
	}
	os.Mkdir(path, 0o755)
	_, err = OpenSession(t.Context(), dir)
	says(t, err, path, "is not a file")
	os.Remove(path)

	os.Mkdir(filepath.Join(dir, temporary+"1"), 0o755) // of one that was killed
	if err := create(); err != nil {
		t.Fatal(err)
	}
	if left := names(t, dir); !reflect.DeepEqual(left, []string{sessionFile}) {
		t.Errorf("in the folder: %q", left)
	}
	says(t, create(), dir, "holds a session already")
	file := filepath.Join(dir, "file")
	os.WriteFile(file, nil, 0o644)
	says(t, CreateSession(t.Context(), file, []byte("{}"), texts(1)), file)
}

func TestPoolsThatAreRefused(t *testing.T) {
	for want, change := range map[string]func(pool *corpus.Pool){
		"has no documents":                                            func(p *corpus.Pool) { p.Docs = nil },
		"document 2 of the pool has no ID":                            func(p *corpus.Pool) { p.Docs[1].ID = "" },
		`two documents with the ID "doc-0"`:                           func(p *corpus.Pool) { p.Docs[1].ID = "doc-0" },
		`test split has two documents`:                                func(p *corpus.Pool) { p.Test[1].ID = "test-0" },
		`document "doc-2" of the pool: "\xff"`:                        func(p *corpus.Pool) { p.Docs[2].Text = "\xff" },
		`names the class "bug" twice`:                                 func(p *corpus.Pool) { p.Classes[1] = "bug" },
		"a class needs a name":                                        func(p *corpus.Pool) { p.Classes[1] = " " },
		`"b\x00" is not UTF-8, or holds U+0000`:                       func(p *corpus.Pool) { p.Classes[1] = "b\x00" },
		`document "test-1": there is no class "none"`:                 func(p *corpus.Pool) { p.Test[1].Judgment.Class = "none" },
		`document "test-0": the verdict ""`:                           func(p *corpus.Pool) { p.Test[0].Judgment.Verdict = "" },
		`document "doc-0" of the pool: it has no words; leave it out`: func(p *corpus.Pool) { p.Spans = true },
		`document "doc-1" of the pool: word 2 is empty`: func(p *corpus.Pool) {
			*p = *words(3)
			p.Docs[1].Words = []string{"a", ""}
		},
		`document "doc-1" of the pool: corpus: word 1, "Ann", is not in the text`: func(p *corpus.Pool) {
			*p = *words(3)
			p.Docs[1].Text = "Bob"
		},
		`document "doc-1": the span [4, 6)`: func(p *corpus.Pool) {
			*p = *words(3)
			p.Docs[1].Judgment = &corpus.Judgment{Verdict: corpus.Labeled, Spans: []corpus.Span{{Start: 4, End: 6, Type: "PER"}}}
		},
	} {
		dir := filepath.Join(t.TempDir(), "s")
		pool := texts(3)
		change(pool)
		says(t, CreateSession(t.Context(), dir, []byte("{}"), pool), dir, want)
		if left := names(t, dir); len(left) > 0 {
			t.Errorf("%s left %q", want, left)
		}
	}
	says(t, CreateSession(t.Context(), t.TempDir(), []byte("{"), texts(1)), "not JSON")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	err := CreateSession(cancelled, dir, []byte("{}"), texts(1))
	if left := names(t, dir); !errors.Is(err, context.Canceled) || len(left) > 0 {
		t.Errorf("%v; left: %q", err, left)
	}
}

func TestManyMakeOneSession(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "s")
	const many = 8
	errs := make(chan error, many)
	for range many {
		go func() { errs <- CreateSession(context.Background(), dir, []byte("{}"), texts(50)) }()
	}
	made := 0
	for range many {
		if err := <-errs; err == nil {
			made++
		} else {
			says(t, err, dir, "already")
		}
	}
	if made != 1 {
		t.Errorf("%d made a session", made)
	}
	if left := names(t, dir); !reflect.DeepEqual(left, []string{sessionFile}) {
		t.Errorf("in the folder: %q", left)
	}
}
