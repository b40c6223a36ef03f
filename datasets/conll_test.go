package datasets

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
)

func TestCoNLL(t *testing.T) {
	want := []corpus.Tagged{
		{Words: []string{"Ann", "Lee", "met", "UN\u00a0staff"}, Spans: []corpus.Span{{Start: 0, End: 2, Type: "PER"}, {Start: 3, End: 4, Type: "ORG"}}},
		{Words: []string{"Zürich", "#"}, Spans: []corpus.Span{{Start: 0, End: 1, Type: "LOC"}}},
	}
	four := "-DOCSTART- -X- O O\n\nAnn NNP I-NP I-PER\nLee NNP I-NP I-PER\nmet VBD I-VP O\nUN\u00a0staff NN I-NP I-ORG\n\n\nZürich NNP I-NP I-LOC\n# : O O"
	for name, test := range map[string]struct {
		content string
		source  CoNLL
	}{
		"four columns":     {four, CoNLL{}},
		"CRLF and mark":    {"\ufeff" + strings.ReplaceAll(four, "\n", "\r\n") + "\r\n\r\n", CoNLL{}},
		"two, tabs, IOBES": {"Ann\tB-PER\nLee\tE-PER\nmet\tO\nUN\u00a0staff\tS-ORG\n \nZürich\tS-LOC\n#\tO\n", CoNLL{}},
		"a new article without a blank line, comments": {"# id 1 domain=en\nAnn NNP I-PER\nLee NNP I-PER\nmet VBD O\nUN\u00a0staff NN I-ORG\n-DOCSTART- -X- O\nZürich NNP I-LOC\n# : O\n", CoNLL{}},
		"declared columns": {"B-PER 1 Ann\nI-PER 2 Lee\nO 3 met\nB-ORG 4 UN\u00a0staff\n\nB-LOC 1 Zürich\nO 2 #\n", CoNLL{Word: 3, Tag: 1}},
		"Latin-1, BILOU":   {"Ann B-PER\nLee L-PER\nmet O\nUN\xa0staff U-ORG\n\nZ\xfcrich U-LOC\n# O\n", CoNLL{Encoding: Latin1}},
		"U+0000 in a word": {"A\x00nn B-PER\nLee I-PER\nmet O\nUN\u00a0staff B-ORG\n\nZürich B-LOC\n# O\n", CoNLL{}},
	} {
		path := filepath.Join(put(t, map[string]string{"train.conll": test.content}), "train.conll")
		test.source.Train, test.source.Test = path, path
		data, err := test.source.LoadTagged(t.Context())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(data.Types, []string{"LOC", "ORG", "PER"}) || len(data.Train) != 2 || len(data.Test) != 2 {
			t.Errorf("%s: %+v", name, data)
			continue
		}
		if !strings.Contains(data.Origin, "2 test texts are training texts, too") {
			t.Errorf("%s: %s", name, data.Origin)
		}
		for i, doc := range data.Train {
			if !reflect.DeepEqual(doc.Words, want[i].Words) || !reflect.DeepEqual(doc.Spans, want[i].Spans) || doc.ID == "" {
				t.Errorf("%s: document %d is %+v, want %+v", name, i, doc, want[i])
			}
		}
	}
}

func TestMistakesInCoNLLAreSentences(t *testing.T) {
	for want, test := range map[string]struct {
		content string
		source  CoNLL
	}{
		"f.conll: there are no documents in it":                                           {"-DOCSTART- O\n\n", CoNLL{}},
		"f.conll, line 3: it has 3 columns, the lines before it have 2":                   {"Ann B-PER\n\nLee X B-PER\n", CoNLL{}},
		"f.conll, line 1: the word and its tag are to stand in one column, 1":             {"Ann\n", CoNLL{}},
		"line 1: it has 2 columns; the word is to stand in column 1, the tag in column 5": {"Ann O\n", CoNLL{Tag: 5}},
		`in the document that begins in line 3: the tag "PER" of word 2 is neither O`:     {"a O\n\nb O\nc PER\n", CoNLL{}},
		"f.conll, line 2: it is not valid UTF-8; convert the file to UTF-8":               {"a O\n\xfc O\n", CoNLL{}},
		`has a span of the type "LOC"; the types are ["PER"]`:                             {"a B-LOC\n", CoNLL{Types: []string{"PER"}}},
		"f.conll, line 1: it has a carriage return within it":                             {"Ann B-PER\rLee I-PER\r", CoNLL{}},
		"line 1: the word is empty, or only U+0000":                                       {"\x00 O\n", CoNLL{}},
		"no such file": {"a O\n", CoNLL{Test: "/no/such/file"}},
	} {
		path := filepath.Join(put(t, map[string]string{"f.conll": test.content}), "f.conll")
		test.source.Train = path
		if test.source.Test == "" {
			test.source.Test = path
		}
		if _, err := test.source.LoadTagged(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func FuzzCoNLL(f *testing.F) {
	f.Add("-DOCSTART- -X- O O\n\nAnn NNP I-NP I-PER\nLee NNP I-NP B-PER\n\n")
	f.Add("a S-X\r\nb E-Y\r\nc L-Y\r\n")
	f.Add("a\tB-\n")
	f.Fuzz(func(t *testing.T, content string) {
		for doc, err := range (CoNLL{}).parse(strings.NewReader(content)) {
			if err != nil {
				return
			}
			if err := corpus.CheckSpans(len(doc.Words), doc.Spans); err != nil || len(doc.Words) == 0 {
				t.Fatalf("%+v: %v", doc, err)
			}
			again, err := corpus.Spans(corpus.Tags(len(doc.Words), doc.Spans))
			if err != nil || !reflect.DeepEqual(again, doc.Spans) {
				t.Fatalf("%v became %v, %v", doc.Spans, again, err)
			}
		}
	})
}

func TestTabsKeepSpacesInWords(t *testing.T) {
	for doc, err := range (CoNLL{}).parse(strings.NewReader("New York\t\tB-LOC\n \tx\tO\n")) {
		if err == nil && !reflect.DeepEqual(doc.Words, []string{"New York"}) || err != nil && !strings.Contains(err.Error(), "line 2: the word is empty") {
			t.Errorf("%+v, %v", doc, err)
		}
	}
}
