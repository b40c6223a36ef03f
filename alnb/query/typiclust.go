package query

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

const (
	mostClusters  = 500 // as the authors have it
	smallClusters = 5   // of so many documents or fewer come last; the authors leave them out
)

// TypiClust chooses typical documents of clusters that have no label yet, for a start with few labels or none (Hacohen,
// Dekel and Weinshall, "Active Learning on a Budget: Opposite Strategies Suit High and Low Budgets", ICML 2022, Algorithm
// 1). The labeled documents and the candidates are put in labeled + asked for clusters, at most 500; those with the fewest
// labels come first, of these the largest; and of each the document with the highest typicality, over its K nearest
// neighbors among the documents of its cluster that have no label:
//
//	( (1/K) Σ_i ‖h − h_i‖ )⁻¹
//
// K is at most half of them. Clusters are gone through again until the budget is spent. Embeddings are set to length 1
// first. We differ from the authors' code in that distances are not squared (as in the paper), in that typicality isn't
// measured anew after each choice, and in that small clusters come last instead of never.
//
// It needs an [Embedder], and no labels. It compares Part documents with each other and with the labeled ones, and costs
// an embedding, clusters × dim multiplications for each of up to 50 iterations, and members × dim ones, for each of them.
type TypiClust struct {
	Part      int    `json:"part,omitempty"`      // documents of the pool that are looked at, 1 or more; 0 stands for 10,000
	By        string `json:"by,omitempty"`        // which these are: ByRandom, the default, or ByUncertainty
	Neighbors int    `json:"neighbors,omitempty"` // K, 1 or more; 0 stands for 20
}

// Name implements Strategy.
func (TypiClust) Name() string { return "typiclust" }

// Check implements Checker.
func (s TypiClust) Check(model any) error {
	if s.Neighbors < 0 {
		return fmt.Errorf("neighbors is %d; it is 1 or more, 0 stands for 20", s.Neighbors)
	}
	if err := checkPart(s.Part, s.By, model); err != nil {
		return err
	}
	return needs[Embedder](model, noEmbeddings)
}

// Select implements Selector.
func (s TypiClust) Select(ctx context.Context, request Request) ([]int, error) {
	if err := s.Check(request.Model); err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	reader := newReader(request)
	positions, err := part(ctx, reader, request, s.Part, s.By)
	if err != nil || len(positions) == 0 {
		return nil, err
	}
	docs, _ := sorted(request.Labeled)
	labeled, err := reader.vectors(ctx, docs, true)
	if err != nil {
		return nil, err
	}
	candidates, err := reader.vectors(ctx, at(request.Docs, positions), true)
	if err != nil {
		return nil, err
	}
	v := join(labeled, candidates)
	b := newBatch(request, positions)
	c, err := kMeans(ctx, v, min(labeled.n+b.expected(), mostClusters, v.n), purpose(request.Key, "typiclust").Stream())
	if err != nil {
		return nil, err
	}
	return s.walk(ctx, v, c, labeled.n, b)
}

// walk takes one document of a cluster after the other. The first rows of v are labeled.
func (s TypiClust) walk(ctx context.Context, v *vectors, c *clusters, labeled int, b *batch) ([]int, error) {
	neighbors := s.Neighbors
	if neighbors == 0 {
		neighbors = 20
	}
	order := c.bySize()
	covered, open := make([]int, len(c.members)), make([][]int, len(c.members))
	for j, members := range c.members {
		covered[j], _ = slices.BinarySearch(members, labeled)
		open[j] = members[covered[j]:]
	}
	slices.SortStableFunc(order, func(x, y int) int { return covered[x] - covered[y] })
	var large, small []int
	for _, j := range order {
		if len(c.members[j]) > smallClusters {
			large = append(large, j)
		} else {
			small = append(small, j)
		}
	}
	ranked := make([]bool, len(c.members))
	for _, group := range [][]int{large, small} {
		for some := true; some; {
			some = false
			for _, j := range group {
				if b.full() {
					return b.chosen, nil
				}
				if len(open[j]) == 0 {
					continue
				}
				if !ranked[j] {
					if err := byTypicality(ctx, v, open[j], neighbors); err != nil {
						return nil, err
					}
					ranked[j] = true
				}
				b.take(open[j][0] - labeled)
				open[j] = open[j][1:]
				some = true
			}
		}
	}
	return b.chosen, nil
}

// byTypicality sorts rows by their mean distance to their nearest neighbors among them, the least first.
func byTypicality(ctx context.Context, v *vectors, rows []int, neighbors int) error {
	k := max(1, min(neighbors, len(rows)/2))
	mean := make(map[int]float64, len(rows))
	means := make([]float64, len(rows))
	err := inParallel(ctx, len(rows), block(len(rows)), func(from, to int) error {
		for i := from; i < to; i++ {
			near := newNeighborhood(k)
			row := v.row(rows[i])
			for _, other := range rows {
				if other != rows[i] {
					near.offer(difference(v.norms[rows[i]], v.norms[other], float64(fastDot(row, v.row(other)))), int32(other))
				}
			}
			for _, d := range near.distance {
				means[i] += math.Sqrt(d) / float64(len(near.distance))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, row := range rows {
		mean[row] = means[i]
	}
	slices.SortFunc(rows, func(a, b int) int { return cmp.Or(cmp.Compare(mean[a], mean[b]), a-b) })
	return nil
}
