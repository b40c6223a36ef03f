package subsample

import (
	"context"
	"fmt"
	"math"
	"time"
)

// Deadline scores for a stated time: a person who waits for a query never waits longer than they said, however large the
// pool. It begins with the documents that were never scored, in random order, goes on with those that were the most
// uncertain when they were last scored, and stops before the chunk of documents that would end too late.
//
// A chunk is never cut off; its time is predicted from the slowest of the last few, by tokens where the pool has them,
// and a quarter is added. Chunks become shorter toward the end, so that one that takes five times as long as predicted
// still ends within the deadline and a tenth. The time for sorting the pool, 0.2 s for a million documents, is counted.
//
// Two things come before the deadline: the first chunk of 4 documents, whose time nobody can predict (so compile the
// model's programs before), and what the query's budget needs. A sample that took longer, for their sake or because the
// machine slowed down even more, is marked Late; of what it scored, ToppedUp documents were only for the budget.
//
// What it scores depends on the clock. To go on with an interrupted run as it was, keep the IDs and use [Replay].
type Deadline struct {
	Seconds float64 `json:"seconds"` // above 0
	Chunk   int     `json:"chunk"`   // the most documents in a chunk; 0: as many as take a tenth of the time, or half a second
}

// Name implements Sampler.
func (Deadline) Name() string { return "deadline" }

// Check implements Sampler.
func (d Deadline) Check() error {
	switch {
	case !(d.Seconds > 0 && d.Seconds <= math.MaxFloat64):
		return fmt.Errorf("subsample: deadline: seconds is %g; a query needs some time, above 0 and finite", d.Seconds)
	case d.Chunk < 0:
		return fmt.Errorf("subsample: deadline: chunk is %d; it is a number of documents, 0 for what the speed allows", d.Chunk)
	}
	return nil
}

// Sample implements Sampler.
func (d Deadline) Sample(ctx context.Context, pool Pool, score ScoreFunc) (Sample, error) {
	start := time.Now()
	if err := d.Check(); err != nil {
		return Sample{}, err
	}
	if err := pool.check(); err != nil {
		return Sample{}, err
	}
	if err := ctx.Err(); err != nil {
		return Sample{}, err
	}
	order := pool.ranking()
	scores, keep := make([]float64, len(order)), make([]bool, len(order))
	var s Sample
	done, spent, p := 0, 0, newPace(d)
	for done < len(order) {
		rest := d.Seconds - time.Since(start).Seconds()
		size := p.fitting(pool, order[done:], rest)
		if size == 0 {
			size = p.needed(pool, order[done:], pool.Budget-spent)
			s.ToppedUp += size
		}
		if size == 0 {
			break
		}
		chunk := order[done : done+size]
		got, seconds, err := pool.scoreAt(ctx, chunk, score)
		if err != nil {
			return Sample{}, err
		}
		for i, position := range chunk {
			scores[position], keep[position] = got[i], true
			spent += pool.cost(position)
		}
		p.took(pool, chunk, seconds)
		s.Seconds += seconds
		done += size
	}
	s.Positions, s.Scores = make([]int, 0, done), make([]float64, 0, done)
	for position, kept := range keep {
		if kept {
			s.Positions, s.Scores = append(s.Positions, position), append(s.Scores, scores[position])
		}
	}
	s.Full = done == len(order)
	s.Late = time.Since(start).Seconds() > d.Seconds
	return s, nil
}
