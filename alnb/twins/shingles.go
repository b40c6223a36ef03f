package twins

import (
	"math/bits"
	"slices"
	"unicode"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
)

// width is how many words a shingle has.
const width = 3

// shingles returns the hashes of a folded text's shingles, sorted, each once. There are none without words.
func shingles(folded string) []uint64 {
	var words []uint64
	for _, w := range corpus.Segments(folded) {
		if !punctuation(w) {
			words = append(words, keyed.Key{Purpose: "twins, word", ID: w}.Hash())
		}
	}
	if len(words) == 0 {
		return nil
	}
	n := max(1, len(words)-width+1)
	set := make([]uint64, n)
	for i := range set {
		var h uint64
		for _, w := range words[i:min(i+width, len(words))] {
			h = mix(bits.RotateLeft64(h, 23) + w)
		}
		set[i] = h
	}
	slices.Sort(set)
	return slices.Compact(set)
}

func punctuation(word string) bool {
	for _, r := range word {
		if !unicode.IsPunct(r) {
			return false
		}
	}
	return true
}

// mix is a bijection that leaves no pattern (the finalizer of SplitMix64: Steele, Lea and Flood, "Fast Splittable
// Pseudorandom Number Generators", 2014).
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// size is how many hashes a signature has.
const size = 128

// hashes are functions x → ax + b.
type hashes struct{ a, b [size]uint64 }

func newHashes() *hashes {
	h := &hashes{}
	for i := range size {
		h.a[i] = keyed.Key{Purpose: "twins, a", Round: i}.Hash() | 1
		h.b[i] = keyed.Key{Purpose: "twins, b", Round: i}.Hash()
	}
	return h
}

// sign appends a set's signature: for each function the upper half of its lowest value. Two sets agree in a share of
// them that estimates their Jaccard similarity.
func (h *hashes) sign(signatures []uint32, set []uint64) []uint32 {
	var lowest [size]uint64
	for i := range lowest {
		lowest[i] = ^uint64(0)
	}
	for _, x := range set {
		for i := range lowest {
			lowest[i] = min(lowest[i], h.a[i]*x+h.b[i])
		}
	}
	for _, v := range lowest {
		signatures = append(signatures, uint32(v>>32))
	}
	return signatures
}
