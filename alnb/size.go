package alnb

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/alnb/alnb/alnb/spec"
)

// A Size is a number of documents, given as such or as a share of the training split.
type Size struct {
	docs     int
	fraction float64
}

// Docs is a size of n documents; n must be positive.
func Docs(n int) Size { return Size{docs: n} }

// Fraction is a size of that share of the training split, in (0, 1], rounded, at least one document.
func Fraction(f float64) Size { return Size{fraction: f} }

// of returns the number of documents in a split of total.
func (s Size) of(total int) (int, error) {
	n := s.docs
	switch {
	case s == Size{}:
		return 0, fmt.Errorf("the size is not set; give Docs(n) or Fraction(f)")
	case s.fraction != 0 && !(s.fraction > 0 && s.fraction <= 1):
		return 0, fmt.Errorf("Fraction(%g) does not lie in (0, 1]", s.fraction)
	case s.fraction != 0:
		n = max(1, int(math.Round(s.fraction*float64(total))))
	}
	if n < 1 || n > total {
		return 0, fmt.Errorf("%d documents were asked for, the training split has %d", n, total)
	}
	return n, nil
}

// MarshalJSON writes {"docs": n} or {"fraction": f}.
func (s Size) MarshalJSON() ([]byte, error) {
	if s.fraction != 0 {
		return json.Marshal(map[string]float64{"fraction": s.fraction})
	}
	return json.Marshal(map[string]int{"docs": s.docs})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Size) UnmarshalJSON(raw []byte) error {
	var fields struct {
		Docs     *int     `json:"docs"`
		Fraction *float64 `json:"fraction"`
	}
	if err := spec.Strict(raw, &fields); err != nil {
		return fmt.Errorf("a size is {docs: n} or {fraction: f}: %w", err)
	}
	switch {
	case fields.Docs != nil && fields.Fraction == nil:
		*s = Docs(*fields.Docs)
	case fields.Docs == nil && fields.Fraction != nil:
		*s = Fraction(*fields.Fraction)
	default:
		return errors.New("a size is either {docs: n} or {fraction: f}")
	}
	return nil
}
