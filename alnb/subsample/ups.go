package subsample

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// UPS is unlabeled pool subsampling (Tsvigun et al. 2022, §3.4): it scores the documents that were the most uncertain
// when they were last scored, and a few of the others. A document is kept, independently of all others, with probability
//
//	p_i = exp(−max(0, r_i − γ) / T),  r_i = rank_i / N
//
// where rank 0 is the most uncertain of the pool's N documents. The share γ of the pool is so always scored, with
// T = 0 nothing else (r_i ≤ γ is kept), and about [ExpectedShare] of the pool on the whole.
//
// The paper prints the ranks in the opposite order, which its own prose and the authors' code contradict. Where it is
// silent: documents that were never scored are always scored, and take the first ranks, so that a query's cost stays
// what γ and T say until they alone are more; tied documents get their ranks at random; and where the kept ones can't
// spend the query's budget, the next in rank are added.
type UPS struct {
	Gamma float64 `json:"gamma"` // γ in [0, 1], the share that is always scored
	T     float64 `json:"t"`     // the temperature, in the unit of γ; 0 or more
	// FullQueries are those that score everything; the first is query 0. A model that was trained on a handful of labels
	// knows little of what it will be uncertain about later.
	FullQueries []int `json:"full_queries"`
}

// upsPurpose is what the random number is for that decides on a document.
const upsPurpose = "subsample ups"

// DefaultUPS is UPS with the paper's γ = 0.1 and T = 0.01, and the full queries of the authors' code.
func DefaultUPS() UPS { return UPS{Gamma: 0.1, T: 0.01, FullQueries: []int{0, 1, 4, 8}} }

// ExpectedShare is the share of a large pool that UPS keeps on average, γ + T(1 − exp(−(1−γ)/T)).
func ExpectedShare(gamma, t float64) float64 {
	if t == 0 {
		return gamma
	}
	return gamma - t*math.Expm1(-(1-gamma)/t)
}

// Name implements Sampler.
func (UPS) Name() string { return "ups" }

// Between implements Interleaved.
func (u UPS) Between() Sampler {
	u.FullQueries = nil
	return u
}

// Check implements Sampler.
func (u UPS) Check() error {
	if !(u.T >= 0 && u.T <= math.MaxFloat64) {
		return fmt.Errorf("subsample: ups: t is %g; the temperature must be 0 or more, and finite", u.T)
	}
	return checkTop(u.Name(), u.Gamma, u.FullQueries)
}

func checkTop(name string, gamma float64, full []int) error {
	if !(gamma >= 0 && gamma <= 1) {
		return fmt.Errorf("subsample: %s: gamma is %g; it is a share of the pool, from 0 to 1", name, gamma)
	}
	return checkFull(name, full)
}

func checkFull(name string, full []int) error {
	for _, query := range full {
		if query < 0 {
			return fmt.Errorf("subsample: %s: full_queries has %d; the first query is 0", name, query)
		}
	}
	return nil
}

// KeepProbabilities returns, for each document, the probability that this query scores it, topping up aside.
func (u UPS) KeepProbabilities(pool Pool) ([]float64, error) {
	if err := u.check(pool); err != nil {
		return nil, err
	}
	return u.probabilities(pool, pool.ranking()), nil
}

// Sample implements Sampler.
func (u UPS) Sample(ctx context.Context, pool Pool, score ScoreFunc) (Sample, error) {
	if err := u.check(pool); err != nil {
		return Sample{}, err
	}
	order := pool.ranking()
	keep := make([]bool, len(order))
	for position, p := range u.probabilities(pool, order) {
		keep[position] = p == 1 || p > 0 && pool.chance(upsPurpose, position) < p
	}
	return pool.score(ctx, keep, pool.topUp(keep, order), score)
}

func (u UPS) check(pool Pool) error {
	if err := u.Check(); err != nil {
		return err
	}
	return pool.check()
}

// probabilities returns, for each document, the probability of keeping it.
func (u UPS) probabilities(pool Pool, order []int) []float64 {
	full := slices.Contains(u.FullQueries, pool.Query)
	keep := make([]float64, len(order))
	for rank, position := range order {
		keep[position] = u.probability(rank, len(order), full, pool.neverScored(position))
	}
	return keep
}

// probability is that of the document of a rank in a pool of n.
func (u UPS) probability(rank, n int, full, neverScored bool) float64 {
	past := float64(rank)/float64(n) - u.Gamma
	switch {
	case full || past <= 0 || neverScored:
		return 1
	case u.T > 0:
		return math.Exp(-past / u.T)
	}
	return 0
}
