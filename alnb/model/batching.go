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

// tensor lays out a number for each token, int32 [rows, length], and padding everywhere else.
func (l layout) tensor(docs []document, padding int32, of func(doc, token int) int32) *tensors.Tensor {
	flat := make([]int32, l.rows*l.length)
	if padding != 0 {
		for i := range flat {
			flat[i] = padding
		}
	}
	for i, doc := range docs {
		row := flat[l.position(i, 0):][:len(doc.ids)]
		for k := range row {
			row[k] = of(i, k)
		}
	}
	return tensors.FromFlatDataAndDimensions(flat, l.rows, l.length)
}

// ids lays out the documents' tokens.
func (l layout) ids(docs []document, padding int32) *tensors.Tensor {
	return l.tensor(docs, padding, func(doc, token int) int32 { return docs[doc].ids[token] })
}

// scoringRows is how many rows of a length a scoring program takes at once, where it takes about so many tokens. Attention
// takes memory by the length's square: long documents go one by one.
func scoringRows(length, tokens int) int {
	if length > 512 {
		return max(1, tokens/length)
	}
	return max(4, tokens/length)
}

// restRows is how many rows a scoring program takes where what is left fills at most three quarters of that many: a
// quarter. A few texts, or the end of many, so take as much time as they are long.
func restRows(rows, left int) int {
	if 4*left > 3*rows {
		return rows
	}
	return max(1, rows/4)
}

// A batch is what a scoring program takes at once.
type batch struct {
	docs []int // the positions of its documents among all
	layout
}

// each goes through what a program gives of a batch: a document's position and its rows of the outputs.
func (b batch) each(docs []document, outputs [][]float32, do func(position int, outputs [][]float32) error) error {
	for i, position := range b.docs {
		rows := make([][]float32, len(outputs))
		for k, output := range outputs {
			rows[k] = b.of(output, i, docs[position])
		}
		if err := do(position, rows); err != nil {
			return err
		}
	}
	return nil
}

// scoringBatches splits documents into batches, the longest first, so that little is padding: all but the last few, which
// are of fewer rows, are full.
func scoringBatches(docs []document, arch architecture) []batch {
	if arch.packs() {
		return packedBatches(docs, arch.limit(), arch.atOnce())
	}
	order := all(len(docs))
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(docs[b].ids), len(docs[a].ids)) })
	var batches []batch
	for len(order) > 0 {
		length := padTo(scoringLengths, len(docs[order[0]].ids), arch.limit())
		rows := scoringRows(length, arch.atOnce())
		rows = restRows(rows, len(order))
		n := min(rows, len(order))
		batches = append(batches, batch{docs: order[:n:n], layout: onePerRow(n, rows, length)})
		order = order[n:]
	}
	return batches
}

// manyBatches are enough to look for the length of rows that suits them best.
const manyBatches = 16

// packedBatches splits documents into batches in which they share rows, of about so many tokens each.
func packedBatches(docs []document, limit, tokens int) []batch {
	var batches []batch
	p := newPacker(docs, limit)
	shortest := min(usualRow, limit)
	if p.tokens >= manyBatches*tokens { // else another program isn't worth compiling
		shortest = shortestRow(docs, limit)
	}
	for p.left > 0 {
		length := max(shortest, padTo(rowLengths, p.longest, limit))
		rows := scoringRows(length, tokens)
		rows = restRows(rows, (p.tokens+length-1)/length)
		in, places := p.pack(rows, length)
		batches = append(batches, batch{docs: in, layout: layout{rows: rows, length: length, slots: slotsIn(length), places: places}})
	}
	return batches
}

// trainingBatch lays out a mini-batch of at most size documents. No row is shorter than shortest.
func trainingBatch(docs []document, arch architecture, size, shortest int) batch {
	longest := 0
	for _, doc := range docs {
		longest = max(longest, len(doc.ids))
	}
	if !arch.packs() {
		return batch{docs: all(len(docs)), layout: onePerRow(len(docs), size, padTo(trainingLengths, longest, arch.limit()))}
	}
	length := shortest
	for length < longest { // few lengths: a training step takes seconds to compile
		length *= 2
	}
	length = min(length, arch.limit())
	in, places := newPacker(docs, longest).pack(size, length)
	rows := min(size, rowCount(places[len(places)-1].row+1))
	return batch{docs: in, layout: layout{rows: rows, length: length, slots: slotsIn(length), places: places}}
}

// all are the positions 0…n−1.
func all(n int) []int {
	positions := make([]int, n)
	for i := range positions {
		positions[i] = i
	}
	return positions
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
