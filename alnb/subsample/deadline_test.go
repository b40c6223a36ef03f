package subsample

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// machine is a score function that takes so long for each token, from each moment on, besides a fixed time a call.
type machine struct {
	pool    Pool
	call    time.Duration
	perWork func(since time.Duration) time.Duration
	calls   int
	order   []int
}

func (m *machine) run(t *testing.T, d Deadline) (Sample, time.Duration) {
	t.Helper()
	start := time.Now()
	s, err := d.Sample(t.Context(), m.pool, func(ctx context.Context, positions []int) ([]float64, error) {
		m.calls++
		m.order = append(m.order, positions...)
		time.Sleep(m.call)
		for _, p := range positions {
			time.Sleep(time.Duration(m.pool.work(p)) * m.perWork(time.Since(start)))
		}
		return position(ctx, positions)
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, time.Since(start)
}

func steady(d time.Duration) func(time.Duration) time.Duration {
	return func(time.Duration) time.Duration { return d }
}

func TestDeadlineIsUsed(t *testing.T) {
	for _, seconds := range []float64{0.5, 5, 60} {
		for _, perWork := range []time.Duration{100 * time.Microsecond, time.Millisecond, 10 * time.Millisecond} {
			for _, call := range []time.Duration{0, 2 * time.Millisecond} {
				t.Run(fmt.Sprint(seconds, perWork, call), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						m := machine{pool: poolOf(20_000), call: call, perWork: steady(perWork)}
						s, took := m.run(t, Deadline{Seconds: seconds})
						if s.Full {
							if want := 20_000 * perWork; took < want {
								t.Errorf("20,000 documents took %v", took)
							}
							return
						}
						if took.Seconds() > seconds || s.Late || took.Seconds() < 0.9*seconds {
							t.Errorf("it took %v of %g s, late is %v", took, seconds, s.Late)
						}
						if math.Abs(s.Seconds-took.Seconds()) > 1e-6 {
							t.Errorf("%g s in score, of %v", s.Seconds, took)
						}
						t.Logf("%v, %d documents in %d chunks", took, len(s.Positions), m.calls)
						if m.calls > 100 && seconds < 60 {
							t.Errorf("%d chunks", m.calls)
						}
					})
				})
			}
		}
	}
}

// Whenever the machine becomes five times slower, the query ends within the deadline and a tenth.
func TestDeadlineHoldsWhenTheSpeedDrops(t *testing.T) {
	for _, seconds := range []float64{0.5, 5, 30} {
		worst := 0.0
		for step := range 101 {
			synctest.Test(t, func(t *testing.T) {
				drop := time.Duration(float64(step) / 100 * seconds * 1e9)
				m := machine{pool: poolOf(20_000), perWork: func(since time.Duration) time.Duration {
					if since < drop {
						return 2 * time.Millisecond
					}
					return 10 * time.Millisecond
				}}
				s, took := m.run(t, Deadline{Seconds: seconds})
				worst = max(worst, took.Seconds()/seconds)
				if took.Seconds() > 1.1*seconds {
					t.Errorf("the speed drops after %v: %v of %g s", drop, took, seconds)
				}
				if s.Late != (took.Seconds() > seconds) {
					t.Errorf("late is %v after %v of %g s", s.Late, took, seconds)
				}
				if took.Seconds() < 0.8*seconds {
					t.Errorf("the speed drops after %v: only %v of %g s", drop, took, seconds)
				}
			})
		}
		t.Logf("%g s: the worst took %.3f of it", seconds, worst)
	}
}

// Long documents come first where they are the most uncertain; the speed by tokens says what the short ones take.
func TestDeadlineCountsTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := poolOf(5000)
		pool.Tokens = make([]int, 5000)
		for rank, position := range pool.ranking() {
			pool.Tokens[position] = 2
			if rank >= 500 {
				pool.Tokens[position] = 200 // a hundredfold, all of a sudden
			}
		}
		m := machine{pool: pool, perWork: steady(50 * time.Microsecond)}
		s, took := m.run(t, Deadline{Seconds: 5})
		if took > 5*time.Second || took < 4500*time.Millisecond || s.Late {
			t.Errorf("%v, late is %v", took, s.Late)
		}
		m = machine{pool: pool, perWork: steady(50 * time.Microsecond)}
		m.pool.Tokens = make([]int, 5000) // documents without a token take some time too
		if s, took := m.run(t, Deadline{Seconds: 5}); !s.Full || took != 250*time.Millisecond {
			t.Errorf("%d documents in %v", len(s.Positions), took)
		}
	})
}

func TestDeadlineBeginsWithTheMostUncertain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := poolOf(1000)
		for i := range 50 {
			pool.Stale[i] = math.NaN()
		}
		m := machine{pool: pool, perWork: steady(10 * time.Millisecond)}
		s, _ := m.run(t, Deadline{Seconds: 3})
		if want := pool.ranking()[:len(s.Positions)]; !slices.Equal(m.order, want) {
			t.Errorf("scored %v, want %v", m.order, want)
		}
		if slices.Max(m.order[:50]) >= 50 || len(m.order) < 200 {
			t.Errorf("of %d documents, the first are %v", len(m.order), m.order[:50])
		}
	})
}

// What the budget needs comes first, and what is late says so.
func TestDeadlineShorterThanTheBudgetNeeds(t *testing.T) {
	for _, d := range []Deadline{{Seconds: 1}, {Seconds: 1, Chunk: 3}, {Seconds: 0.05}, {Seconds: 1e-9}} {
		synctest.Test(t, func(t *testing.T) {
			pool := poolOf(1000)
			pool.Budget = 40
			m := machine{pool: pool, perWork: steady(100 * time.Millisecond)}
			s, took := m.run(t, d)
			if len(s.Positions) != 40 || !s.Late || took != 4*time.Second {
				t.Errorf("%+v: %d documents in %v, late is %v", d, len(s.Positions), took, s.Late)
			}
			if s.ToppedUp < 30 || s.ToppedUp > 36 {
				t.Errorf("%+v: %d documents were for the budget only", d, s.ToppedUp)
			}
			pool.Budget, pool.Costs = 1000, make([]int, 1000)
			for i := range pool.Costs {
				pool.Costs[i] = 30
			}
			m = machine{pool: pool, perWork: steady(100 * time.Millisecond)}
			if s, _ := m.run(t, d); len(s.Positions) != 34 || !s.Late {
				t.Errorf("%+v: %d documents of 30 words for 1000, late is %v", d, len(s.Positions), s.Late)
			}
		})
	}
	// One chunk takes longer than the deadline, and without a budget nothing follows.
	synctest.Test(t, func(t *testing.T) {
		m := machine{pool: poolOf(1000), perWork: steady(time.Second)}
		if s, took := m.run(t, Deadline{Seconds: 1}); len(s.Positions) != firstChunk || took != firstChunk*time.Second || !s.Late {
			t.Errorf("%d documents in %v, late is %v", len(s.Positions), took, s.Late)
		}
	})
}

// One slow chunk, as when a program is compiled, slows down the next few and not all.
func TestDeadlineRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := machine{pool: poolOf(20_000), perWork: func(since time.Duration) time.Duration {
			if since < 2*time.Second {
				return 500 * time.Millisecond
			}
			return time.Millisecond
		}}
		s, took := m.run(t, Deadline{Seconds: 10})
		if len(s.Positions) < 6500 || took > 10*time.Second {
			t.Errorf("%d documents in %v", len(s.Positions), took)
		}
	})
}

func TestDeadlineIsCancelledBetweenChunks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := Deadline{Seconds: 10}.Sample(ctx, poolOf(10_000), func(_ context.Context, positions []int) ([]float64, error) {
			time.Sleep(time.Duration(len(positions)) * 5 * time.Millisecond)
			return position(t.Context(), positions)
		})
		if took := time.Since(start); err != context.DeadlineExceeded || took > 1600*time.Millisecond {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestDeadlineByTheRealClock(t *testing.T) {
	m := machine{pool: poolOf(20_000), perWork: steady(100 * time.Microsecond)}
	s, took := m.run(t, Deadline{Seconds: 0.5})
	t.Logf("%v, %d documents in %d chunks", took, len(s.Positions), m.calls)
	// Generously: the machine may be busy with other tests.
	if took > time.Second || took < 250*time.Millisecond || len(s.Positions) < firstChunk {
		t.Errorf("%v, %d documents", took, len(s.Positions))
	}
	if s.Late != (took > 500*time.Millisecond) && math.Abs(took.Seconds()-0.5) > 0.01 {
		t.Errorf("late is %v after %v", s.Late, took)
	}
}
