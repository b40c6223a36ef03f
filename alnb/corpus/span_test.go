package corpus

import (
	"reflect"
	"strings"
	"testing"
)

func TestSpansOfEveryScheme(t *testing.T) {
	// Two persons side by side, an organization of one word, a place of three: "Ann Lee Bob met UN in New York City".
	want := []Span{{0, 2, "PER"}, {2, 3, "PER"}, {4, 5, "ORG"}, {6, 9, "LOC"}}
	for scheme, tags := range map[string]string{
		"IOB2":  "B-PER I-PER B-PER O B-ORG O B-LOC I-LOC I-LOC",
		"IOB1":  "I-PER I-PER B-PER O I-ORG O I-LOC I-LOC I-LOC",
		"IOBES": "B-PER E-PER S-PER O S-ORG O B-LOC I-LOC E-LOC",
		"BILOU": "B-PER L-PER U-PER O U-ORG O B-LOC I-LOC L-LOC",
	} {
		if got, err := Spans(strings.Fields(tags)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v", scheme, got, err)
		}
	}
	if got := strings.Join(Tags(9, want), " "); got != "B-PER I-PER B-PER O B-ORG O B-LOC I-LOC I-LOC" {
		t.Errorf("as tags: %s", got)
	}
	// IO can't tell neighbours of one type apart.
	if got, _ := Spans(strings.Fields("I-PER I-PER I-PER O I-ORG I-LOC")); !reflect.DeepEqual(got, []Span{{0, 3, "PER"}, {4, 5, "ORG"}, {5, 6, "LOC"}}) {
		t.Errorf("IO: %v", got)
	}
}

// What conlleval 2.0 counts as chunks for tags that break the rules.
func TestSpansOfIllFormedTags(t *testing.T) {
	for tags, want := range map[string][]Span{
		"I-A B-A I-B": {{0, 1, "A"}, {1, 2, "A"}, {2, 3, "B"}},
		"E-A E-A I-A": {{0, 1, "A"}, {1, 2, "A"}, {2, 3, "A"}},
		"B-A E-A I-A": {{0, 2, "A"}, {2, 3, "A"}},
		"O S-A S-A O": {{1, 2, "A"}, {2, 3, "A"}},
		"B-X-Y I-X-Y": {{0, 2, "X-Y"}},
		"":            nil,
	} {
		if got, err := Spans(strings.Fields(tags)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v; want %v", tags, got, err, want)
		}
	}
	for _, tag := range []string{"", "PER", "B-", "B_PER", "X-PER", "BI-PER", "o"} {
		if got, err := Spans([]string{tag}); err == nil {
			t.Errorf("%q gave %v", tag, got)
		}
	}
}

func TestCheckSpans(t *testing.T) {
	if err := CheckSpans(3, []Span{{0, 1, "A"}, {1, 3, "B"}}); err != nil {
		t.Error(err)
	}
	for _, spans := range [][]Span{{{0, 2, "A"}, {1, 3, "A"}}, {{1, 1, "A"}}, {{2, 4, "A"}}, {{-1, 1, "A"}}, {{0, 1, ""}}} {
		if err := CheckSpans(3, spans); err == nil {
			t.Errorf("%v were taken", spans)
		}
	}
}
