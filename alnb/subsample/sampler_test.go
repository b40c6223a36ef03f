package subsample

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/keyed"
)

// poolOf returns n documents with distinct stale scores in a random order.
func poolOf(n int) Pool {
	p := Pool{IDs: make([]string, n), Stale: make([]float64, n), Query: 2, Key: keyed.Key{Seed: 1, Round: 2}}
	for i := range p.IDs {
		p.IDs[i] = fmt.Sprintf("doc-%d", i)
		p.Stale[i] = keyed.Key{Purpose: "test", ID: p.IDs[i]}.Float64()
	}
	return p
}

// position is a score that tells which document got it.
func position(_ context.Context, positions []int) ([]float64, error) {
	scores := make([]float64, len(positions))
	for i, p := range positions {
		scores[i] = float64(p) + 0.5
	}
	return scores, nil
}

func sample(t testing.TB, s Sampler, pool Pool) Sample {
	t.Helper()
	got, err := s.Sample(t.Context(), pool, position)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func ids(pool Pool, s Sample) []string {
	var got []string
	for _, p := range s.Positions {
		got = append(got, pool.IDs[p])
	}
	slices.Sort(got)
	return got
}

func reversed(pool Pool) Pool {
	pool.IDs, pool.Stale, pool.Costs, pool.Tokens = slices.Clone(pool.IDs), slices.Clone(pool.Stale), slices.Clone(pool.Costs), slices.Clone(pool.Tokens)
	slices.Reverse(pool.IDs)
	slices.Reverse(pool.Stale)
	slices.Reverse(pool.Costs)
	slices.Reverse(pool.Tokens)
	return pool
}

// A sample holds what every sampler promises.
func checkSample(t *testing.T, pool Pool, asked []int, s Sample) {
	t.Helper()
	if len(s.Positions) != len(s.Scores) {
		t.Fatalf("%d positions, %d scores", len(s.Positions), len(s.Scores))
	}
	for i, p := range s.Positions {
		if p < 0 || p >= len(pool.IDs) || i > 0 && p <= s.Positions[i-1] {
			t.Fatalf("the positions %v don't ascend inside a pool of %d", s.Positions, len(pool.IDs))
		}
		if s.Scores[i] != float64(p)+0.5 {
			t.Errorf("document %d has the score %g of another", p, s.Scores[i])
		}
	}
	slices.Sort(asked)
	if !slices.Equal(asked, s.Positions) {
		t.Errorf("%v was scored for the sample %v", asked, s.Positions)
	}
	if s.Full != (len(s.Positions) == len(pool.IDs)) {
		t.Errorf("full is %v with %d of %d documents", s.Full, len(s.Positions), len(pool.IDs))
	}
}

func TestAllSamplersKeepTheirPromises(t *testing.T) {
	for _, sampler := range []Sampler{
		UPS{Gamma: 0.1, T: 0.05}, DefaultUPS(), UPS{}, UPS{Gamma: 1}, UPS{FullQueries: []int{2}}, TopGamma{Gamma: 0.1},
		TopGamma{FullQueries: []int{2}}, RandomSubset{Share: 0.1}, RandomSubset{Share: 1}, RandomSubset{Share: 0.1, FullQueries: []int{2}},
		Full{}, Deadline{Seconds: 60}, Deadline{Seconds: 60, Chunk: 7}, Deadline{Seconds: 1e-9}, Replay{IDs: []string{"doc-7", "doc-3"}},
	} {
		raw, err := json.Marshal(sampler)
		if err != nil {
			t.Fatal(err)
		}
		_, replay := sampler.(Replay)
		t.Run(fmt.Sprintf("%s%s", sampler.Name(), raw), func(t *testing.T) {
			if err := sampler.Check(); err != nil {
				t.Fatal(err)
			}
			again := reflect.New(reflect.TypeOf(sampler))
			if err := json.Unmarshal(raw, again.Interface()); err != nil || !reflect.DeepEqual(again.Elem().Interface(), sampler) {
				t.Errorf("%s became %+v, %v", raw, again.Elem(), err)
			}
			pools := map[string]Pool{}
			for _, n := range []int{0, 1, 10, 300} {
				pools[fmt.Sprint(n)] = poolOf(n)
			}
			spending, unscored, tied, poor := poolOf(300), poolOf(300), poolOf(300), poolOf(300)
			spending.Budget, spending.Costs, spending.Tokens = 900, make([]int, 300), make([]int, 300)
			for i := range spending.Costs {
				spending.Costs[i], spending.Tokens[i] = i%13, i%50
			}
			clear(tied.Stale)
			for i := range 20 {
				unscored.Stale[i*7] = math.NaN()
			}
			poor.Budget, poor.Stale = 301, nil
			pools["spending"], pools["unscored"], pools["tied"], pools["poor"] = spending, unscored, tied, poor
			for name, pool := range pools {
				if replay && len(pool.IDs) < 8 {
					continue
				}
				t.Run(name, func(t *testing.T) {
					given := reversed(reversed(pool)) // a deep copy
					var asked []int
					s, err := sampler.Sample(t.Context(), pool, func(ctx context.Context, positions []int) ([]float64, error) {
						if len(positions) == 0 {
							t.Error("score was asked for nothing")
						}
						asked = append(asked, positions...)
						return position(ctx, positions)
					})
					if err != nil {
						t.Fatal(err)
					}
					checkSample(t, pool, asked, s)
					if fmt.Sprint(pool) != fmt.Sprint(given) {
						t.Error("the pool changed")
					}
					spent := 0
					for _, p := range s.Positions {
						spent += pool.cost(p)
					}
					if spent < pool.Budget && !s.Full && !replay {
						t.Errorf("the sample can spend %d of %d", spent, pool.Budget)
					}
					if got := sample(t, sampler, pool); !slices.Equal(got.Positions, s.Positions) {
						t.Error("a second sample is another one")
					}
					back := reversed(pool)
					if got := ids(back, sample(t, sampler, back)); !slices.Equal(got, ids(pool, s)) {
						t.Errorf("from the pool in reverse order came %v, before %v", got, ids(pool, s))
					}
				})
			}
			t.Run("errors", func(t *testing.T) { checkErrors(t, sampler) })
		})
	}
}

func checkErrors(t *testing.T, sampler Sampler) {
	pool := poolOf(300)
	pool.Budget = 1
	broken := errors.New("broken")
	if _, err := sampler.Sample(t.Context(), pool, func(context.Context, []int) ([]float64, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("scoring failed and Sample returned %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, pool := range []Pool{pool, poolOf(10)} {
		if _, err := sampler.Sample(ctx, pool, position); !errors.Is(err, context.Canceled) {
			t.Errorf("the context was cancelled and Sample returned %v", err)
		}
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		var wrong string
		_, err := sampler.Sample(t.Context(), pool, func(_ context.Context, positions []int) ([]float64, error) {
			wrong = pool.IDs[positions[len(positions)-1]]
			scores := make([]float64, len(positions))
			scores[len(scores)-1] = bad
			return scores, nil
		})
		if err == nil || !strings.Contains(err.Error(), wrong+" ") || !strings.Contains(err.Error(), fmt.Sprint(bad)) {
			t.Errorf("%s has the score %g and Sample returned %v", wrong, bad, err)
		}
	}
	if _, err := sampler.Sample(t.Context(), pool, func(_ context.Context, positions []int) ([]float64, error) {
		return make([]float64, len(positions)-1), nil
	}); err == nil {
		t.Error("one score was missing and Sample returned no error")
	}
	for want, change := range map[string]func(p *Pool){
		"299 stale scores for 300": func(p *Pool) { p.Stale = p.Stale[1:] },
		"1 costs for 300":          func(p *Pool) { p.Costs = []int{1} },
		"0 numbers of tokens":      func(p *Pool) { p.Tokens = []int{} },
		"budget is -1":             func(p *Pool) { p.Budget = -1 },
		"number -1":                func(p *Pool) { p.Query = -1 },
		"doc-5 has the stale":      func(p *Pool) { p.Stale = slices.Clone(p.Stale); p.Stale[5] = math.Inf(1) },
		"doc-0 costs -1":           func(p *Pool) { p.Costs = make([]int, 300); p.Costs[0] = -1 },
		"doc-9 has -2 tokens":      func(p *Pool) { p.Tokens = make([]int, 300); p.Tokens[9] = -2 },
	} {
		wrong := pool
		change(&wrong)
		if _, err := sampler.Sample(t.Context(), wrong, position); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Sample returned %v, want %q", err, want)
		}
	}
}

func TestFieldsOutOfRange(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, sampler := range []Sampler{
		UPS{Gamma: -0.1}, UPS{Gamma: 1.1}, UPS{Gamma: nan}, UPS{T: -1}, UPS{T: nan}, UPS{T: inf}, UPS{FullQueries: []int{0, -1}},
		TopGamma{Gamma: -0.1}, TopGamma{Gamma: nan}, TopGamma{FullQueries: []int{-1}},
		RandomSubset{}, RandomSubset{Share: 1.01}, RandomSubset{Share: -1}, RandomSubset{Share: nan}, RandomSubset{Share: 1, FullQueries: []int{-1}},
		Deadline{}, Deadline{Seconds: -1}, Deadline{Seconds: nan}, Deadline{Seconds: inf}, Deadline{Seconds: 1, Chunk: -1},
		Replay{IDs: []string{"a", "a"}},
	} {
		err := sampler.Check()
		if err == nil || !strings.HasPrefix(err.Error(), "subsample: "+sampler.Name()+": ") {
			t.Errorf("%+v: %v", sampler, err)
			continue
		}
		if _, got := sampler.Sample(t.Context(), poolOf(3), position); got == nil || got.Error() != err.Error() {
			t.Errorf("%+v: Sample returned %v", sampler, got)
		}
	}
}

func TestOtherKeysGiveOtherSamples(t *testing.T) {
	pool := poolOf(300)
	for _, sampler := range []Sampler{UPS{Gamma: 0.1, T: 0.1}, RandomSubset{Share: 0.3}} {
		first := sample(t, sampler, pool).Positions
		for _, key := range []keyed.Key{{Seed: 1, Round: 3}, {Seed: 2, Round: 2}} {
			other := pool
			other.Key = key
			if slices.Equal(sample(t, sampler, other).Positions, first) {
				t.Errorf("%s takes the same documents with another key", sampler.Name())
			}
		}
		// Purposes and IDs are the sampler's own.
		same := pool
		same.Key.Purpose, same.Key.ID = "else", "else"
		if !slices.Equal(sample(t, sampler, same).Positions, first) {
			t.Errorf("%s heeds the key's purpose or ID", sampler.Name())
		}
	}
}

func TestReplay(t *testing.T) {
	pool := poolOf(300)
	pool.Budget = 20
	first := sample(t, UPS{Gamma: 0.1, T: 0.1}, pool)
	again := sample(t, Replay{IDs: ids(pool, first)}, pool)
	if !slices.Equal(again.Positions, first.Positions) || again.ToppedUp != 0 {
		t.Errorf("%v was replayed as %v", first.Positions, again.Positions)
	}
	_, err := Replay{IDs: []string{"doc-1", "gone"}}.Sample(t.Context(), pool, position)
	if err == nil || !strings.Contains(err.Error(), "document gone is not in the pool") {
		t.Error(err)
	}
}
