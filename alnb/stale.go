package alnb

import (
	"fmt"
	"math"
)

// stale is what an arm last computed of each document of the training split, over the rounds of one seed. It is made of
// the rounds' files alone, by a run that goes on as by one that was never interrupted.
type stale struct {
	scores []float64 // NaN where there is none
	rounds []int     // which round each comes from; −1 where there is none
	next   int       // the first round that isn't in it
}

func newStale(docs int) *stale {
	s := &stale{scores: make([]float64, docs), rounds: make([]int, docs)}
	for i := range docs {
		s.scores[i], s.rounds[i] = math.NaN(), -1
	}
	return s
}

// any tells whether one of the documents was ever scored.
func (s *stale) any(positions []int) bool {
	for _, position := range positions {
		if s.rounds[position] >= 0 {
			return true
		}
	}
	return false
}

// allOf tells whether the scores of all these documents are a round's.
func (s *stale) allOf(round int, positions []int) bool {
	for _, position := range positions {
		if s.rounds[position] != round {
			return false
		}
	}
	return true
}

// staleBefore returns what the arm had computed before the round.
func (r *runner) staleBefore(a int, seed uint64, round int) (*stale, error) {
	s := r.stale[a]
	for ; s.next < round; s.next++ {
		scores, err := r.folder.ReadScores(a, r.Arms[a].Name, seed, s.next)
		if err != nil {
			return nil, err
		}
		done, err := r.folder.ReadRound(a, r.Arms[a].Name, seed, s.next)
		if err != nil {
			return nil, err
		}
		if sample := done.Query.Sample; sample != nil && sample.Scored != len(scores) {
			return nil, fmt.Errorf("round %d scored %d documents, and its scores.json has %d; the folder was changed by hand: "+
				"remove that round and all after it", s.next, sample.Scored, len(scores))
		}
		for _, score := range scores {
			position, ok := r.position[score.ID]
			if !ok {
				_, err := r.positions([]string{score.ID})
				return nil, err
			}
			s.scores[position], s.rounds[position] = score.Score, s.next
		}
	}
	return s, nil
}
