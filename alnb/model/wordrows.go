package model

import (
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/alnb/alnb/alnb/pretrained"
)

// packs: the tagger's LSTM begins anew at each document, and so does its CRF. The classifier takes the maximum over rows.
func (b *biLSTM) packs() bool { return b.task == pretrained.Tagging }

// atOnce: the more words, the more of them come up again.
func (b *biLSTM) atOnce() int { return 4096 }

// inputs lays out what nn.WordsIn reads.
func (b *biLSTM) inputs(docs []document, l layout) []any {
	words := wordList{numbers: make(map[word]int32)}
	tokens := l.tensor(docs, 0, func(doc, token int) int32 { return words.number(docs[doc].ids[token], docs[doc].chars[token]) })
	ids, chars, counts := words.tensors()
	return []any{ids, chars, counts, tokens, l.tensor(docs, -1, func(doc, _ int) int32 { return int32(l.places[doc].slot) })}
}

// A word is what the network sees of one.
type word struct {
	id    int32
	chars [maxChars]int32 // no character has the number 0
}

// wordList is the different words of a batch. Most words of a text come up again; what is computed of one by itself is
// computed once.
type wordList struct {
	numbers map[word]int32
	words   []word
	counts  []int32
}

// number returns the number of a word in the list.
func (l *wordList) number(id int32, chars []int32) int32 {
	w := word{id: id}
	copy(w.chars[:], chars)
	n, ok := l.numbers[w]
	if !ok {
		n = int32(len(l.words))
		l.numbers[w] = n
		l.words, l.counts = append(l.words, w), append(l.counts, int32(len(chars)))
	}
	return n
}

// fewestWords is how many different words a program takes at least.
const fewestWords = 256

// sizeOfList is how many words a program takes where there are n. XLA compiles one for each number in use, so they are
// few: two for each doubling.
func sizeOfList(n int) int {
	for size := fewestWords; ; size *= 2 {
		if n <= size {
			return size
		}
		if n <= size*3/2 {
			return size * 3 / 2
		}
	}
}

// tensors returns the words' numbers in the vocabulary, int32 [words], their characters, int32 [words, maxChars], and how
// many each has, int32 [words].
func (l *wordList) tensors() (ids, chars, counts *tensors.Tensor) {
	n := sizeOfList(len(l.words))
	flat, numbers := make([]int32, n*maxChars), make([]int32, n)
	for i, w := range l.words {
		numbers[i] = w.id
		copy(flat[i*maxChars:], w.chars[:])
	}
	counted := append(l.counts, make([]int32, n-len(l.words))...)
	return tensors.FromFlatDataAndDimensions(numbers, n), tensors.FromFlatDataAndDimensions(flat, n, maxChars),
		tensors.FromFlatDataAndDimensions(counted, n)
}
