package main

import (
	"iter"
	"os"
	"time"

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

// pauseOf is how long a row of a file may wait for others until it is answered; 0: however long that is.
func pauseOf(in *os.File) time.Duration {
	if info, err := in.Stat(); err == nil && info.Mode().IsRegular() {
		return 0
	}
	return 50 * time.Millisecond
}

// asTheyCome reads the rows in chunks for somebody who may wait for the answers: a chunk ends, too, a while after its
// first row, and before a line that can't be used.
func asTheyCome(s rows.Source, pause time.Duration) iter.Seq2[[]rows.Row, error] {
	type item struct {
		row rows.Row
		err error
	}
	return func(yield func([]rows.Row, error) bool) {
		read, over := make(chan item), make(chan struct{})
		defer close(over)
		go func() { // which a read that is blocked may keep
			defer close(read)
			for r, err := range s.Rows() {
				select {
				case read <- item{r, err}:
				case <-over:
					return
				}
			}
		}()
		var chunk []rows.Row
		size := 0
		var waited <-chan time.Time // since the chunk's first row
		answer := func() bool {
			ended := chunk
			chunk, size, waited = nil, 0, nil
			return len(ended) == 0 || yield(ended, nil)
		}
		for {
			select {
			case <-waited:
				if !answer() {
					return
				}
			case next, more := <-read:
				if !more || next.err != nil {
					if answer() && more {
						yield(nil, next.err)
					}
					return
				}
				if chunk, size = append(chunk, next.row), size+next.row.Size; len(chunk) == 1 && pause > 0 {
					waited = time.After(pause)
				}
				if (len(chunk) == chunkRows || size >= chunkBytes) && !answer() {
					return
				}
			}
		}
	}
}
