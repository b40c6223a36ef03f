package doubt

import (
	"fmt"
	"math"
)

// A probability may be above 1, and a sum of them off it, by as much.
const (
	aboveOne = 1e-6
	offOne   = 0.01
)

// document names one of the documents, words of a document name themselves otherwise. Positions count from 0.
func document(i int) string { return fmt.Sprintf("the document at position %d", i) }

// check tells what is wrong, and where.
func check(labels []int, probabilities [][]float64, name func(i int) string) error {
	if len(labels) != len(probabilities) {
		return fmt.Errorf("doubt: there are %d labels, and probabilities for %d", len(labels), len(probabilities))
	}
	for i, row := range probabilities {
		if len(row) != len(probabilities[0]) {
			return fmt.Errorf("doubt: %s has %d probabilities, and %s has %d; all need one a class",
				name(i), len(row), name(0), len(probabilities[0]))
		}
		if labels[i] < 0 || labels[i] >= len(row) {
			return fmt.Errorf("doubt: %s is labeled with class %d, and has probabilities for %d classes, which count from 0",
				name(i), labels[i], len(row))
		}
		sum := 0.0
		for class, p := range row {
			if !(p >= 0 && p <= 1+aboveOne) {
				return fmt.Errorf("doubt: %s has the probability %g for class %d; it must be in [0, 1]", name(i), p, class)
			}
			sum += p
		}
		if math.Abs(sum-1) > offOne {
			return fmt.Errorf("doubt: the probabilities of %s sum to %g; it must be 1", name(i), sum)
		}
	}
	return nil
}
