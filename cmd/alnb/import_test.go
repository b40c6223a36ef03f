package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/datasets"
	"github.com/alnb/alnb/helpers/naivebayes"
)

func written(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// sessionAbout is a new session about a file's documents.
func sessionAbout(t *testing.T, pool datasets.Texts) string {
	t.Helper()
	config := alnb.SessionConfig{Pool: pool, Model: naivebayes.Model{Smoothing: 0.1}}
	if pool.Spans {
		config.Model, config.Tagger = nil, learner.TaggerModel(model.PretrainedTagger("tiny"))
	}
	dir := filepath.Join(t.TempDir(), "session")
	s, err := alnb.CreateSession(t.Context(), dir, config)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func judgedIn(t *testing.T, dir string) string {
	t.Helper()
	s, err := alnb.OpenSession(t.Context(), dir, registry())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var said []string
	for doc, err := range s.Judged(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if j := doc.Judgment; j != nil {
			label := string(j.Verdict) + j.Class
			for _, span := range j.Spans {
				label += " " + span.Type
			}
			said = append(said, doc.ID+"="+label)
		}
	}
	return strings.Join(said, ",")
}

func TestImport(t *testing.T) {
	texts := written(t, "pool.jsonl", `{"id":"a","text":"one"}
{"id":"b","text":"two"}
{"id":"c","text":"two"}
{"id":"d","text":"three"}
`)
	words := written(t, "pool.conll", "Ann\nmet\nBob\n\nRome\nfell\n")
	for name, test := range map[string]struct {
		spans         bool
		file, content string
		arguments     []string
		want          string // what is judged then
		says          string // at the first time, on standard error
	}{
		"JSON lines": {file: "f.jsonl", content: `{"id":"d","label":"A"}
{"text":"two","label":"B"}

{"text":"two","label":"A"}
{"id":"a","text":"one","verdict":"skip"}
{"id":"a","text":"one"}
{"id":"t","text":"of the test split","label":"A","test":true}
`, want: "a=skip,b=labelB,c=labelA,d=labelA", says: "4 of 4 labels are new\nimport: 1 documents of the test split"},
		"Label Studio": {file: "f.json", content: `[{"data":{"text":"one"},"annotations":[{"result":[{"type":"choices","value":{"choices":["B"]}}]}]}]`,
			want: "a=labelB", says: "1 of 1"},
		"CoNLL": {spans: true, file: "f.conll", content: "Rome B-LOC\nfell O\n\nAnn B-PER\nmet O\nBob B-PER\n",
			want: "1=label PER PER,2=label LOC", says: "2 of 2"},
		"an unknown document": {file: "f.jsonl", content: `{"id":"a","label":"A"}
{"id":"z","text":"zero","label":"A"}
`, says: `f.jsonl, line 2: the session has no document "z"`},
		"an unknown text":  {file: "f.json", content: `[{"data":{"text":"x"},"annotations":[{"result":[{"type":"choices","value":{"choices":["B"]}}]}]}]`, says: "f.json, task 1: the session has no document with this content"},
		"an unknown words": {spans: true, file: "f.conll", content: "Rome B-LOC\nfell O\n\nAnn O\nmet O\n", says: "f.conll, line 4: the session has no document with"},
		"another text":     {file: "f.jsonl", content: `{"id":"a","text":"two","label":"A"}`, says: `line 1: the ID "a" is that of another text`},
		"an unknown class": {file: "f.jsonl", content: `{"id":"a","label":"C"}`, says: `line 1: the session has no class "C"; add it`},
		"a broken line":    {file: "f.jsonl", content: "{", arguments: []string{"--skip-bad"}, says: "line 1: it is not a JSON object"},
		"skipped": {file: "f.jsonl", content: `{"id":"z","label":"A"}
{"id":"a","label":"C"}
{"id":"b","label":"B"}
`, arguments: []string{"--skip-bad"}, want: "b=labelB", says: "1 of 1 labels are new\nimport: 2 bad ones were skipped"},
	} {
		t.Run(name, func(t *testing.T) {
			pool := datasets.Texts{Pool: texts, Classes: []string{"A", "B"}}
			if test.spans {
				pool = datasets.Texts{Pool: words, Spans: true, Classes: []string{"PER", "LOC"}}
			}
			dir := sessionAbout(t, pool)
			in := written(t, test.file, test.content)
			arguments := append([]string{"import", dir, "--in", in}, test.arguments...)
			said, err := program(arguments...).CombinedOutput()
			if (err == nil) != (test.want != "") || !strings.Contains(string(said), test.says) {
				t.Fatalf("%v: %s", err, said)
			}
			got := judgedIn(t, dir)
			if test.spans && got != "" { // IDs are made of the words
				parts := strings.Split(got, ",")
				for i := range parts {
					parts[i] = string(rune('1'+i)) + parts[i][strings.Index(parts[i], "="):]
				}
				got = strings.Join(parts, ",")
			}
			if got != test.want {
				t.Errorf("judged: %q; want %q", got, test.want)
			}
			if test.want == "" {
				return
			}
			if said, err := program(arguments...).CombinedOutput(); err != nil || !strings.Contains(string(said), "import: 0 of") {
				t.Errorf("once more: %v: %s", err, said)
			}
			out := filepath.Join(t.TempDir(), "out"+filepath.Ext(test.file))
			if said, err := program("export", dir, "--out", out, "--format", map[string]string{".jsonl": "jsonl", ".json": "label-studio", ".conll": "jsonl"}[filepath.Ext(out)]).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			if test.spans {
				return
			}
			if said, err := program("import", dir, "--in", out).CombinedOutput(); err != nil || !strings.Contains(string(said), "import: 0 of") {
				t.Errorf("what was exported: %v: %s", err, said)
			}
		})
	}
}
