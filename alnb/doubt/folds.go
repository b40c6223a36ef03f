package doubt

import (
	"maps"
	"slices"

	"github.com/alnb/alnb/alnb/keyed"
)

// Folds deals documents out to k folds, at random by the key: it returns the positions of each fold's documents, ascending.
// Each document is in one fold. The folds are stratified: their sizes differ by one document at most, and so do their
// numbers of each label. A fold's documents get their probabilities from a model that is trained on all other folds; a
// class with one document is then unknown to it.
//
// There are no more folds than documents, and none where k is below 1. The same labels, in the same order, and key give the
// same folds. Labels may be any numbers: for tagging, such as the rarest type among a document's spans.
func Folds(labels []int, k int, key keyed.Key) [][]int {
	k = min(k, len(labels))
	if k < 1 {
		return nil
	}
	positions := make(map[int][]int) // of each label
	for i, label := range labels {
		positions[label] = append(positions[label], i)
	}
	folds := make([][]int, k)
	stream := key.Stream()
	dealt := 0 // the next label goes on with the fold where the last one ended
	for _, label := range slices.Sorted(maps.Keys(positions)) {
		of := positions[label]
		stream.Shuffle(len(of), func(a, b int) { of[a], of[b] = of[b], of[a] })
		for _, position := range of {
			folds[dealt%k] = append(folds[dealt%k], position)
			dealt++
		}
	}
	for _, fold := range folds {
		slices.Sort(fold)
	}
	return folds
}
