package datasets

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alnb/alnb/alnb/corpus"
)

// A mark is a span as files of raw text have it: the half-open range of code points [Start, End).
type mark struct {
	Start int    `json:"start" parquet:"start"`
	End   int    `json:"end" parquet:"end"`
	Type  string `json:"type" parquet:"type"`
}

// shown returns a document's text, or its words with single spaces between.
func shown(doc corpus.Document) string {
	if doc.Text == "" {
		return strings.Join(doc.Words, " ")
	}
	return doc.Text
}

// marksOf returns the spans of a document's words as those of its shown text. There is a mark for each span.
func marksOf(doc corpus.Document, spans []corpus.Span) ([]mark, error) {
	if err := corpus.CheckSpans(len(doc.Words), spans); err != nil {
		return nil, err
	}
	text := shown(doc)
	offsets, err := corpus.Offsets(text, doc.Words)
	if err != nil {
		return nil, err
	}
	marks := make([]mark, len(spans))
	points, at := 0, 0
	until := func(offset int) int {
		points, at = points+utf8.RuneCountInString(text[at:offset]), offset
		return points
	}
	for i, s := range spans {
		marks[i] = mark{Start: until(offsets[s.Start][0]), End: until(offsets[s.End-1][1]), Type: s.Type}
	}
	return marks, nil
}

// spansOf returns the marks in a text as spans of its words, in order. The text is as it was given: U+0000 counts, and is
// in none of the words.
func spansOf(given string, words []string, marks []mark) ([]corpus.Span, error) {
	offsets, err := corpus.Offsets(corpus.Clean(given), words)
	if err != nil {
		return nil, err
	}
	order := make([]int, len(marks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(marks[i].Start, marks[j].Start) })
	walk := pointer{text: given}
	spans := make([]corpus.Span, 0, len(marks))
	for k, i := range order {
		m := marks[i]
		refuse := func(format string, args ...any) ([]corpus.Span, error) {
			return nil, fmt.Errorf("span %d, from %d to %d, of type %.60q: %w",
				i+1, m.Start, m.End, m.Type, fmt.Errorf(format, args...))
		}
		switch {
		case m.Type == "":
			return refuse("it has no type")
		case m.Start < 0 || m.End <= m.Start:
			return refuse("it is empty, or begins before the text")
		case k > 0 && m.Start < marks[order[k-1]].End:
			return refuse("it overlaps span %d", order[k-1]+1)
		}
		var ends [2]int // the words at which it begins and ends
		for side, point := range [2]int{m.Start, m.End} {
			offset, ok := walk.to(point)
			if !ok {
				return refuse("the text has %d characters (code points)", walk.point)
			}
			word, ok := slices.BinarySearchFunc(offsets, offset, func(o [2]int, at int) int { return cmp.Compare(o[side], at) })
			if !ok {
				return refuse("character %d is not where a word %s; the words around it are %s", point,
					[2]string{"begins", "ends"}[side], around(words, offsets, offset))
			}
			ends[side] = word
		}
		spans = append(spans, corpus.Span{Start: ends[0], End: ends[1] + 1, Type: m.Type})
	}
	return spans, nil
}

// around quotes the words about a place, for an error.
func around(words []string, offsets [][2]int, offset int) string {
	at, _ := slices.BinarySearchFunc(offsets, offset, func(o [2]int, offset int) int { return cmp.Compare(o[1], offset) })
	from, to := max(0, at-1), min(len(words), at+2)
	return fmt.Sprintf("%.40q", words[from:to])
}

// A pointer walks through a text by its code points.
type pointer struct {
	text   string
	point  int // code points it is past
	at     int // bytes it is past
	offset int // the same without those of U+0000
}

// to moves on to a code point, and returns the byte there in the text without U+0000.
func (p *pointer) to(point int) (offset int, ok bool) {
	for p.point < point && p.at < len(p.text) {
		r, size := utf8.DecodeRuneInString(p.text[p.at:])
		p.at, p.point = p.at+size, p.point+1
		if r != 0 {
			p.offset += size
		}
	}
	return p.offset, p.point == point
}
