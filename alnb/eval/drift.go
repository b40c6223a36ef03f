package eval

import (
	"cmp"
	"math"
	"slices"
)

// A Drift says how far documents moved in the ranking by uncertainty from one query to the next, over the seeds.
type Drift struct {
	Arm         string  `json:"arm"`
	Query       int     `json:"query"`       // the later of the two
	Documents   int     `json:"documents"`   // in both rankings, over all seeds
	Correlation MeanStd `json:"correlation"` // Spearman's
	// Moves are what RankMoves gives of each document, over all seeds.
	Moves []float64 `json:"-"`
}

// Within returns the share of the documents that moved by no more than a share of the ranking; 0 of none.
func (d Drift) Within(share float64) float64 {
	within := 0
	for _, move := range d.Moves {
		if math.Abs(move) <= share {
			within++
		}
	}
	return float64(within) / float64(max(1, len(d.Moves)))
}

// RankMoves ranks the same documents twice, the most uncertain first, and returns how far each moved as a share of the
// ranking, upward if above 0, and Spearman's correlation of the ranks. Ties have the mean of their ranks. The correlation
// is NaN where all documents of one ranking tie.
func RankMoves(before, after []float64) (moves []float64, correlation float64) {
	was, is := ranks(before), ranks(after)
	moves = make([]float64, len(was))
	mean := float64(len(was)-1) / 2
	product, old, now := 0.0, 0.0, 0.0
	for i := range moves {
		moves[i] = (was[i] - is[i]) / float64(len(was))
		product += (was[i] - mean) * (is[i] - mean)
		old += (was[i] - mean) * (was[i] - mean)
		now += (is[i] - mean) * (is[i] - mean)
	}
	return moves, product / math.Sqrt(old*now)
}

// ranks count from 0, the highest score's.
func ranks(scores []float64) []float64 {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	ranks := make([]float64, len(scores))
	for start := 0; start < len(order); {
		end := start + 1
		for end < len(order) && scores[order[end]] == scores[order[start]] {
			end++
		}
		for _, i := range order[start:end] {
			ranks[i] = float64(start+end-1) / 2
		}
		start = end
	}
	return ranks
}
