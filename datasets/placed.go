package datasets

import (
	"iter"

	"github.com/alnb/alnb/alnb/corpus"
)

// A Placed document is one with the place in the file that it was read from.
type Placed struct {
	corpus.Judged
	Place string // such as "line 3"
}

// unplaced leaves the places out.
func unplaced(docs iter.Seq2[Placed, error]) iter.Seq2[corpus.Judged, error] {
	return func(yield func(corpus.Judged, error) bool) {
		for doc, err := range docs {
			if !yield(doc.Judged, err) {
				return
			}
		}
	}
}
