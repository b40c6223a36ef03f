package main

import (
	"iter"

	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/datasets/rows"
)

// A chunk of rows is scored together; two are in memory at a time.
const (
	chunkRows  = 4096
	chunkBytes = 32 << 20
)

// inChunks reads the rows in chunks, which depend on nothing but the rows.
func inChunks(s rows.Source) iter.Seq2[[]rows.Row, error] {
	return model.Chunks(s.Rows(), chunkRows, chunkBytes, func(r rows.Row) int { return r.Size })
}
