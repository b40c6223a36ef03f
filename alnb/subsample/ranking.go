package subsample

import (
	"cmp"
	"math"
	"slices"
)

// tiesPurpose is what the random number is for that orders documents of one score.
const tiesPurpose = "subsample ties"

// ranked is a position with what it is sorted by.
type ranked[T float64 | uint64] struct {
	by       T
	position int
}

// ranking returns all positions, the most uncertain first by what was last computed. Documents that were never scored
// come before all others. Ties, and with them the never-scored documents, are in a random order that depends on the key
// and their IDs only.
func (p Pool) ranking() []int {
	all := make([]ranked[float64], len(p.IDs))
	for i := range all {
		all[i] = ranked[float64]{math.Inf(1), i}
		if !p.neverScored(i) {
			all[i].by = p.Stale[i]
		}
	}
	slices.SortFunc(all, func(a, b ranked[float64]) int { return cmp.Compare(b.by, a.by) })
	order := make([]int, len(all))
	for i := range all {
		order[i] = all[i].position
	}
	// Only where scores tie is a hash needed, and in most pools hardly any do.
	var ties []ranked[uint64]
	for start := 0; start < len(all); {
		end := start + 1
		for end < len(all) && all[end].by == all[start].by {
			end++
		}
		if end-start > 1 {
			ties = p.shuffle(order[start:end], tiesPurpose, ties)
		}
		start = end
	}
	return order
}

// shuffle puts positions in a random order that depends on the key, the purpose and the documents' IDs only, not on the
// order they had. It returns the memory it worked in, for the next call.
func (p Pool) shuffle(positions []int, purpose string, memory []ranked[uint64]) []ranked[uint64] {
	memory = slices.Grow(memory[:0], len(positions))
	for _, position := range positions {
		memory = append(memory, ranked[uint64]{p.hash(purpose, position), position})
	}
	slices.SortFunc(memory, func(a, b ranked[uint64]) int {
		if c := cmp.Compare(a.by, b.by); c != 0 {
			return c
		}
		return cmp.Compare(p.IDs[a.position], p.IDs[b.position])
	})
	for i := range memory {
		positions[i] = memory[i].position
	}
	return memory
}

func (p Pool) hash(purpose string, position int) uint64 {
	key := p.Key
	key.Purpose, key.ID = purpose, p.IDs[position]
	return key.Hash()
}

// chance is a random number in [0, 1) of the document.
func (p Pool) chance(purpose string, position int) float64 {
	key := p.Key
	key.Purpose, key.ID = purpose, p.IDs[position]
	return key.Float64()
}
