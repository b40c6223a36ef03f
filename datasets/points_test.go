package datasets

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/alnb/alnb/alnb/corpus"
)

func TestSpansCountCodePoints(t *testing.T) {
	text := "👩\u200d🚀 Ann\u2028met e\u0301tienne in תל אביב."
	doc := corpus.Document{Text: text, Words: corpus.Segments(text)}
	spans := []corpus.Span{{Start: 0, End: 1, Type: "EMOJI"}, {Start: 1, End: 2, Type: "PER"}, {Start: 3, End: 4, Type: "PER"}, {Start: 5, End: 7, Type: "LOC"}}
	// What Python's len and slices count.
	want := []mark{{0, 3, "EMOJI"}, {4, 7, "PER"}, {12, 20, "PER"}, {24, 31, "LOC"}}
	marks, err := marksOf(doc, spans)
	if err != nil || !reflect.DeepEqual(marks, want) {
		t.Fatalf("%v, %v, of %q", marks, err, doc.Words)
	}
	shuffled := []mark{want[2], want[0], want[3], want[1]}
	if got, err := spansOf(text, doc.Words, shuffled); err != nil || !reflect.DeepEqual(got, spans) {
		t.Errorf("%v, %v", got, err)
	}
	// U+0000 is dropped from what is stored, and counts in what was given.
	given := "\x00A\x00nn \x00Lee\x00"
	got, err := spansOf(given, []string{"Ann", "Lee"}, []mark{{1, 5, "PER"}, {7, 10, "PER"}})
	if err != nil || !reflect.DeepEqual(got, []corpus.Span{{Start: 0, End: 1, Type: "PER"}, {Start: 1, End: 2, Type: "PER"}}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestWrongSpansAreSentences(t *testing.T) {
	text := "Ann Lee met Bob"
	for want, marks := range map[string][]mark{
		`span 1, from 1 to 3, of type "PER": character 1 is not where a word begins; the words around it are ["Ann" "Lee"]`: {{1, 3, "PER"}},
		`span 2, from 4 to 8, of type "PER": character 8 is not where a word ends`:                                          {{0, 3, "PER"}, {4, 8, "PER"}},
		`span 1, from 2 to 7, of type "B": it overlaps span 2`:                                                              {{2, 7, "B"}, {0, 3, "A"}},
		`span 1, from 12 to 16, of type "PER": the text has 15 characters`:                                                  {{12, 16, "PER"}},
		`span 1, from 3 to 3, of type "PER": it is empty`:                                                                   {{3, 3, "PER"}},
		`span 1, from -1 to 3, of type "PER": it is empty, or begins before the text`:                                       {{-1, 3, "PER"}},
		`it has no type`: {{0, 3, ""}},
		`from 4611686018427387904 to 4611686018427387905, of type "PER": the text has 15 characters`: {{1 << 62, 1<<62 + 1, "PER"}},
	} {
		if got, err := spansOf(text, corpus.Segments(text), marks); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v, %v", want, got, err)
		}
	}
	if _, err := spansOf("", nil, []mark{{0, 1, "A"}}); err == nil {
		t.Error("a span in no text was taken")
	}
	if _, err := spansOf("ab", []string{"x"}, nil); err == nil || !strings.Contains(err.Error(), `word 1, "x", is not in the text`) {
		t.Errorf("%v", err)
	}
}

// hostile are what texts from elsewhere have in them.
var hostile = []string{
	"a", "B", "word", "42", " ", "  ", "\n", "\r\n", "\r", "\t", "\"", "'", ",", ";", "|", "=1+1", "#", "# x=1", "-DOCSTART-", "\\", `\n`,
	"\u2028", "\u2029", "\u0085", "\u00a0", "\u200b", "\u200d", "\u200e", "\u202e", "\ufeff", "\ufe0f", "\ufffd", "\ufffe", "\U0010ffff",
	"👩\u200d🚀", "👨\u200d👩\u200d👧\u200d👦", "👍🏽", "🇩🇪", "e\u0301", "\u0301", "n\u0303\u0323", "שלום", "مرحبا", "漢字", "カタ", "ไทย", "ß", "İ",
	"<script>alert(1)</script>", "&amp;", "{\"a\":[]}", "null", "O", "B-PER", "\x01", "\x7f", strings.Repeat("long", 500),
}

func hostileText(random *rand.Rand) string {
	var text strings.Builder
	for range random.IntN(14) {
		text.WriteString(hostile[random.IntN(len(hostile))])
	}
	return text.String()
}

func randomSpans(random *rand.Rand, words int) []corpus.Span {
	var spans []corpus.Span
	for at := random.IntN(3); at < words; at += random.IntN(4) {
		end := min(words, at+1+random.IntN(3))
		spans = append(spans, corpus.Span{Start: at, End: end, Type: []string{"PER", "a type", "=X", "\"quoted\"", "ת", "B-I"}[random.IntN(6)]})
		at = end
	}
	return spans
}

func TestSpansAndBack(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	for range 20000 {
		text := hostileText(random)
		doc := corpus.Document{Text: text, Words: corpus.Segments(text)}
		spans := randomSpans(random, len(doc.Words))
		marks, err := marksOf(doc, spans)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		points := []rune(text)
		offsets, err := corpus.Offsets(text, doc.Words)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range marks {
			from, to := offsets[spans[i].Start][0], offsets[spans[i].End-1][1]
			if string(points[m.Start:m.End]) != text[from:to] || m.Start != utf8.RuneCountInString(text[:from]) {
				t.Fatalf("%q: %v of the words %q became %v", text, spans[i], doc.Words, m)
			}
		}
		random.Shuffle(len(marks), func(i, j int) { marks[i], marks[j] = marks[j], marks[i] })
		back, err := spansOf(text, doc.Words, marks)
		if err != nil || len(back) != len(spans) || len(spans) > 0 && !reflect.DeepEqual(back, spans) {
			t.Fatalf("%q: %v, %v; want %v", text, back, err, spans)
		}
	}
}
