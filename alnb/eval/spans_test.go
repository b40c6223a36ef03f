package eval

import (
	"compress/gzip"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
)

type seqevalFixture struct {
	Code   map[string]string
	Types  []string
	Groups []struct {
		WellFormed bool `json:"well_formed"`
		Pairs      [][2]string
		Entities   []string
		Overall    [4]float64
		PerType    map[string][4]float64 `json:"per_type"`
	}
}

func seqevalGroups(t *testing.T) seqevalFixture {
	f, err := os.Open("testdata/seqeval.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var fixture seqevalFixture
	if err := json.NewDecoder(unzipped).Decode(&fixture); err != nil {
		t.Fatal(err)
	}
	return fixture
}

func (f seqevalFixture) tags(coded string) []string {
	tags := make([]string, len(coded))
	for i := range coded {
		tags[i] = f.Code[coded[i:i+1]]
	}
	return tags
}

func row(s SpanScore) [4]float64 { return [4]float64{s.Precision, s.Recall, s.F1, float64(s.Support)} }

func TestSpansAreSeqevals(t *testing.T) {
	fixture := seqevalGroups(t)
	sequences := 0
	for g, group := range fixture.Groups {
		var sides [2][][]string
		for i, pair := range group.Pairs {
			for side, coded := range pair {
				tags := fixture.tags(coded)
				sides[side] = append(sides[side], tags)
				found := chunks([][]string{tags})
				var got []string
				for _, c := range found {
					got = append(got, strconv.Itoa(slices.Index(fixture.Types, c.kind)), strconv.Itoa(c.first), strconv.Itoa(c.last))
				}
				if want := group.Entities[2*i+side]; strings.Join(got, " ") != want {
					t.Errorf("group %d: %q: spans %v, want %s", g, tags, found, want)
				}
				sequences++
			}
		}
		scores, err := ScoreSpans(sides[0], sides[1])
		if err != nil {
			t.Fatal(err)
		}
		perType := make(map[string][4]float64)
		for kind, s := range scores.PerType {
			perType[kind] = row(s)
		}
		if row(scores.SpanScore) != group.Overall || !maps.Equal(perType, group.PerType) {
			t.Errorf("group %d:\ngot  %v %v\nwant %v %v", g, scores.SpanScore, perType, group.Overall, group.PerType)
		}
		if group.WellFormed {
			if precision, recall, f1 := conlleval(t, sides[0], sides[1]); [3]float64{precision, recall, f1} != [3]float64(group.Overall[:3]) {
				t.Errorf("group %d: as conlleval counts: %v %v %v, want %v", g, precision, recall, f1, group.Overall)
			}
		}
	}
	if sequences != 10000 {
		t.Errorf("compared %d sequences", sequences)
	}
}

// What documents give one by one is what they give together, also where tags are malformed.
func TestTalliesAreSeqevals(t *testing.T) {
	fixture := seqevalGroups(t)
	var sides [2][][]string
	for _, group := range fixture.Groups {
		for _, pair := range group.Pairs {
			gold, predicted := fixture.tags(pair[0]), fixture.tags(pair[1])
			if !slices.ContainsFunc(slices.Concat(gold, predicted), func(tag string) bool { return !strings.Contains("OBI", tag[:1]) }) {
				sides[0], sides[1] = append(sides[0], gold), append(sides[1], predicted)
			}
		}
	}
	tallies, err := TallySpans(sides[0], sides[1])
	if err != nil {
		t.Fatal(err)
	}
	scores, err := ScoreSpans(sides[0], sides[1])
	if total := Total(tallies).SpanScore(); err != nil || total != scores.SpanScore || total.Support < 1000 {
		t.Errorf("the documents' tallies give %+v, want %+v, %v", total, scores.SpanScore, err)
	}
}

// conlleval counts spans as the shared tasks' script does, one document at a time.
func conlleval(t *testing.T, gold, predicted [][]string) (precision, recall, f1 float64) {
	var right, golds, predictions float64
	for i := range gold {
		want, err := corpus.Spans(gold[i])
		if err != nil {
			t.Fatal(err)
		}
		got, err := corpus.Spans(predicted[i])
		if err != nil {
			t.Fatal(err)
		}
		golds, predictions = golds+float64(len(want)), predictions+float64(len(got))
		for _, span := range got {
			if slices.Contains(want, span) {
				right++
			}
		}
	}
	precision, recall = right/predictions, right/golds
	return precision, recall, 2 * precision * recall / (precision + recall)
}

func TestSpanScoresAtTheEdges(t *testing.T) {
	for _, test := range []struct {
		name            string
		gold, predicted [][]string
		want            string
	}{
		{"no documents", nil, nil, `{"precision":0,"recall":0,"f1":0,"support":0,"per_type":{}}`},
		{"no words", [][]string{{}}, [][]string{nil}, `{"precision":0,"recall":0,"f1":0,"support":0,"per_type":{}}`},
		{"only in predictions", [][]string{{"O", "O"}}, [][]string{{"O", "B-A"}},
			`{"precision":0,"recall":0,"f1":0,"support":0,"per_type":{"A":{"precision":0,"recall":0,"f1":0,"support":0}}}`},
		{"right", [][]string{{"B-A"}, {"B-A", "I-A"}}, [][]string{{"B-A"}, {"I-A", "I-A"}},
			`{"precision":1,"recall":1,"f1":1,"support":2,"per_type":{"A":{"precision":1,"recall":1,"f1":1,"support":2}}}`},
	} {
		scores, err := ScoreSpans(test.gold, test.predicted)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := json.Marshal(scores); string(got) != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestUnequalTagsAreErrors(t *testing.T) {
	for _, test := range []struct {
		gold, predicted [][]string
		want            string
	}{
		{[][]string{{"O"}}, nil, "gold tags of 1 documents, predicted tags of 0"},
		{[][]string{{"O"}, {"O", "O"}}, [][]string{{"O"}, {"O"}}, "document 2 has 2 gold tags, and 1 predicted"},
		{[][]string{{"O"}, {"O", ""}}, [][]string{{"O"}, {"O", "O"}}, "gold: the tag of word 2 of document 2 is empty"},
		{[][]string{{"O"}}, [][]string{{""}}, "predicted: the tag of word 1 of document 1 is empty"},
	} {
		_, ofAll := ScoreSpans(test.gold, test.predicted)
		_, ofEach := TallySpans(test.gold, test.predicted)
		for _, err := range []error{ofAll, ofEach} {
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want %q, got %v", test.want, err)
			}
		}
	}
}
