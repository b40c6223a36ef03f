package datasets

import (
	"reflect"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
)

func TestIndex(t *testing.T) {
	var x Index
	for _, doc := range []corpus.Document{
		{ID: "a", Text: "one"}, {ID: "b", Text: "one"}, {ID: "c", Text: "Ann met", Words: []string{"Ann", "met"}},
		{ID: "d", Text: "Ann  met", Words: []string{"Ann", "met"}}, {ID: "e", Words: []string{"Ann", "met"}}, {ID: "f", Words: []string{"Ann met"}},
	} {
		x.Add(doc)
	}
	for _, test := range []struct {
		doc  corpus.Document
		want []int
	}{
		{corpus.Document{ID: "a"}, []int{0}},
		{corpus.Document{ID: "b", Text: "one"}, []int{1}},
		{corpus.Document{ID: "z", Text: "one"}, []int{0, 1}},
		{corpus.Document{Text: "one"}, []int{0, 1}},
		{corpus.Document{Text: "two"}, nil},
		{corpus.Document{ID: "z"}, nil},
		{corpus.Document{}, nil},
		{corpus.Document{Words: []string{"Ann", "met"}}, []int{2, 3, 4}},
		{corpus.Document{Text: "Ann  met", Words: []string{"Ann", "met"}}, []int{3}},
		{corpus.Document{Text: "Ann met", Words: []string{"Ann", "met"}}, []int{2, 4}}, // the words alone are shown as this text
		{corpus.Document{Text: "Ann\nmet", Words: []string{"Ann", "met"}}, []int{2, 3, 4}},
		{corpus.Document{Words: []string{"Ann met"}}, []int{5}},
		{corpus.Document{Text: "Ann met"}, []int{2, 4, 5}},
		{corpus.Document{ID: "e", Text: "Ann met"}, []int{4}},
	} {
		if got, err := x.Find(test.doc); err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%+v: %v, %v; want %v", test.doc, got, err, test.want)
		}
	}
	for want, doc := range map[string]corpus.Document{
		`the ID "a" is that of another text`:                {ID: "a", Text: "two"},
		`the ID "c" is that of a document with other words`: {ID: "c", Words: []string{"Ann met"}},
	} {
		if got, err := x.Find(doc); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v, %v", want, got, err)
		}
	}
	if got, err := new(Index).Find(corpus.Document{ID: "a", Text: "one"}); got != nil || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}
