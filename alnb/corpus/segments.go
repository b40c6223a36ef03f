package corpus

import (
	"strings"
	"unicode"

	"github.com/clipperhouse/uax29/v2/words"
)

// Segments returns the words of a raw text: its segments by Unicode's UAX #29, less the white space around them, where
// something is left to see. White space alone is no word, nor are marks of direction, joiners and the like alone.
// [Offsets] finds each where it stood.
func Segments(text string) []string {
	var out []string
	for tokens := words.FromString(text); tokens.Next(); {
		if w := strings.TrimSpace(tokens.Value()); visible(w) {
			out = append(out, w)
		}
	}
	return out
}

// visible tells whether there is a character that shows.
func visible(word string) bool {
	for _, r := range word {
		ignored := r > unicode.MaxASCII && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) &&
			unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
		if !ignored {
			return true
		}
	}
	return false
}
