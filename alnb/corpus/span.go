package corpus

import (
	"fmt"
	"strings"
)

// A Span is a stretch of words with a type, such as a person's name: the half-open range of words [Start, End).
type Span struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	Type  string `json:"type"`
}

// Outside is the tag of a word in no span.
const Outside = "O"

// Tags returns the spans as IOB2 tags, one a word: B-TYPE where a span begins, I-TYPE where it goes on, O elsewhere.
// The spans must lie within the words and not overlap; see [CheckSpans].
func Tags(words int, spans []Span) []string {
	tags := make([]string, words)
	for i := range tags {
		tags[i] = Outside
	}
	for _, s := range spans {
		tags[s.Start] = "B-" + s.Type
		for i := s.Start + 1; i < s.End; i++ {
			tags[i] = "I-" + s.Type
		}
	}
	return tags
}

// Spans returns the spans that tags of any of the usual schemes stand for: IOB1, IOB2, IO, IOBES and BILOU. In all of
// them a span begins at B, S or U, at any tag that follows another type's or O, and after E, S, L or U; it ends before
// the next begins, or O. So tags that break their scheme's rules give the spans that conlleval sees (Tjong Kim Sang and
// Buchholz, "Introduction to the CoNLL-2000 Shared Task: Chunking").
func Spans(tags []string) ([]Span, error) {
	var spans []Span
	open, ended := "", true // the type of the span under way, and whether its last tag ended it
	for i, tag := range tags {
		if tag == Outside {
			open, ended = "", true
			continue
		}
		prefix, kind, ok := strings.Cut(tag, "-")
		if !ok || kind == "" || len(prefix) != 1 || !strings.Contains("BIESLU", prefix) {
			return nil, fmt.Errorf("the tag %q of word %d is neither O nor a type with B-, I-, E-, S-, L- or U- in front", tag, i+1)
		}
		if ended || kind != open || strings.Contains("BSU", prefix) {
			spans = append(spans, Span{Start: i, End: i, Type: kind})
		}
		spans[len(spans)-1].End = i + 1
		open, ended = kind, strings.Contains("ESLU", prefix)
	}
	return spans, nil
}

// CheckSpans tells whether spans lie within the words, in order, without overlaps, each with a type.
func CheckSpans(words int, spans []Span) error {
	end := 0
	for _, s := range spans {
		if s.Start < end || s.End <= s.Start || s.End > words || s.Type == "" {
			return fmt.Errorf("the span [%d, %d) of type %q overlaps the one before it, is empty, or leaves the %d words",
				s.Start, s.End, s.Type, words)
		}
		end = s.End
	}
	return nil
}
