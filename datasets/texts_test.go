package datasets

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
)

// described are documents in short: ID, text or words, and label.
func described(docs []corpus.Judged) string {
	var out []string
	for _, doc := range docs {
		s := doc.ID + ": " + doc.Text
		if doc.Words != nil {
			s += fmt.Sprintf(" %q", doc.Words)
		}
		if j := doc.Judgment; j != nil {
			s += " → " + string(j.Verdict) + " " + j.Class
			for _, span := range j.Spans {
				s += fmt.Sprintf("[%d,%d %s]", span.Start, span.End, span.Type)
			}
			if j.Flagged {
				s += " flagged: " + j.Note
			}
		}
		if doc.Test {
			s += " (test)"
		}
		out = append(out, s)
	}
	return strings.Join(out, "\n")
}

func TestPoolInEveryFormat(t *testing.T) {
	type partly struct {
		ID    string  `parquet:"id"`
		Text  string  `parquet:"text"`
		Label *string `parquet:"label,optional"`
	}
	bug := "bug"
	want := "a: It \"crashed\",\nagain → label bug\nb: How do I…?\nc: Füße"
	csv := "id,text,label\na,\"It \"\"crashed\"\",\nagain\",bug\nb,How do I…?,\nc,F\x00üße, \n"
	for name, content := range map[string]string{
		"f.csv": csv,
		"g.csv": strings.ReplaceAll("\ufeff"+csv, "\n", "\r\n"),
		"f.jsonl": `{"id":"a","text":"It \"crashed\",\nagain","label":"bug"}` + "\n\n" + `{"id":"b","text":"How do I…?","label":null}` + "\n" +
			`{"id":"c","text":"F\u0000üße","more":[1]}`,
		"late.ndjson": `{"id":"a","text":"It \"crashed\",\nagain","label":"bug"}` + "\r\n" + `{"text":"How do I…?","id":"b"}` + "\n" +
			`{"label":"","id":"c","text":"Füße"}` + "\n",
		"f.parquet": parquetOf(t, partly{"a", "It \"crashed\",\nagain", &bug}, partly{"b", "How do I…?", nil}, partly{"c", "F\x00üße", nil}),
	} {
		path := filepath.Join(put(t, map[string]string{name: content}), name)
		pool, err := Texts{Pool: path}.LoadPool(t.Context())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := described(pool.Docs); got != want || !reflect.DeepEqual(pool.Classes, []string{"bug"}) || pool.Origin != path || pool.Spans {
			t.Errorf("%s: %s\n%+v", name, got, pool)
		}
	}
	dir := put(t, map[string]string{
		"pool/b.txt": "two", "pool/a.txt": "\ufeffone", "pool/bug/1.txt": "three", "pool/.x/1.txt": "no", "pool/c.md": "no", "pool/.d.txt": "no",
		"tabs.tsv": "text\tid\none\ta\ntwo\tb\n", "untitled.csv": "text\none\none\ntwo\n",
	})
	for want, source := range map[string]Texts{
		"a: one\nb: two\nbug/1: three → label bug": {Pool: filepath.Join(dir, "pool")},
		"a: one\nb: two\nbug/1: three":             {Pool: filepath.Join(dir, "pool"), Label: NoLabel},
		"a: one\nb: two":                           {Pool: filepath.Join(dir, "tabs.tsv")},
		"7692c3ad3540bb80: one\n7692c3ad3540bb80-2: one\n3fc4ccfe745870e2: two": {Pool: filepath.Join(dir, "untitled.csv")},
		"7692c3ad3540bb80: one\n3fc4ccfe745870e2: two":                          {Pool: filepath.Join(dir, "tabs.tsv"), ID: NoID},
	} {
		pool, err := source.LoadPool(t.Context())
		if err != nil {
			t.Errorf("%+v: %v", source, err)
			continue
		}
		if got := described(pool.Docs); got != want {
			t.Errorf("%+v:\n%s", source, got)
		}
	}
	if name := corpus.PoolSource(Texts{}).Name(); name != "texts" {
		t.Error(name)
	}
}

func TestLabeledAndTest(t *testing.T) {
	dir := put(t, map[string]string{
		"pool.csv":     "id,text,label\n1,one,\n2,two,b\n3,three,\n4,one,\n5, ,\n",
		"labeled.csv":  "id,text,label\n1,one,a\n9,three,c\n8,eight,a\n2,two,b\n7,two,c\n6,two,a\n10,eight,b\n",
		"anyid.csv":    "text,label\none,a\none,b\none,a\ntwo,b\neight,c\n",
		"other.csv":    "id,text,label\n1,another,a\n",
		"none.csv":     "text,label\none,\n",
		"test.csv":     "id,text,label\n21,one,a\n22,new,d\n",
		"clash.csv":    "id,text,label\n2,new,a\n",
		"unmarked.csv": "id,text,label\n21,new,\n",
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, test := range []struct {
		name, want, wantTest, origin string
		source                       Texts
	}{{
		"IDs and texts",
		"1: one → label a\n2: two → label b flagged: labeled \"c\" in " + at("labeled.csv") + ", line 6\n3: three → label c\n4: one\n" +
			"8: eight → label a flagged: labeled \"b\" in " + at("labeled.csv") + ", line 8",
		"21: one → label a (test)\n22: new → label d (test)",
		at("pool.csv") + ", with labels of 7 documents in " + at("labeled.csv") + ", 5 of them in the pool before and, as test split, " +
			at("test.csv") + " (1 documents with nothing to read were left out; 1 texts of the pool repeat another; " +
			"2 have two labels, of which the first was taken; they are flagged; 1 test texts are in the pool, too)",
		Texts{Pool: at("pool.csv"), Labeled: at("labeled.csv"), Test: at("test.csv")},
	}, {
		"texts alone", // the third "one" says what the first did
		"1: one → label a\n2: two → label b\n3: three\n4: one → label b\nae6f4b5b4f5ea9a1: eight → label c", "", "",
		Texts{Pool: at("pool.csv"), Labeled: at("anyid.csv")},
	}, {
		"the pool's labels left alone", "1: one → label a\n2: two → label b\n3: three\n4: one → label b\nae6f4b5b4f5ea9a1: eight → label c", "", "",
		Texts{Pool: at("pool.csv"), Labeled: at("anyid.csv"), Label: NoLabel},
	}} {
		pool, err := test.source.LoadPool(t.Context())
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		got, want := described(pool.Docs), test.want
		if i := strings.LastIndex(want, "\n"); strings.Contains(want, "ae6f4b5b4f5ea9a1") { // whatever "eight" hashes to
			var ids corpus.IDMaker
			want = want[:i+1] + strings.Replace(want[i+1:], "ae6f4b5b4f5ea9a1", ids.ID("eight"), 1)
		}
		if got != want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, got, want)
		}
		if test.wantTest != "" && (described(pool.Test) != test.wantTest || !reflect.DeepEqual(pool.Classes, []string{"a", "b", "c", "d"})) {
			t.Errorf("%s:\n%s\n%q", test.name, described(pool.Test), pool.Classes)
		}
		if test.origin != "" && pool.Origin != test.origin {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, pool.Origin, test.origin)
		}
	}
	for want, source := range map[string]Texts{
		at("other.csv") + `, line 2: the ID "1" is that of another text`:                                 {Labeled: at("other.csv")},
		at("none.csv") + ": none of its documents has a label":                                           {Labeled: at("none.csv")},
		at("clash.csv") + `, line 2: the ID "2" has come up in ` + at("pool.csv") + ", line 3; IDs must": {Test: at("clash.csv")},
		at("unmarked.csv") + ", line 2: it has no label, which documents of the test split need":         {Test: at("unmarked.csv")},
		at("pool.csv") + `, line 3: the label "b" is none of the classes ["a" "c"]`:                      {Classes: []string{"a", "c"}},
		at("labeled.csv") + `, line 3: the label "c" is none of the classes ["a" "b"]`:                   {Classes: []string{"a", "b"}, Labeled: at("labeled.csv")},
		`the classes are ["a" "a"]; one is empty, or comes up twice`:                                     {Classes: []string{"a", "a"}},
		at("pool.csv") + `: there is no column "topic" for the label; the first line names ["id" "text"`: {Label: "topic"},
		at("pool.csv") + `: there is no column "headline" for the text`:                                  {Text: "headline"},
		at("pool.csv") + `: there is no column "key" for the ID`:                                         {ID: "key"},
		at("pool.csv") + ": a column can't hold the labels of words":                                     {Spans: true, Label: "label"},
		"no such file":                      {Test: at("nothing.csv")},
		`the encoding "klingon" is unknown`: {Encoding: "klingon"},
		at("nothing.xlsx") + `: the name ends in ".xlsx"; files that can be read end in .csv`:                {Labeled: at("nothing.xlsx")},
		at("labeled.csv") + ": none of its documents has a label; those of words are read from JSON lines, ": {Spans: true, Labeled: at("labeled.csv")},
	} {
		source.Pool = at("pool.csv")
		if _, err := source.LoadPool(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if _, err := (Texts{}).LoadPool(t.Context()); err == nil || !strings.Contains(err.Error(), "Pool names no file") {
		t.Error(err)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Texts{Pool: at("pool.csv")}).LoadPool(stopped); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestPoolOfWords(t *testing.T) {
	dir := put(t, map[string]string{
		"f.jsonl": `{"id":"1","text":"👩‍🚀 Ann met שלום.","spans":[{"start":4,"end":7,"type":"PER"}]}` + "\n" +
			`{"id":"2","text":"no one","spans":[]}` + "\n" + `{"id":"3","text":"later","tags":["travel","news"]}` + "\n" +
			`{"id":"4","words":["New York","is"],"tags":["S-LOC","O"]}` + "\n" + `{"id":"5","words":["Bob"],"spans":[{"start":0,"end":1,"type":"PER"}]}` + "\n" +
			`{"id":"6","text":"don't\u0000 go","words":["do","n't","go"],"spans":[{"start":7,"end":9,"type":"X"}]}` + "\n" + `{"id":"7","text":" \u200b"}`,
		"one.conll":    "Ann\nmet\n\nBob\n",
		"two.conll":    "-DOCSTART- O\n\nAnn I-PER\nmet O\n\nBob O\n",
		"four.txt":     "1 Ann NNP B-PER\n2 met VBD O\n",
		"raw.csv":      "text\nAnn met.\n",
		"folder/a.txt": "Ann\nmet",
		"both.jsonl":   `{"words":["Ann","met"],"tags":["O","B-ORG"]}` + "\n" + `{"words":["Cy"],"tags":["O"]}`,
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	var ids corpus.IDMaker
	annMet, bob, cy, sentence := ids.ID("Ann met"), ids.ID("Bob"), ids.ID("Cy"), ids.ID("Ann met.")
	for _, test := range []struct {
		want   string
		source Texts
	}{
		{`1: 👩‍🚀 Ann met שלום. ["👩\u200d🚀" "Ann" "met" "שלום" "."] → label [1,2 PER]` + "\n" + `2: no one ["no" "one"] → label ` + "\n" +
			`3: later ["later"]` + "\n" + `4:  ["New York" "is"] → label [0,1 LOC]` + "\n" + `5:  ["Bob"] → label [0,1 PER]` + "\n" +
			`6: don't go ["do" "n't" "go"] → label [2,3 X]`, Texts{Pool: at("f.jsonl")}},
		{annMet + `:  ["Ann" "met"]` + "\n" + bob + `:  ["Bob"]`, Texts{Pool: at("one.conll")}},
		{annMet + `:  ["Ann" "met"] → label [0,1 PER]` + "\n" + bob + `:  ["Bob"] → label `, Texts{Pool: at("two.conll")}},
		{annMet + `:  ["Ann" "met"]` + "\n" + bob + `:  ["Bob"]`, Texts{Pool: at("two.conll"), Label: NoLabel}},
		{annMet + `:  ["Ann" "met"] → label [0,1 PER]`, Texts{Pool: at("four.txt"), Text: "2", Label: "4"}},
		{sentence + `: Ann met. ["Ann" "met" "."]`, Texts{Pool: at("raw.csv")}},
		{"a: Ann\nmet " + `["Ann" "met"]`, Texts{Pool: at("folder")}},
		{annMet + `:  ["Ann" "met"] → label [1,2 ORG]` + "\n" + bob + `:  ["Bob"]` + "\n" + cy + `:  ["Cy"] → label `, Texts{Pool: at("one.conll"), Labeled: at("both.jsonl")}},
		{annMet + `:  ["Ann" "met"] → label [0,1 PER] flagged: labeled otherwise in ` + at("both.jsonl") + ", line 1\n" + bob + `:  ["Bob"] → label ` + "\n" +
			cy + `:  ["Cy"] → label `, Texts{Pool: at("two.conll"), Labeled: at("both.jsonl")}},
	} {
		want, source := test.want, test.source
		source.Spans = true
		pool, err := source.LoadPool(t.Context())
		if err != nil {
			t.Errorf("%+v: %v", source, err)
			continue
		}
		if got := described(pool.Docs); got != want || !pool.Spans {
			t.Errorf("%+v:\n%s\nwant\n%s", source, got, want)
		}
	}
	pool, err := Texts{Pool: at("f.jsonl"), Test: at("two.conll"), Spans: true}.LoadPool(t.Context())
	if err != nil || !reflect.DeepEqual(pool.Classes, []string{"LOC", "PER", "X"}) || len(pool.Test) != 2 || !strings.Contains(pool.Origin, "(1 documents with nothing to read") {
		t.Errorf("%+v, %v", pool, err)
	}
	for _, test := range []struct {
		name, content, want string
		change              func(*Texts)
	}{
		{"f.jsonl", `{"text":"Ann"}` + "\n" + `{"text":"Bobby","spans":[{"start":0,"end":3,"type":"PER"}]}`, `f.jsonl, line 2: span 1, from 0 to 3, of type "PER": character 3 is not where a word ends`, nil},
		{"f.jsonl", `{"id":7,"text":"a b","spans":[{"start":0,"end":1,"type":"X"},{"start":0,"end":3,"type":"X"}]}`, `line 1 (document "7"): span 2, from 0 to 3, of type "X": it overlaps span 1`, nil},
		{"f.jsonl", `{"text":"a","spans":{}}`, `line 1: "spans" is not a list of`, nil},
		{"f.jsonl", `{"text":"a","spans":[{"start":0,"type":"X"}]}`, `"spans": span 1 has no "start" or no "end"`, nil},
		{"f.jsonl", `{"words":["a","b"],"tags":["O"]}`, `there are 2 "words" and 1 "tags"`, nil},
		{"f.jsonl", `{"words":["a",""]}`, `word 2 is empty`, nil},
		{"f.jsonl", `{"words":"a b"}`, `"words" is not a list of texts`, nil},
		{"f.jsonl", `{"words":["a",null]}`, `"words" is not a list of texts`, nil},
		{"f.jsonl", `{"words":[]}`, `there are no "words"`, nil},
		{"f.jsonl", `{"words":["a"],"tags":["PER"]}`, `the tag "PER" of word 1 is neither O`, nil},
		{"f.jsonl", `{"words":["a"],"tags":["O"],"spans":[]}`, `there are both "tags" and "spans"`, nil},
		{"f.jsonl", `{"words":["a"],"text":"b"}`, `word 1, "a", is not in the text`, nil},
		{"f.jsonl", `{"words":["a"],"spans":[{"start":0,"end":2,"type":"X"}]}`, `the span [0, 2) of type "X" overlaps`, nil},
		{"f.jsonl", `{"words":["a"]}` + "\n{}", `line 2: "text" is missing`, nil},
		{"f.jsonl", `{"title":"a"}`, "which column holds the text?", nil},
		{"f.jsonl", `{"text":"a"}`, `leave Label empty`, func(s *Texts) { s.Label = "label" }},
		{"f.jsonl", "\n", "f.jsonl, which is empty", nil},
		{"f.jsonl", "nonsense", "f.jsonl, line 1: it is not a JSON object", nil},
		{"f.jsonl", `{"text":"\u200b"}`, "none with anything to read", nil},
		{"f.jsonl", `{"id":"","text":"a"}`, "line 1: the ID is empty", nil},
		{"f.conll", "a O\n\nb PER\n", `f.conll, in the document that begins in line 3: the tag "PER"`, nil},
		{"f.conll", "a\n\nb O\n", "f.conll, line 3: it has 2 columns, the lines before it have 1", nil},
		{"f.conll", "a\tO\nb\t\n", "f.conll, line 2: the tag is empty", nil},
		{"f.conll", "a\n\xff\n", "f.conll, line 2: it is not valid UTF-8", nil},
		{"f.conll", "a O\n", `f.conll, which is read as CoNLL for its name's ending: Text is "text", not the number of a column`, func(s *Texts) { s.Text = "text" }},
		{"f.conll", "a O\n", "it has no IDs", func(s *Texts) { s.ID = "id" }},
		{"f.conll", "a O\n", "it has 2 columns; the word is to stand in column 1, the tag in column 7", func(s *Texts) { s.Label = "7" }},
		{"f.conll", "a\tB-LOC\n", `line 1: the label "LOC" is none of the classes ["PER"]`, func(s *Texts) { s.Classes = []string{"PER"} }},
	} {
		path := filepath.Join(put(t, map[string]string{test.name: test.content}), test.name)
		source := Texts{Pool: path, Spans: true}
		if test.change != nil {
			test.change(&source)
		}
		if pool, err := source.LoadPool(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: want %q, got %v, %+v", test.content, test.want, err, pool)
		}
	}
}

// 100,000 texts are read in seconds.
func TestLargePool(t *testing.T) {
	var lines strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&lines, `{"text":"Ticket %d: the printer in room %d of Ann's office doesn't print, again, since %d.","label":null}`+"\n", i, i%97, i)
	}
	path := filepath.Join(put(t, map[string]string{"f.jsonl": lines.String()}), "f.jsonl")
	for _, spans := range []bool{false, true} {
		start := time.Now()
		pool, err := Texts{Pool: path, Spans: spans}.LoadPool(t.Context())
		if err != nil || len(pool.Docs) != 100_000 {
			t.Fatalf("%v", err)
		}
		t.Logf("spans %t: %v", spans, time.Since(start).Round(time.Millisecond))
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("it took %v", took)
		}
	}
}

func FuzzTexts(f *testing.F) {
	f.Add(`{"text":"Ann met","spans":[{"start":0,"end":3,"type":"PER"}]}`+"\n", true)
	f.Add(`{"id":1,"words":["a","b"],"tags":["B-X","I-X"]}`+"\n"+`{"id":2,"text":"a\u0000b","spans":[]}`, true)
	f.Add(`{"text":"x","label":"a"}`+"\n"+`{"text":"y","label":1}`, false)
	f.Add(`{"text":[],"label":{}}`+"\n\nnull\n", false)
	f.Fuzz(func(t *testing.T, content string, spans bool) {
		path := filepath.Join(put(t, map[string]string{"f.jsonl": content}), "f.jsonl")
		pool, err := Texts{Pool: path, Spans: spans}.LoadPool(t.Context())
		if err != nil {
			if !strings.Contains(err.Error(), path) {
				t.Errorf("the error doesn't name the file: %v", err)
			}
			return
		}
		seen := make(map[string]bool)
		for _, doc := range pool.Docs {
			if doc.ID == "" || seen[doc.ID] || strings.Contains(doc.Text, "\x00") || spans && len(doc.Words) == 0 {
				t.Errorf("%+v", doc)
			}
			seen[doc.ID] = true
			if doc.Judgment == nil {
				continue
			}
			if err := corpus.CheckSpans(len(doc.Words), doc.Judgment.Spans); err != nil {
				t.Error(err)
			}
		}
	})
}
