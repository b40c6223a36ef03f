package subsample

import (
	"math"
	"slices"
	"testing"
)

// The share that UPS keeps is what its formula says, to 3 standard errors over 1,000 draws.
func TestKeptShare(t *testing.T) {
	const draws = 1000
	for _, u := range []UPS{{Gamma: 0.1, T: 0.01}, {Gamma: 0, T: 0.2}, {Gamma: 0.5, T: 3}} {
		pool := poolOf(500)
		probabilities, err := u.KeepProbabilities(pool)
		if err != nil {
			t.Fatal(err)
		}
		var mean, variance float64
		for _, p := range probabilities {
			mean += p
			variance += p * (1 - p)
		}
		kept := 0
		for round := range draws {
			pool.Key.Round = round
			kept += len(sample(t, u, pool).Positions)
		}
		n := float64(len(pool.IDs))
		got, want, se := float64(kept)/draws/n, mean/n, math.Sqrt(variance/draws)/n
		t.Logf("%+v: kept %.5f, expected %.5f, standard error %.5f", u, got, want, se)
		if math.Abs(got-want) > 3*se {
			t.Errorf("%+v keeps %.5f of the pool, Σp/N is %.5f ± %.5f", u, got, want, se)
		}
	}
}

// Each document is kept as often as its own probability says, and independently of its neighbor in rank.
func TestKeptOneByOne(t *testing.T) {
	const draws = 2000
	u, pool := UPS{Gamma: 0.1, T: 0.3}, poolOf(60)
	probabilities, err := u.KeepProbabilities(pool)
	if err != nil {
		t.Fatal(err)
	}
	kept, pairs, pairsExpected, pairsVariance := make([]int, 60), 0.0, 0.0, 0.0
	order := pool.ranking()
	for round := range draws {
		pool.Key.Round = round
		keep := make([]bool, 60)
		for _, p := range sample(t, u, pool).Positions {
			kept[p]++
			keep[p] = true
		}
		for i := 20; i+1 < 60; i += 2 {
			both := probabilities[order[i]] * probabilities[order[i+1]]
			pairsExpected += both
			pairsVariance += both * (1 - both)
			if keep[order[i]] && keep[order[i+1]] {
				pairs++
			}
		}
	}
	for i, p := range probabilities {
		// 4.5 standard errors: 60 documents, of which none may be out by chance.
		if got := float64(kept[i]) / draws; math.Abs(got-p) > 4.5*math.Sqrt(p*(1-p)/draws) {
			t.Errorf("document %d is kept %.4f of the times, should %.4f", i, got, p)
		}
	}
	if math.Abs(pairs-pairsExpected) > 3*math.Sqrt(pairsVariance) {
		t.Errorf("neighbors are kept together %g times, should %g ± %g", pairs, pairsExpected, math.Sqrt(pairsVariance))
	}
}

// 10,000 documents with one and the same score: where in the pool they are makes no difference.
func TestTiedDocumentsAreKeptUniformly(t *testing.T) {
	const groups, draws = 20, 30
	pool := poolOf(10_000)
	for i := range pool.Stale {
		pool.Stale[i] = 0.25
	}
	for _, sampler := range []Sampler{UPS{Gamma: 0.1, T: 0.01}, TopGamma{Gamma: 0.1}, RandomSubset{Share: 0.1}} {
		var kept [groups]float64
		total, often := 0.0, make([]int, len(pool.IDs))
		for round := range draws {
			pool.Key.Round = round
			for _, p := range sample(t, sampler, pool).Positions {
				kept[p*groups/len(pool.IDs)]++
				often[p]++
				total++
			}
		}
		square := 0.0
		for _, k := range kept {
			square += (k - total/groups) * (k - total/groups) / (total / groups)
		}
		if square > 43.82 { // 0.1 % of chi-square with 19 degrees of freedom
			t.Errorf("%s: chi-square %.1f, %v", sampler.Name(), square, kept)
		}
		// No document is favored: 18 of 30 draws have the chance 1e-9 at a share of 0.11.
		if most := slices.Max(often); most >= 18 {
			t.Errorf("%s: one document was kept %d times in %d", sampler.Name(), most, draws)
		}
	}
}

func TestRankZeroIsTheMostUncertain(t *testing.T) {
	pool := poolOf(100)
	order := pool.ranking()
	if pool.Stale[order[0]] != slices.Max(pool.Stale) || pool.Stale[order[99]] != slices.Min(pool.Stale) {
		t.Errorf("rank 0 has the score %g, rank 99 %g", pool.Stale[order[0]], pool.Stale[order[99]])
	}
	probabilities, err := UPS{Gamma: 0.1, T: 0.5}.KeepProbabilities(pool)
	if err != nil {
		t.Fatal(err)
	}
	for rank, position := range order {
		want := math.Exp(-math.Max(0, float64(rank)/100-0.1) / 0.5)
		if got := probabilities[position]; math.Abs(got-want) > 1e-15 || rank <= 10 && got != 1 || rank == 11 && got == 1 {
			t.Errorf("rank %d has the probability %g, want %g", rank, got, want)
		}
	}
}

func TestDocumentsThatWereNeverScoredAreScored(t *testing.T) {
	pool := poolOf(1000)
	for i := range 300 {
		pool.Stale[i*3] = math.NaN()
	}
	for _, sampler := range []Sampler{UPS{Gamma: 0.1, T: 0.01}, UPS{}, TopGamma{Gamma: 0.1}} {
		got := sample(t, sampler, pool)
		for i := range 300 {
			if _, found := slices.BinarySearch(got.Positions, i*3); !found {
				t.Fatalf("%+v left out document %d", sampler, i*3)
			}
		}
		// They have the ranks up to 0.3, so that hardly anything is kept besides.
		if len(got.Positions) > 301 {
			t.Errorf("%+v scored %d documents", sampler, len(got.Positions))
		}
	}
	probabilities, err := UPS{Gamma: 0.4, T: 0}.KeepProbabilities(pool)
	if err != nil {
		t.Fatal(err)
	}
	if sum := sum(probabilities); sum != 401 {
		t.Errorf("γ = 0.4 with 300 new documents keeps %g", sum)
	}
	pool.Stale = nil
	if got := sample(t, UPS{}, pool); !got.Full {
		t.Errorf("nothing was ever scored, and %d documents are", len(got.Positions))
	}
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}

func TestTopUp(t *testing.T) {
	pool := poolOf(100)
	pool.Budget, pool.Costs = 95, make([]int, 100)
	for i := range pool.Costs {
		pool.Costs[i] = 10
	}
	order := pool.ranking()
	pool.Costs[order[3]] = 0
	want := slices.Sorted(slices.Values(order[:11])) // ten that cost 10, and the one that costs nothing
	got := sample(t, TopGamma{Gamma: 0.02}, pool)
	if !slices.Equal(got.Positions, want) || got.ToppedUp != 8 {
		t.Errorf("%v, topped up %d; want %v, 8", got.Positions, got.ToppedUp, want)
	}
	pool.Budget = 20
	if got := sample(t, TopGamma{Gamma: 0.02}, pool); len(got.Positions) != 3 || got.ToppedUp != 0 {
		t.Errorf("%v, topped up %d, though the kept ones do", got.Positions, got.ToppedUp)
	}
	// A batch larger than the pool takes all of it.
	pool.Budget = 5000
	if got := sample(t, TopGamma{Gamma: 0.02}, pool); !got.Full || got.ToppedUp != 97 {
		t.Errorf("%d documents, topped up %d", len(got.Positions), got.ToppedUp)
	}
}

func TestExpectedShare(t *testing.T) {
	u, pool := DefaultUPS(), poolOf(50_000)
	probabilities, err := u.KeepProbabilities(pool)
	if err != nil {
		t.Fatal(err)
	}
	share := sum(probabilities) / 50_000
	if math.Abs(share-0.11) > 1e-4 || math.Abs(share-ExpectedShare(u.Gamma, u.T)) > 1e-4 {
		t.Errorf("Σp/N is %.5f, in closed form %.5f", share, ExpectedShare(u.Gamma, u.T))
	}
	if got := float64(len(sample(t, u, pool).Positions)) / 50_000; math.Abs(got-0.11) > 0.005 {
		t.Errorf("a sample has the share %.4f", got)
	}
	for _, c := range []struct{ gamma, t, want float64 }{
		{0.3, 0, 0.3}, {1, 0, 1}, {1, 2, 1}, {0, 1e12, 1}, {0.3, 1e-320, 0.3}, {0, 1, 1 - 1/math.E},
	} {
		if got := ExpectedShare(c.gamma, c.t); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("ExpectedShare(%g, %g) is %g, want %g", c.gamma, c.t, got, c.want)
		}
	}
}

func TestTheLimitOfTIsTopGamma(t *testing.T) {
	for _, n := range []int{0, 1, 2, 9, 10, 1000} {
		pool := poolOf(n)
		for _, gamma := range []float64{0, 0.1, 0.3, 0.999, 1} {
			want := sample(t, TopGamma{Gamma: gamma}, pool).Positions
			// The ranks r with r/n ≤ γ, in whole numbers.
			if count := min(n, int(math.Round(gamma*1000))*n/1000+1); len(want) != count {
				t.Errorf("n %d, γ %g: top-gamma keeps %d, want %d", n, gamma, len(want), count)
			}
			for _, temperature := range []float64{0, 5e-324, 1e-300, 1e-9} {
				got := sample(t, UPS{Gamma: gamma, T: temperature}, pool).Positions
				if !slices.Equal(got, want) {
					t.Errorf("n %d, γ %g, T %g: %d documents, top-gamma keeps %d", n, gamma, temperature, len(got), len(want))
				}
			}
			if got := sample(t, UPS{Gamma: gamma, T: math.MaxFloat64}, pool); !got.Full {
				t.Errorf("n %d, γ %g: an endless T keeps %d", n, gamma, len(got.Positions))
			}
		}
	}
}

func TestFullQueries(t *testing.T) {
	pool := poolOf(1000)
	for query := range 12 {
		pool.Query = query
		full := slices.Contains([]int{0, 1, 4, 8}, query)
		if got := sample(t, DefaultUPS(), pool); got.Full != full {
			t.Errorf("query %d: full is %v", query, got.Full)
		}
		probabilities, err := DefaultUPS().KeepProbabilities(pool)
		if err != nil || (sum(probabilities) == 1000) != full {
			t.Errorf("query %d: Σp is %g, %v", query, sum(probabilities), err)
		}
	}
	if _, err := (UPS{Gamma: 2}).KeepProbabilities(pool); err == nil {
		t.Error("γ is 2, and KeepProbabilities returned no error")
	}
}

func TestRandomSubsetHasItsSize(t *testing.T) {
	for _, c := range []struct {
		n, budget int
		share     float64
		want      int
		toppedUp  int
	}{{0, 5, 0.5, 0, 0}, {1, 0, 0.5, 1, 0}, {1, 1, 0.4, 1, 1}, {1000, 10, 0.1, 100, 0}, {1000, 150, 0.1, 150, 50}, {5, 0, 0.1, 1, 0}} {
		pool := poolOf(c.n)
		pool.Budget = c.budget
		if got := sample(t, RandomSubset{Share: c.share}, pool); len(got.Positions) != c.want || got.ToppedUp != c.toppedUp {
			t.Errorf("%+v: %d documents, %d of them topped up", c, len(got.Positions), got.ToppedUp)
		}
	}
}
