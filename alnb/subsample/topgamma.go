package subsample

import "context"

// TopGamma scores the share γ of the pool that was the most uncertain when it was last scored, and nothing else: [UPS]
// with T = 0, the ablation of the paper's Figure 16. It keeps the ranks up to and with γN, counted from 0.
type TopGamma struct {
	Gamma       float64 `json:"gamma"`        // in [0, 1]
	FullQueries []int   `json:"full_queries"` // those that score everything; the first is query 0
}

// Name implements Sampler.
func (TopGamma) Name() string { return "top-gamma" }

// Between implements Interleaved.
func (g TopGamma) Between() Sampler {
	g.FullQueries = nil
	return g
}

// Check implements Sampler.
func (g TopGamma) Check() error { return checkTop(g.Name(), g.Gamma, g.FullQueries) }

// Sample implements Sampler.
func (g TopGamma) Sample(ctx context.Context, pool Pool, score ScoreFunc) (Sample, error) {
	if err := g.Check(); err != nil {
		return Sample{}, err
	}
	return UPS{Gamma: g.Gamma, FullQueries: g.FullQueries}.Sample(ctx, pool, score)
}
