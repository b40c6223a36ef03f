package chart

import (
	"fmt"
	"strings"
	"unicode"
)

// maxName is how many characters of a name a chart shows.
const maxName = 48

// Visible returns s with every character that is no text of its own written as its escape, such as \u202e: control
// characters, line and paragraph separators, bytes that are no UTF-8, and the bidirectional controls, which would
// turn the text that follows around.
func Visible(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\u2028', r == '\u2029', r == '\uFEFF':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// label returns a name as charts show it: visible and not longer than maxName.
func label(name string) string {
	runes := []rune(Visible(name))
	if len(runes) > maxName {
		return string(runes[:maxName-1]) + "…"
	}
	return string(runes)
}
