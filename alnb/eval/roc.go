package eval

import (
	"slices"

	"gonum.org/v1/gonum/integrate"
	"gonum.org/v1/gonum/stat"
)

// ROCArea is the area under the ROC curve of scores: the probability that one of those that are sought has a higher score than
// one of the others; a tie counts half. ok is false where there aren't both.
func ROCArea(scores []float64, sought []bool) (area float64, ok bool) {
	if !slices.Contains(sought, true) || !slices.Contains(sought, false) {
		return 0, false
	}
	scores, sought = slices.Clone(scores), slices.Clone(sought)
	stat.SortWeightedLabeled(scores, sought, nil)
	found, mistaken, _ := stat.ROC(nil, scores, sought, nil)
	return integrate.Trapezoidal(mistaken, found), true
}
