package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/helpers/nb"
)

// chosen is a line of the command's output.
type chosen struct {
	ID    json.RawMessage
	Score *float64
	Rank  int
}

// choose runs the command and reads what it writes.
func choose(t *testing.T, c choice) (rows []chosen, said string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	if c.out == "" {
		c.out = "-"
	}
	if err := c.run(t.Context(), &out, &errs); err != nil {
		return nil, errs.String(), err
	}
	for line := range strings.Lines(out.String()) {
		var row chosen
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		rows = append(rows, row)
	}
	return rows, errs.String(), nil
}

// The documents of the tests below, and the labeled ones.
var (
	poolWords    = strings.Fields("the quick brown fox jumps over lazy dogs while ferry boats sail to islands in summer rain")
	labeledTexts = []string{"a fox", "the dogs and the ferry", "rain in summer", "islands", "lazy boats jump", "to sail"}
)

func somePool(n int) (docs []corpus.Document) {
	for i := range n {
		words := make([]string, 1+i%11)
		for j := range words {
			words[j] = poolWords[(i*7+j*j*(1+i%3))%len(poolWords)]
		}
		docs = append(docs, corpus.Document{ID: fmt.Sprintf("doc-%d", i), Words: words})
	}
	return docs
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// What comes out is what package query proposes.
func TestQueryIsPropose(t *testing.T) {
	classifier, err := model.Load(t.Context(), tinyFolder, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer classifier.Close()
	tagger, err := model.LoadTagger(t.Context(), taggerFolder, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer tagger.Close()
	const top = 7
	asked := make(map[string]bool)
	for _, m := range []struct {
		folder string
		model  any
		words  bool
	}{{tinyFolder, classifier, false}, {taggerFolder, tagger, true}} {
		docs := somePool(60)
		var labeled []query.Labeled
		var rows, gold []string
		for i, doc := range docs {
			if !m.words {
				docs[i] = corpus.Document{ID: doc.ID, Text: strings.Join(doc.Words, " ")}
				rows = append(rows, fmt.Sprintf(`{"id":%q,"text":%s}`, doc.ID, asJSON(t, docs[i].Text)))
			} else {
				rows = append(rows, fmt.Sprintf(`{"id":%q,"words":%s}`, doc.ID, asJSON(t, doc.Words)))
			}
		}
		for i, text := range labeledTexts {
			l := query.Labeled{Document: corpus.Document{ID: fmt.Sprintf("gold-%d", i)}}
			if m.words {
				l.Words = strings.Fields(text)
				l.Spans = []corpus.Span{{Start: 0, End: 1, Type: []string{"PER", "LOC"}[i%2]}}
				labels := fmt.Sprintf(`"tags":%s`, asJSON(t, corpus.Tags(len(l.Words), l.Spans)))
				if i%3 == 0 {
					labels = fmt.Sprintf(`"spans":%s`, asJSON(t, l.Spans))
				}
				gold = append(gold, fmt.Sprintf(`{"id":%q,"words":%s,%s}`, l.ID, asJSON(t, l.Words), labels))
			} else {
				l.Text, l.Class = text, i%3+1
				gold = append(gold, fmt.Sprintf(`{"id":%q,"text":%q,"label":%q}`, l.ID, text, classifier.Classes()[l.Class]))
			}
			labeled = append(labeled, l)
		}
		in, labels := writeRows(t, rows...), writeRows(t, gold...)
		for _, strategy := range query.All() {
			if query.Check(strategy, m.model) != nil {
				continue
			}
			asked[strategy.Name()] = true
			t.Run(filepath.Base(m.folder)+" "+strategy.Name(), func(t *testing.T) {
				want, err := query.Propose(t.Context(), strategy, query.Request{
					Docs: docs, Labeled: labeled, Model: m.model, Budget: query.Docs(top), Key: keyed.Key{Seed: 3, Purpose: "query"},
				})
				if err != nil {
					t.Fatal(err)
				}
				got, said, err := choose(t, choice{model: m.folder, strategy: strategy.Name(), in: in, labeled: labels, seed: 3, top: top})
				if err != nil || len(got) != top || !strings.HasPrefix(said, "model: ") || strings.Contains(said, "query:") {
					t.Fatalf("%d rows, %v; it said %s", len(got), err, said)
				}
				for i, position := range want.Positions {
					if string(got[i].ID) != `"`+docs[position].ID+`"` || got[i].Rank != i+1 {
						t.Errorf("row %d is %s of rank %d, want %s", i, got[i].ID, got[i].Rank, docs[position].ID)
					}
					if (got[i].Score == nil) != (want.Scores == nil) || want.Scores != nil && *got[i].Score != want.Scores[position] {
						t.Errorf("row %d: the score is %v, of %v", i, got[i].Score, want.Scores)
					}
				}
			})
		}
	}
	for _, strategy := range query.All() {
		if !asked[strategy.Name()] {
			t.Errorf("%s suits neither model", strategy.Name())
		}
	}
}

// IDs come out as they came in; those that are made are what other documents of this content have everywhere.
func TestQueryIDs(t *testing.T) {
	in := writeRows(t, `{"text":"a fox"}`, `{"text":"a fox","id":null}`, `{"id":1.50,"text":"a"}`, `{"id":"1.5","text":"b"}`,
		`{"id":true,"text":"c"}`, `{"id":"\u00e9<\"","text":"d"}`, "", `{"text":"fox","id":"a"}`)
	var ids corpus.IDMaker
	want := []string{`"` + ids.ID("a fox") + `"`, `"` + ids.ID("a fox") + `"`, "1.50", `"1.5"`, "true", `"\u00e9<\""`, `"a"`}
	got, said, err := choose(t, choice{model: tinyFolder, strategy: "least-confident", in: in, seed: 1, top: 50})
	if err != nil {
		t.Fatal(err)
	}
	if want := "query: the batch is larger than the pool: --top is 50, and there are 7 documents; all of them are returned\n"; !strings.Contains(said, want) {
		t.Errorf("it said %s", said)
	}
	var found []string
	for i, row := range got {
		found = append(found, string(row.ID))
		if i > 0 && *row.Score > *got[i-1].Score {
			t.Errorf("row %d has a higher score than the one before it", i)
		}
	}
	slices.Sort(found)
	if slices.Sort(want); !slices.Equal(found, want) {
		t.Errorf("the IDs are %s, want %s", found, want)
	}

	words := writeRows(t, `{"words":["a","fox"]}`)
	got, _, err = choose(t, choice{model: taggerFolder, strategy: "mnlp", in: words, top: 1})
	if err != nil || len(got) != 1 || string(got[0].ID) != want[slices.Index(want, `"`+new(corpus.IDMaker).ID("a fox")+`"`)] {
		t.Errorf("got %v, %v", got, err)
	}
}

// A mistake is a sentence, said before the weights are read where that is possible, and nothing is written.
func TestQueryMistakesAreSentences(t *testing.T) {
	texts, words := writeRows(t, `{"text":"a"}`), writeRows(t, `{"words":["a"]}`)
	classify := func(change func(*choice)) choice {
		c := choice{model: tinyFolder, strategy: "least-confident", in: texts, top: 1}
		change(&c)
		return c
	}
	tag := func(change func(*choice)) choice {
		c := choice{model: taggerFolder, strategy: "mnlp", in: words, top: 1}
		change(&c)
		return c
	}
	missing := filepath.Join(t.TempDir(), "no", "file")
	for want, c := range map[string]choice{
		`query: there is no strategy "lc"; there are badge, bald, cal, coreset, entropy, kmeans, least-confident, mahalanobis, ` +
			`margin, mnlp, random, token-entropy, typiclust, viterbi`: classify(func(c *choice) { c.strategy = "lc" }),
		"query: --top is 0; it is a number of documents, at least 1":                   classify(func(c *choice) { c.top = 0 }),
		"query: --max-tokens is -1":                                                    classify(func(c *choice) { c.maxTokens = -1 }),
		"query: --number is -1":                                                        classify(func(c *choice) { c.number = -1 }),
		"query: mahalanobis compares with labeled documents; give them with --labeled": classify(func(c *choice) { c.strategy = "mahalanobis" }),
		"query: coreset compares":                                                      tag(func(c *choice) { c.strategy = "coreset" }),
		"query: cal compares":                                                          classify(func(c *choice) { c.strategy = "cal" }),
		"only one of --in and --labeled can be":                                        classify(func(c *choice) { c.in, c.labeled = "-", "-" }),
		"which is a folder; give a file's name":                                        classify(func(c *choice) { c.out = t.TempDir() }),
		"there is no folder " + filepath.Dir(missing):                                  classify(func(c *choice) { c.out = missing }),
		"query: open " + missing:                                                       classify(func(c *choice) { c.in = missing }),
		"query: open " + missing + ": no such":                                         classify(func(c *choice) { c.labeled = missing }),
		"strategy mnlp: the model *model.Classifier gives no tags; for a classifier there are least-confident":                    classify(func(c *choice) { c.strategy = "mnlp" }),
		"strategy bald: the model *model.Tagger can't predict with dropout left on (" + taggerFolder + " is a model for tagging)": tag(func(c *choice) { c.strategy = "bald" }),
		`line 1 has no "text"`:                                 classify(func(c *choice) { c.in = words }),
		`line 1 has no "words" but a "text"`:                   tag(func(c *choice) { c.in = texts }),
		"that can be used, and cal compares with labeled ones": classify(func(c *choice) { c.strategy, c.labeled = "cal", writeRows(t) }),
	} {
		if c.out == "" {
			c.out = filepath.Join(t.TempDir(), "out")
		}
		if _, _, err := choose(t, c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
		if info, err := os.Stat(c.out); err == nil && !info.IsDir() {
			t.Errorf("%q: there is an output", want)
		}
	}
}

// Bad rows among good ones: an error with the line, or skipped.
func TestQueryBadRows(t *testing.T) {
	type rows map[string]string
	for _, test := range []struct {
		what, folder, strategy, good string
		labeled                      bool
		bad                          rows
	}{
		{"texts", tinyFolder, "random", `{"id":"x","text":"a"}`, false, rows{
			`{"text":3}`:                `has a "text" that is no string`,
			`{"id":"x","text":"b"}`:     `has the ID "x" of line 1; IDs must differ`,
			`{"id":{"n":1},"text":"b"}`: `has an "id" that is neither a string nor a number: "{\"n\":1}"`,
			`{"id":[1],"text":"b"}`:     `has an "id" that is neither`,
			`{"id":"","text":"b"}`:      `has an empty "id"; leave it out`,
		}},
		{"words", taggerFolder, "random", `{"id":7,"words":["a"]}`, false, rows{
			`{"words":[]}`:             `has no words`,
			`{"id":"7","words":["b"]}`: `has the ID "7" of line 1`,
		}},
		{"labels", tinyFolder, "cal", `{"id":"x","text":"a","label":"b"}`, true, rows{
			`{"text":"b"}`:                      `has no "label"`,
			`{"text":"b","label":"e"}`:          `has the label "e"; the model's are ["a" "b" "c" "d"]`,
			`{"text":"b","label":1}`:            `has the label "1"; the model's are`,
			`{"text":"b","label":["a"]}`:        `has a "label" that is not one class`,
			`{"text":"b","label":null}`:         `has a "label" that is not one class: "null"`,
			`{"id":"x","text":"b","label":"a"}`: `has the ID "x" of line 1`,
			`{"label":"a"}`:                     `has no "text"`,
		}},
		{"tags", taggerFolder, "mahalanobis", `{"words":["a","b"],"tags":["I-PER","O"]}`, true, rows{
			`{"words":["b"]}`:                                            `has neither "tags" nor "spans"`,
			`{"words":["b"],"tags":["O"],"spans":[]}`:                    `has "tags" and "spans"; give one of them`,
			`{"words":["b"],"tags":["O","O"]}`:                           "has 1 words and 2 tags",
			`{"words":["b"],"tags":"O"}`:                                 `has "tags" that are no list of strings`,
			`{"words":["b"],"tags":null}`:                                `has "tags" that are no list of strings: "null"`,
			`{"words":["b"],"tags":["PER"]}`:                             `has "tags" that are no spans: the tag "PER" of word 1 is neither`,
			`{"words":["b"],"tags":["B-ORG"]}`:                           `has a span of the type "ORG"; the model's tags are ["O" "B-LOC"`,
			`{"words":["b"],"spans":[{"start":0,"end":2,"type":"PER"}]}`: `has "spans" that don't fit: the span [0, 2)`,
			`{"words":["b"],"spans":[{"start":0,"end":1,"type":"X"}]}`:   `has a span of the type "X"`,
			`{"words":["b"],"spans":[7]}`:                                `has "spans" that are no list of`,
		}},
	} {
		t.Run(test.what, func(t *testing.T) {
			c := choice{model: test.folder, strategy: test.strategy, top: 5}
			all := []string{test.good}
			give := func(lines ...string) {
				path := writeRows(t, lines...)
				if c.in = path; test.labeled {
					c.labeled, c.in = path, writeRows(t, `{"text":"a fox","words":["a","fox"]}`)
				}
			}
			for row, want := range test.bad {
				all = append(all, row)
				give(test.good, row)
				if _, _, err := choose(t, c); err == nil || !strings.Contains(err.Error(), "rows.jsonl, line 2 "+want) {
					t.Errorf("%s: want %q, got %v", row, want, err)
				}
			}
			c.skipBad = true
			give(all...)
			got, said, err := choose(t, c)
			if err != nil || len(got) != 1 {
				t.Errorf("%d rows, %v", len(got), err)
			}
			if n := strings.Count(said, "(skipped)"); n != len(test.bad) {
				t.Errorf("%d of %d bad rows are reported: %s", n, len(test.bad), said)
			}
		})
	}
}

// The program: standard input and a file as output, its notes, and labels from a pipe.
func TestQueryProgram(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.jsonl")
	labels := writeRows(t, `{"text":"a fox","label":"a"}`, `{"text":"rain","label":"b"}`)
	cmd := program("query", "--model", tinyFolder, "--strategy", "coreset", "--labeled", labels, "--top", "2", "--out", out)
	cmd.Stdin = strings.NewReader(someRows(40) + `{"id":"known","text":"a fox"}`)
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if want := "query: 1 of the documents to choose from are among the labeled ones, too;"; !strings.Contains(string(said), want) {
		t.Errorf("it said %s", said)
	}
	if got := string(readFile(t, out)); strings.Count(got, "\n") != 2 || strings.Count(got, `,"score":null,"rank":`) != 2 || strings.Contains(got, "text") {
		t.Errorf("got %s", got)
	}
	piped := program("query", "--model", tinyFolder, "--strategy", "coreset", "--in", writeRows(t, someRows(40), `{"id":"known","text":"a fox"}`), "--labeled", "-", "--top", "2")
	piped.Stdin = bytes.NewReader(readFile(t, labels))
	if got, err := piped.Output(); err != nil || string(got) != string(readFile(t, out)) {
		t.Errorf("with labels from a pipe: %s, %v", got, err)
	}
}

func TestQueryIsInterrupted(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.jsonl")
	cmd := program("query", "--model", tinyFolder, "--strategy", "bald", "--in", writeRows(t, someRows(100_000)), "--top", "10", "--out", out)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timeout := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer timeout.Stop()
	// Progress is told of after two seconds, by when documents are being read.
	said, buffer := "", make([]byte, 4096)
	for !strings.Contains(said, " documents/s") {
		n, err := stderr.Read(buffer)
		if said += string(buffer[:n]); err != nil {
			t.Fatalf("it ended: %v: %s", err, said)
		}
	}
	interrupted := time.Now()
	cmd.Process.Signal(syscall.SIGINT)
	err = cmd.Wait()
	var exit *exec.ExitError
	if took := time.Since(interrupted); !errors.As(err, &exit) || exit.ExitCode() != nb.InterruptedCode || took > 1200*time.Millisecond {
		t.Errorf("%v after the interrupt: %v", took, err)
	}
	if left, err := os.ReadDir(filepath.Dir(out)); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
