package model

import (
	"cmp"
	"slices"
)

// A layout says where the documents of a batch lie. Most texts are much shorter than the longest: each in a row of its
// own, padded to the longest of the batch, a third of what is computed would be padding. So the networks that can tell
// the documents of a row apart get several short ones in one.
type layout struct {
	rows, length int     // tokens in each row
	slots        int     // how many documents a row may have
	places       []place // of the documents, in order
}

// A place is where a document lies: its number in its row, and the column of its first token.
type place struct{ row, slot, column int }

// position is the place's token, of all the batch's.
func (l layout) position(i, token int) int {
	return l.places[i].row*l.length + l.places[i].column + token
}

// document is the place's slot, of all the batch's.
func (l layout) document(i int) int { return l.places[i].row*l.slots + l.places[i].slot }

// of returns what a network's output says of document i. Of a list of words most outputs are by token.
func (l layout) of(output []float32, i int, doc document) []float32 {
	if tokens := l.rows * l.length; doc.first != nil && len(output) >= tokens {
		width := len(output) / tokens
		return output[l.position(i, 0)*width:][: len(doc.ids)*width : len(doc.ids)*width]
	}
	width := len(output) / (l.rows * l.slots)
	return output[l.document(i)*width:][:width:width]
}

// onePerRow gives each of n documents a row.
func onePerRow(n, rows, length int) layout {
	l := layout{rows: rows, length: length, slots: 1}
	for i := range n {
		l.places = append(l.places, place{row: i})
	}
	return l
}

// slotsIn is how many documents a row may have. The head, and of BERT all but attention's keys and values in the last
// layer, is computed for each slot, occupied or not.
func slotsIn(length int) int { return max(1, length/12) }

// A packer puts documents into rows, as full as it can: the longest that is left, then always the longest that still
// fits. That is first-fit decreasing, a row at a time.
type packer struct {
	byLength [][]int // the documents that are left, by their length in tokens; those longer than a row under its length
	longest  int     // no document that is left is longer
	left     int     // how many documents are left
	tokens   int     // and of how many tokens
}

func newPacker(docs []document, limit int) *packer {
	p := &packer{byLength: make([][]int, limit+1), longest: limit, left: len(docs)}
	for i := len(docs) - 1; i >= 0; i-- { // of one length, the first comes first
		n := tokensOf(docs[i])
		p.byLength[n] = append(p.byLength[n], i)
		p.tokens += n
	}
	p.shrink()
	return p
}

// tokensOf is what a document takes of a row.
func tokensOf(doc document) int { return max(1, len(doc.ids)) }

func (p *packer) shrink() {
	for p.longest > 0 && len(p.byLength[p.longest]) == 0 {
		p.longest--
	}
}

// pack fills rows of a length until there are no more documents or rows, and returns the documents with their places.
func (p *packer) pack(rows, length int) (docs []int, places []place) {
	for row := 0; row < rows && p.left > 0; row++ {
		column, slots := 0, slotsIn(length)
		for n := min(p.longest, length); n > 0 && slots > 0; {
			if column+n > length || len(p.byLength[n]) == 0 {
				n = min(n-1, length-column)
				continue
			}
			last := len(p.byLength[n]) - 1
			docs = append(docs, p.byLength[n][last])
			places = append(places, place{row: row, slot: slotsIn(length) - slots, column: column})
			p.byLength[n] = p.byLength[n][:last]
			p.left--
			p.tokens -= n
			column += n
			slots--
		}
		p.shrink()
	}
	return docs, places
}

// rowLengths are the lengths of rows for packing. XLA compiles a program for each length in use, so they are few.
var rowLengths = []int{32, 48, 64, 80, 96, 112, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096}

// usualRow is the length of rows that suits texts of any length up to it: long enough to be filled well by several,
// short enough that attention, which grows by its square, is cheap.
const usualRow = 128

// shortestRow returns the length of rows for documents of which none is longer than usualRow. Another than the usual
// one pays where all are of about one length: of texts of 70 tokens, only one fits into 128.
func shortestRow(docs []document, limit int) int {
	usual := min(usualRow, limit)
	var short []document
	for _, doc := range docs {
		if tokensOf(doc) <= usual {
			short = append(short, doc)
		}
	}
	if len(short) == 0 {
		return usual
	}
	longest := tokensOf(slices.MaxFunc(short, func(a, b document) int { return cmp.Compare(tokensOf(a), tokensOf(b)) }))
	cost := func(length int) float64 {
		_, places := newPacker(short, usual).pack(len(short), length)
		rows := places[len(places)-1].row + 1
		return float64(rows*length) * (1 + float64(length)/attentionFree)
	}
	best, least := usual, cost(usual)*0.95 // another program must be worth compiling
	for _, length := range rowLengths {
		if length < longest || length >= usual {
			continue
		}
		if c := cost(length); c < least {
			best, least = length, c
		}
	}
	return best
}

// attentionFree is the length of a row at which attention takes as much time as the rest of a layer.
const attentionFree = 1000

// rowCount returns how many rows a training program takes where n are needed: XLA compiles one for each count in use.
func rowCount(n int) int {
	step := 1
	for n > 8*step {
		step *= 2
	}
	return (n + step - 1) / step * step
}
