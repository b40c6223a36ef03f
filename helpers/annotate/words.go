package annotate

import (
	"fmt"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
)

// layOut returns an item's text as the page shows it, and where its words are, in the page's units.
func layOut(item Item) (text string, words [][2]int, err error) {
	if len(item.Words) == 0 {
		return item.Text, [][2]int{}, nil
	}
	text, offsets := item.Text, item.Offsets
	if text == "" {
		text, offsets = strings.Join(item.Words, " "), nil
	}
	if offsets == nil {
		if offsets, err = corpus.Offsets(text, item.Words); err != nil {
			return "", nil, fmt.Errorf("annotate: document %q: %w", item.ID, err)
		}
	}
	if len(offsets) != len(item.Words) {
		return "", nil, fmt.Errorf("annotate: document %q has %d words and %d places for them",
			item.ID, len(item.Words), len(offsets))
	}
	if words, err = utf16Ranges(text, offsets); err != nil {
		return "", nil, fmt.Errorf("annotate: document %q: %w", item.ID, err)
	}
	return text, words, nil
}

// utf16Ranges turns byte ranges of a text, in order and apart, into ranges of UTF-16's code units, in which JavaScript
// counts. Bytes that are no UTF-8 count as one unit each, the replacement character that JSON puts in their place.
func utf16Ranges(text string, ranges [][2]int) ([][2]int, error) {
	flat := make([]int, 0, 2*len(ranges))
	for _, r := range ranges {
		flat = append(flat, r[0], r[1])
	}
	units, next := 0, 0
	take := func(at int) { // takes the bounds at this byte
		for next < len(flat) && flat[next] == at {
			flat[next] = units
			next++
		}
	}
	for at, r := range text {
		take(at)
		if units++; r > 0xFFFF {
			units++
		}
	}
	take(len(text))
	if next < len(flat) {
		return nil, fmt.Errorf("word %d, at bytes %d to %d, overlaps the one before it, leaves the text or cuts a character",
			next/2+1, ranges[next/2][0], ranges[next/2][1])
	}
	words := make([][2]int, len(ranges))
	for i := range words {
		words[i] = [2]int{flat[2*i], flat[2*i+1]}
	}
	return words, nil
}
