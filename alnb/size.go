package alnb

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/spec"
)

// A Size is a number of documents or words, given as such or as a share of the training split.
type Size struct {
	docs     int
	words    int
	fraction float64
}

// Docs is a size of n documents; n must be positive.
func Docs(n int) Size { return Size{docs: n} }

// Words is a size of n words, for tagging; n must be positive. The document that crosses it is included.
func Words(n int) Size { return Size{words: n} }

// Fraction is a size of that share of the training split, in (0, 1], rounded, at least one: of its documents, and for
// tagging of its words.
func Fraction(f float64) Size { return Size{fraction: f} }

// of returns the size as a budget, in a split of so many documents and, for tagging, words; texts have 0 words.
func (s Size) of(docs, words int) (query.Budget, error) {
	share := func(total int) int { return max(1, int(math.Round(s.fraction*float64(total)))) }
	var b query.Budget
	switch {
	case s == Size{}:
		return b, errors.New("the size is not set; give Docs(n), Words(n) or Fraction(f)")
	case s.fraction != 0 && !(s.fraction > 0 && s.fraction <= 1):
		return b, fmt.Errorf("Fraction(%g) does not lie in (0, 1]", s.fraction)
	case s.words != 0 && words == 0:
		return b, fmt.Errorf("Words(%d) is a size for tagging; texts are counted in documents: give Docs(n) or Fraction(f)", s.words)
	case s.fraction != 0 && words == 0:
		b.Docs = share(docs)
	case s.fraction != 0:
		b.Words = share(words)
	default:
		b.Docs, b.Words = s.docs, s.words
	}
	switch {
	case b.Words < 0 || b.Words > words:
		return b, fmt.Errorf("%d words were asked for, the training split has %d", b.Words, words)
	case b.Words == 0 && (b.Docs < 1 || b.Docs > docs):
		return b, fmt.Errorf("%d documents were asked for, the training split has %d", b.Docs, docs)
	}
	return b, nil
}

// MarshalJSON writes {"docs": n}, {"words": n} or {"fraction": f}.
func (s Size) MarshalJSON() ([]byte, error) {
	switch {
	case s.fraction != 0:
		return json.Marshal(map[string]float64{"fraction": s.fraction})
	case s.words != 0:
		return json.Marshal(map[string]int{"words": s.words})
	}
	return json.Marshal(map[string]int{"docs": s.docs})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Size) UnmarshalJSON(raw []byte) error {
	var fields struct {
		Docs     *int     `json:"docs"`
		Words    *int     `json:"words"`
		Fraction *float64 `json:"fraction"`
	}
	if err := spec.Strict(raw, &fields); err != nil {
		return fmt.Errorf("a size is {docs: n}, {words: n} or {fraction: f}: %w", err)
	}
	switch {
	case fields.Docs != nil && fields.Words == nil && fields.Fraction == nil:
		*s = Docs(*fields.Docs)
	case fields.Docs == nil && fields.Words != nil && fields.Fraction == nil:
		*s = Words(*fields.Words)
	case fields.Docs == nil && fields.Words == nil && fields.Fraction != nil:
		*s = Fraction(*fields.Fraction)
	default:
		return errors.New("a size is either {docs: n}, {words: n} or {fraction: f}")
	}
	return nil
}
