package twins

import (
	"cmp"
	"context"
	"iter"
	"math"
	"slices"
)

// leaders is how many texts of a band are compared with all others that share it.
const leaders = 64

// bands cut signatures into bands of rows: texts that agree in all rows of a band are candidates.
type bands struct {
	signatures []uint32 // size a text
	texts      int
	count      int
	rows       int
	enough     int // rows of two signatures that must agree for a look at the shingles
}

// newBands takes as many rows a band as miss at most one in a million pairs of the threshold's similarity s: a pair is
// missed with probability (1 − s^rows)^count.
func newBands(signatures []uint32, threshold float64) *bands {
	b := &bands{signatures: signatures, texts: len(signatures) / size, rows: 1}
	for rows := 2; rows <= 16; rows++ {
		if math.Pow(1-math.Pow(threshold, float64(rows)), float64(size/rows)) > 1e-6 {
			break
		}
		b.rows = rows
	}
	b.count = size / b.rows
	// The share that agrees is off by five standard deviations in one pair of a million.
	b.enough = int(size*threshold - 5*math.Sqrt(size*threshold*(1-threshold)))
	return b
}

func (b *bands) signature(text int32) []uint32 { return b.signatures[int(text)*size:][:size] }

// An entry is a text with the hash of its rows of one band.
type entry struct {
	rows uint64
	text int32
}

// shared goes through the sets of these texts, in order, that agree in a band.
func (b *bands) shared(texts iter.Seq[int32]) iter.Seq[[]entry] {
	return func(yield func([]entry) bool) {
		var entries []entry
		for text := range texts {
			entries = append(entries, entry{text: text})
		}
		for band := range b.count {
			for i := range entries {
				e := &entries[i]
				e.rows = 0
				for _, v := range b.signature(e.text)[band*b.rows:][:b.rows] {
					e.rows = mix(e.rows + uint64(v) + 1)
				}
			}
			slices.SortFunc(entries, func(x, y entry) int {
				return cmp.Or(cmp.Compare(x.rows, y.rows), cmp.Compare(x.text, y.text))
			})
			for start := 0; start < len(entries); {
				end := start + 1
				for end < len(entries) && entries[start].rows == entries[end].rows {
					end++
				}
				if end-start > 1 && !yield(entries[start:end]) {
					return
				}
				start = end
			}
		}
	}
}

// shingled goes through the texts that have shingles; the others agree in nothing.
func (b *bands) shingled(yield func(text int32) bool) {
	for i := range int32(b.texts) {
		if slices.ContainsFunc(b.signature(i), func(v uint32) bool { return v != math.MaxUint32 }) && !yield(i) {
			return
		}
	}
}

// collide tells of each text whether it is a candidate with any.
func (b *bands) collide() []bool {
	found := make([]bool, b.texts)
	for same := range b.shared(b.shingled) {
		for j, e := range same {
			for _, leader := range same[:min(j, leaders)] {
				if (!found[e.text] || !found[leader.text]) && b.alike(e.text, leader.text) {
					found[e.text], found[leader.text] = true, true
				}
			}
		}
	}
	return found
}

// alike tells whether two signatures agree in enough rows.
func (b *bands) alike(i, j int32) bool {
	agree := 0
	other := b.signature(j)
	for k, v := range b.signature(i) {
		if v == other[k] {
			agree++
		}
	}
	return agree >= b.enough
}

// link joins the candidates that are similar enough: those that have sets.
func (b *bands) link(ctx context.Context, linked *union, sets [][]uint64, threshold float64) error {
	candidates := func(yield func(text int32) bool) {
		for i, set := range sets {
			if set != nil && !yield(int32(i)) {
				return
			}
		}
	}
	for same := range b.shared(candidates) {
		if err := ctx.Err(); err != nil {
			return err
		}
		for j, e := range same {
			for _, leader := range same[:min(j, leaders)] {
				x, y := e.text, leader.text
				if linked.find(x) != linked.find(y) && b.alike(x, y) && jaccard(sets[x], sets[y]) >= threshold {
					linked.join(x, y)
				}
			}
		}
	}
	return nil
}
