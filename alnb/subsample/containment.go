package subsample

import (
	"math"
	"slices"
	"sort"
)

// Containment is the paper's Table 2: which share of a query lies inside the top of the pool by the previous model, for
// each share of the pool that counts as the top. It is about full scoring in consecutive rounds, and tells how small a
// part of the pool would have done; [Kept] tells what a sampler did keep.
//
// The query is positions in previous, the scores of the previous model for every document of the pool that the query was
// made from. A document without such a score, NaN, is in no top. Where the edge of a top runs through tied documents, each
// counts for the part of them that is inside, which is what breaking the ties at random would give on average. An empty
// query has the share 0.
func Containment(query []int, previous []float64, shares []float64) []float64 {
	known := make([]float64, 0, len(previous))
	for _, s := range previous {
		if !math.IsNaN(s) {
			known = append(known, s)
		}
	}
	slices.Sort(known)
	contained := make([]float64, len(shares))
	for _, position := range query {
		score := previous[position]
		if math.IsNaN(score) {
			continue
		}
		from := sort.Search(len(known), func(i int) bool { return known[i] >= score })
		to := sort.Search(len(known), func(i int) bool { return known[i] > score })
		for i, share := range shares {
			room := math.Round(share*float64(len(previous))) - float64(len(known)-to)
			contained[i] += min(1, max(0, room/float64(to-from)))
		}
	}
	for i := range contained {
		contained[i] /= float64(max(1, len(query)))
	}
	return contained
}

// Kept returns which share of a full query, positions in the pool, lies in the sample; 0 of an empty query. Where a
// round scores everything on request, or is a full one anyway, it tells what the sampler would have cost.
func Kept(full []int, sample Sample) float64 {
	kept := 0
	for _, position := range full {
		if _, found := slices.BinarySearch(sample.Positions, position); found {
			kept++
		}
	}
	return float64(kept) / float64(max(1, len(full)))
}
