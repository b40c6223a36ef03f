package query

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// clusters are rows by their nearest center.
type clusters struct {
	of       []int     // the cluster of each row
	distance []float64 // of each row from its center, squared
	members  [][]int   // of each cluster, in ascending order; may be empty
}

const (
	maxIterations = 50   // of k-means
	converged     = 1e-4 // the relative gain of an iteration at which it ends
)

// kMeans makes k clusters: centers drawn as k-means++ does (Arthur and Vassilvitskii, "k-means++: The Advantages of Careful
// Seeding", SODA 2007), then Lloyd's iterations. It costs rows × k × dim multiplications an iteration.
func kMeans(ctx context.Context, v *vectors, k int, draw *rand.Rand) (*clusters, error) {
	centers, err := seeds(ctx, v, k, draw)
	if err != nil {
		return nil, err
	}
	c := &clusters{of: make([]int, v.n), distance: make([]float64, v.n), members: make([][]int, k)}
	for before, i := math.Inf(1), 0; ; i++ {
		if err := c.assign(ctx, v, centers); err != nil {
			return nil, err
		}
		sum := 0.0
		for _, d := range c.distance {
			sum += d
		}
		if i == maxIterations || sum >= before*(1-converged) {
			break
		}
		before = sum
		if err := c.center(ctx, v, centers); err != nil {
			return nil, err
		}
	}
	for i, cluster := range c.of {
		c.members[cluster] = append(c.members[cluster], i)
	}
	return c, nil
}

// seeds draws k rows, each but the first with a probability in proportion to its squared distance from the nearest one
// before it.
func seeds(ctx context.Context, v *vectors, k int, draw *rand.Rand) (*vectors, error) {
	centers := newVectors(k, v.dim)
	nearest := make([]float64, v.n)
	for i := range nearest {
		nearest[i] = 1 // the first is drawn uniformly
	}
	taken := make([]bool, v.n)
	for j := range k {
		next := sample(nearest, taken, draw.Float64())
		taken[next] = true
		copy(centers.row(j), v.row(next))
		centers.norms[j] = v.norms[next]
		err := inParallel(ctx, v.n, block(1)/4, func(a, b int) error {
			for i := a; i < b; i++ {
				d := v.distance(i, centers, j)
				if j == 0 || d < nearest[i] {
					nearest[i] = d
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return centers, nil
}

// assign gives each row to its nearest center.
func (c *clusters) assign(ctx context.Context, v, centers *vectors) error {
	return inParallel(ctx, v.n, block(centers.n), func(from, to int) error {
		for i := from; i < to; i++ {
			row := v.row(i)
			best, least := 0, math.Inf(1)
			for j := range centers.n {
				if d := centers.norms[j] - 2*float64(fastDot(row, centers.row(j))); d < least {
					best, least = j, d
				}
			}
			c.of[i], c.distance[i] = best, v.distance(i, centers, best)
		}
		return nil
	})
}

// center moves each center to the mean of its rows; one without rows stays.
func (c *clusters) center(ctx context.Context, v, centers *vectors) error {
	sums, counts := make([]float64, centers.n*v.dim), make([]float64, centers.n)
	for i, cluster := range c.of {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		counts[cluster]++
		sum := sums[cluster*v.dim : (cluster+1)*v.dim]
		for k, x := range v.row(i)[:v.dim] {
			sum[k] += float64(x)
		}
	}
	for j := range centers.n {
		if counts[j] == 0 {
			continue
		}
		row := centers.row(j)
		for k := range v.dim {
			row[k] = float32(sums[j*v.dim+k] / counts[j])
		}
		centers.norms[j] = dot(row, row)
	}
	return nil
}

// bySize returns the clusters that have members, the largest first, of equal ones that with the earlier member.
func (c *clusters) bySize() []int {
	var order []int
	for j := range c.members {
		if len(c.members[j]) > 0 {
			order = append(order, j)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		if d := len(c.members[b]) - len(c.members[a]); d != 0 {
			return d
		}
		return c.members[a][0] - c.members[b][0]
	})
	return order
}
