package model

import (
	"cmp"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/alnb/alnb/alnb/keyed"
)

// The lengths, in tokens, that rows are padded to. XLA compiles one program for each length in use, so they are few;
// the closer they lie, the less is computed for padding. A training step takes seconds to compile, scoring half of one.
var (
	trainingLengths = []int{16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 256, 320, 384, 512, 768, 1024, 1536, 2048, 3072, 4096}
	scoringLengths  = []int{16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128, 144, 160, 176, 192, 224, 256, 320, 384, 448, 512, 640, 768, 1024, 1536, 2048, 3072, 4096}
)

// padTo returns the first of the lengths that holds n tokens, cut to limit. Beyond the last they go on doubling: a limit
// may be far off.
func padTo(lengths []int, n, limit int) int {
	for _, length := range lengths {
		if length >= n {
			return min(length, limit)
		}
	}
	length := lengths[len(lengths)-1]
	for length < n {
		length *= 2
	}
	return min(length, limit)
}

// layOut returns the tokens of documents, or whatever of returns for each, as an int32 tensor [size, length], filled up
// with pad.
func layOut(docs []document, size, length int, pad int32, of func(document) []int32) *tensors.Tensor {
	flat := make([]int32, size*length)
	if pad != 0 {
		for i := range flat {
			flat[i] = pad
		}
	}
	for i, doc := range docs {
		copy(flat[i*length:(i+1)*length], of(doc))
	}
	return tensors.FromFlatDataAndDimensions(flat, size, length)
}

// lengths returns the documents' lengths in tokens, int32 [size]; 1 for a row that only fills up the batch.
func lengths(docs []document, size int) *tensors.Tensor {
	flat := make([]int32, size)
	for i := range flat {
		flat[i] = 1
		if i < len(docs) {
			flat[i] = int32(max(1, len(docs[i].ids)))
		}
	}
	return tensors.FromFlatDataAndDimensions(flat, size)
}

// scoringTokens is about how many tokens a scoring program takes at once.
const scoringTokens = 2048

// scoringRows is how many documents of a length a scoring program takes at once. Attention takes memory by the length's
// square: long documents go one by one.
func scoringRows(length int) int {
	if length > 512 {
		return max(1, scoringTokens/length)
	}
	return max(4, scoringTokens/length)
}

// A batch is what a scoring program takes at once.
type batch struct {
	rows   []int // the positions of its documents among all; fewer than size in a last batch
	size   int   // rows
	length int   // tokens each is padded to
}

// scoringBatches splits documents into batches by length, the longest first, so that little is padding: all batches but
// the last are full.
func scoringBatches(docs []document, limit int) []batch {
	order := make([]int, len(docs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(docs[b].ids), len(docs[a].ids)) })
	var batches []batch
	for len(order) > 0 {
		length := padTo(scoringLengths, len(docs[order[0]].ids), limit)
		size := scoringRows(length)
		n := min(size, len(order))
		batches = append(batches, batch{rows: order[:n:n], size: size, length: length})
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
