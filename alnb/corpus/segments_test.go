package corpus

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

func TestSegments(t *testing.T) {
	for text, want := range map[string][]string{
		"":                               nil,
		" \t\r\n\u00a0\u2028\u3000":      nil,
		"Ann Lee, of the U.N.":           {"Ann", "Lee", ",", "of", "the", "U.N", "."},
		"can't pay 3,000.50 €":           {"can't", "pay", "3,000.50", "€"},
		"e\u0301te\u0301 ok":             {"e\u0301te\u0301", "ok"}, // combining marks
		"👩\u200d🚀👍🏽 up":                  {"👩\u200d🚀", "👍🏽", "up"},
		"שלום עולם":                      {"שלום", "עולם"},
		"a \u200f b":                     {"a", "b"}, // a mark of direction sticks to the space before it
		"a \u0301b":                      {"a", "\u0301", "b"},
		"\u200f\u200b\ufeff\ufe0f\u00ad": nil,
		"\u0600 ١":                       {"\u0600", "١"}, // a number sign is seen
		"one\u2028two\u0085three":        {"one", "two", "three"},
		"漢字":                             {"漢", "字"},
	} {
		if got := Segments(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%+q: %+q, want %+q", text, got, want)
		}
	}
}

// Words are found where they stood, whatever the text: between them is only what isn't seen.
func TestSegmentsAreFoundAgain(t *testing.T) {
	pieces := []string{"a", "Ab", "1", ".", "'", " ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u2028", "\u0301", "\u200d", "\u200f",
		"\u200b", "\ufe0f", "\ufeff", "👩", "🏽", "🇩🇪", "ש", "漢", "カ", "\u0600", "_", "-", "…", "\u0085", "\u00ad"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		var text strings.Builder
		for range random.IntN(12) {
			text.WriteString(pieces[random.IntN(len(pieces))])
		}
		words := Segments(text.String())
		offsets, err := Offsets(text.String(), words)
		if err != nil {
			t.Fatalf("%+q: %v", text.String(), err)
		}
		end := 0
		for i, o := range append(offsets, [2]int{text.Len(), text.Len()}) {
			if gap := text.String()[end:o[0]]; visible(strings.Join(strings.Fields(gap), "")) {
				t.Fatalf("%+q: before word %d of %+q stands %+q", text.String(), i+1, words, gap)
			}
			end = o[1]
		}
	}
}
