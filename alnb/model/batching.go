package model

import (
	"cmp"
	"slices"

	"github.com/alnb/alnb/alnb/keyed"
)

// The lengths, in tokens, that rows are padded to. XLA compiles one program for each length in use, so they are few;
// the closer they lie, the less is computed for padding. A training step takes seconds to compile, scoring half of one.
var (
	trainingLengths = []int{16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 256, 320, 384, 512}
	scoringLengths  = []int{16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128, 144, 160, 176, 192, 224, 256, 320, 384, 448, 512}
)

// padTo returns the first of the lengths that holds n tokens, cut to limit.
func padTo(lengths []int, n, limit int) int {
	for _, length := range lengths {
		if length >= n {
			return min(length, limit)
		}
	}
	return limit
}

// A batch is a block of rows padded to one length: what a program takes.
type batch struct {
	rows    []int   // the positions of its documents among all; fewer than size in a last batch
	ids     []int32 // [size, length], filled up with padding
	lengths []int32 // [size], in tokens; 1 for a row that only fills up the batch
	size    int
	length  int
}

// newBatch lays out the encoded texts of rows for a program of the given size and length.
func newBatch(encoded [][]int32, rows []int, size, length int, pad int32) batch {
	b := batch{rows: rows, ids: make([]int32, size*length), lengths: make([]int32, size), size: size, length: length}
	if pad != 0 {
		for i := range b.ids {
			b.ids[i] = pad
		}
	}
	for i := range b.lengths {
		b.lengths[i] = 1
	}
	for i, row := range rows {
		copy(b.ids[i*length:], encoded[row])
		b.lengths[i] = int32(max(1, len(encoded[row])))
	}
	return b
}

// weights are 1 for rows that are documents and 0 for those that fill up the batch.
func (b batch) weights() []float32 {
	w := make([]float32, b.size)
	for i := range b.rows {
		w[i] = 1
	}
	return w
}

// scoringTokens is about how many tokens a scoring program takes at once.
const scoringTokens = 2048

// scoringBatches splits the encoded texts into batches by length, the longest first, so that little is padding: all
// batches but the last are full.
func scoringBatches(encoded [][]int32, limit int, pad int32) []batch {
	order := make([]int, len(encoded))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(encoded[b]), len(encoded[a])) })
	var batches []batch
	for len(order) > 0 {
		length := padTo(scoringLengths, len(encoded[order[0]]), limit)
		size := max(4, scoringTokens/length)
		n := min(size, len(order))
		batches = append(batches, newBatch(encoded, order[:n:n], size, length, pad))
		order = order[n:]
	}
	return batches
}

// An epochStream deals out positions 0…n−1 in random order, again and again: an epoch is a permutation, and a
// mini-batch may reach from one into the next, so that all are full.
type epochStream struct {
	n     int
	seed  uint64
	epoch int
	rest  []int
}

func (s *epochStream) next(count int) []int {
	rows := make([]int, 0, count)
	for len(rows) < count {
		if len(s.rest) == 0 {
			s.rest = keyed.Key{Seed: s.seed, Purpose: "mini-batches", Round: s.epoch}.Stream().Perm(s.n)
			s.epoch++
		}
		take := min(count-len(rows), len(s.rest))
		rows = append(rows, s.rest[:take]...)
		s.rest = s.rest[take:]
	}
	return rows
}
