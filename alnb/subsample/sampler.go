// Package subsample decides which part of the pool a query scores: scoring is what a query spends its time on, and most
// documents that the last models were sure of are documents that this one is sure of. One sampler, one file.
//
// Any strategy works with any sampler: a sampler sees only the uncertainty that each document had when it was last
// scored, and what comes out is a smaller pool for the strategy. [Report], [Kept] and [Containment] say what was won and
// lost by it.
package subsample

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/alnb/alnb/alnb/keyed"
)

// A Sampler is a plain struct whose exported fields are its configuration.
type Sampler interface {
	// Name identifies the sampler in a run's configuration.
	Name() string
	// Check tells in a sentence which field is out of range.
	Check() error
	// Sample has the documents scored that this query chooses from. Which they are depends on neither the order of the pool
	// nor anything else that isn't in it, the clock of [Deadline] aside.
	Sample(ctx context.Context, pool Pool, score ScoreFunc) (Sample, error)
}

// An Interleaved is a sampler of which some queries score everything.
type Interleaved interface {
	// Between is the sampler as it is in the other queries.
	Between() Sampler
}

// A ScoreFunc scores the documents at positions in the pool: one finite number each, the higher the more uncertain. It
// neither changes nor keeps positions, which are distinct, and it is never asked twice for one of them.
type ScoreFunc func(ctx context.Context, positions []int) ([]float64, error)

// A Pool is what is known of the unlabeled documents before a query. Samplers don't change it.
type Pool struct {
	IDs    []string  // distinct
	Stale  []float64 // the last computed uncertainty of each, NaN where there is none; nil: none was ever scored
	Costs  []int     // of each in the unit of Budget, such as words; nil: 1 each
	Tokens []int     // how long each is for the model, by which Deadline predicts its time; nil: all alike

	// Budget is what the query must be able to spend: where what was kept costs less, more is scored. A budget above the
	// whole pool's cost has everything scored.
	Budget int
	Query  int       // 0 is the first
	Key    keyed.Key // seed and round; purposes and IDs are the samplers' own
}

// A Sample is what was scored.
type Sample struct {
	Positions []int     `json:"positions"` // in the pool, ascending
	Scores    []float64 `json:"scores"`    // one for each of Positions
	Full      bool      `json:"full"`      // that is everything
	ToppedUp  int       `json:"topped_up"` // documents among them that were not kept, but needed for the budget
	Seconds   float64   `json:"seconds"`   // in the score function
	Late      bool      `json:"late"`      // it ended after the deadline, see Deadline
}

// check tells in a sentence what is wrong with the pool. That IDs are distinct, it takes on trust.
func (p Pool) check() error {
	n := len(p.IDs)
	switch {
	case p.Stale != nil && len(p.Stale) != n:
		return fmt.Errorf("subsample: %d stale scores for %d documents", len(p.Stale), n)
	case p.Costs != nil && len(p.Costs) != n:
		return fmt.Errorf("subsample: %d costs for %d documents", len(p.Costs), n)
	case p.Tokens != nil && len(p.Tokens) != n:
		return fmt.Errorf("subsample: %d numbers of tokens for %d documents", len(p.Tokens), n)
	case p.Budget < 0:
		return fmt.Errorf("subsample: the budget is %d; it must be 0 or more", p.Budget)
	case p.Query < 0:
		return fmt.Errorf("subsample: the query is number %d; the first is 0", p.Query)
	}
	for i, stale := range p.Stale {
		if math.IsInf(stale, 0) {
			return fmt.Errorf("subsample: document %s has the stale score %g", p.IDs[i], stale)
		}
	}
	for i, cost := range p.Costs {
		if cost < 0 {
			return fmt.Errorf("subsample: document %s costs %d", p.IDs[i], cost)
		}
	}
	for i, tokens := range p.Tokens {
		if tokens < 0 {
			return fmt.Errorf("subsample: document %s has %d tokens", p.IDs[i], tokens)
		}
	}
	return nil
}

func (p Pool) cost(position int) int {
	if p.Costs == nil {
		return 1
	}
	return p.Costs[position]
}

// neverScored tells whether the document has no stale score.
func (p Pool) neverScored(position int) bool { return p.Stale == nil || math.IsNaN(p.Stale[position]) }

// topUp keeps more documents, in the given order, until those that are kept can spend the budget. It returns how many.
func (p Pool) topUp(keep []bool, order []int) int {
	spent := 0
	for position, kept := range keep {
		if kept {
			spent += p.cost(position)
		}
	}
	added := 0
	for _, position := range order {
		if spent >= p.Budget {
			break
		}
		if !keep[position] {
			keep[position] = true
			spent += p.cost(position)
			added++
		}
	}
	return added
}

// score has the documents that are kept scored.
func (p Pool) score(ctx context.Context, keep []bool, toppedUp int, score ScoreFunc) (Sample, error) {
	count := 0
	for _, kept := range keep {
		if kept {
			count++
		}
	}
	s := Sample{Positions: make([]int, 0, count), Full: count == len(keep), ToppedUp: toppedUp}
	for position, kept := range keep {
		if kept {
			s.Positions = append(s.Positions, position)
		}
	}
	var err error
	s.Scores, s.Seconds, err = p.scoreAt(ctx, s.Positions, score)
	return s, err
}

// scoreAt calls score, where there is anything to score, and checks what it returns.
func (p Pool) scoreAt(ctx context.Context, positions []int, score ScoreFunc) (scores []float64, seconds float64, err error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	if len(positions) == 0 {
		return nil, 0, nil
	}
	start := time.Now()
	scores, err = score(ctx, positions)
	seconds = time.Since(start).Seconds()
	switch {
	case err != nil:
		return nil, seconds, err
	case len(scores) != len(positions):
		return nil, seconds, fmt.Errorf("subsample: %d scores for %d documents", len(scores), len(positions))
	}
	for i, s := range scores {
		if math.IsNaN(s) || math.IsInf(s, 0) {
			return nil, seconds, fmt.Errorf("subsample: document %s has the score %g", p.IDs[positions[i]], s)
		}
	}
	return scores, seconds, nil
}
