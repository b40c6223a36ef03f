package model

import (
	"slices"
	"strings"
	"unicode"

	"github.com/alnb/alnb/alnb/corpus"
)

// A vocabulary turns words into numbers and characters into numbers. 0 is padding, 1 stands for all that it doesn't
// have.
type vocabulary struct {
	words []string
	chars []string
	word  map[string]int32
	char  map[rune]int32
}

const unknown = 1

// reserved is how many numbers are not of words, or not of characters.
const reserved = 2

// maxChars is how many characters of a word are read.
const maxChars = 20

func newVocabulary(words, chars []string) *vocabulary {
	v := &vocabulary{words: words, chars: chars, word: make(map[string]int32, len(words)), char: make(map[rune]int32, len(chars))}
	for i, w := range words {
		v.word[w] = int32(i + reserved)
	}
	for i, c := range chars {
		for _, r := range c { // one
			v.char[r] = int32(i + reserved)
		}
	}
	return v
}

// charsOf returns the characters of words, with those of ASCII and in both cases, in order.
func charsOf(words []string) []string {
	found := make(map[rune]bool)
	for r := rune('!'); r <= '~'; r++ {
		found[r] = true
	}
	for _, w := range words {
		for _, r := range w {
			found[r], found[unicode.ToUpper(r)], found[unicode.ToLower(r)] = true, true, true
		}
	}
	chars := make([]string, 0, len(found))
	for r := range found {
		if r != unicode.ReplacementChar {
			chars = append(chars, string(r))
		}
	}
	slices.Sort(chars)
	return chars
}

// document looks words up: as they are, else in lower case. Words past the limit are cut.
func (v *vocabulary) document(list []string, limit int) document {
	var d document
	for i, w := range list {
		if i >= limit {
			d.first = append(d.first, -1)
			d.cut++
			continue
		}
		id, ok := v.word[w]
		if !ok {
			if id, ok = v.word[strings.ToLower(w)]; !ok {
				id = unknown
			}
		}
		var chars []int32
		for _, r := range w {
			if len(chars) == maxChars {
				break
			}
			c, ok := v.char[r]
			if !ok {
				c = unknown
			}
			chars = append(chars, c)
		}
		d.ids, d.chars, d.first = append(d.ids, id), append(d.chars, chars), append(d.first, int32(i))
	}
	return d
}

// segments returns the words of a text.
func segments(text string) []string { return corpus.Segments(text) }
