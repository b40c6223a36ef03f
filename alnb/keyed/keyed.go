// Package keyed gives randomness that depends only on what it is for.
//
// A value is a hash of a seed, a purpose, a round and a document's ID; a stream is a PCG seeded by such a hash. No
// state is carried along, so order, shards and restarts don't change a result, and the seed is all there is to store.
package keyed

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// A Key names one random value or stream.
type Key struct {
	Seed    uint64
	Purpose string // such as "train" or "ties"
	Round   int
	ID      string // a document's ID, where the value belongs to a document
}

// Hash returns the key's value, uniform over all of uint64.
func (k Key) Hash() uint64 {
	hi, _ := k.sum()
	return hi
}

// Float64 returns the key's value as a number in [0, 1).
func (k Key) Float64() float64 { return float64(k.Hash()>>11) / (1 << 53) }

// Stream returns the key's stream.
func (k Key) Stream() *rand.Rand { return rand.New(rand.NewPCG(k.sum())) }

// sum hashes the fields, each text after its length so that no two keys run together.
func (k Key) sum() (hi, lo uint64) {
	var room [256]byte // on the stack, as a pool's documents are hashed at each query; longer keys are moved off it
	buf := binary.LittleEndian.AppendUint64(room[:0], k.Seed)
	buf = binary.LittleEndian.AppendUint64(buf, uint64(int64(k.Round)))
	buf = binary.LittleEndian.AppendUint64(buf, uint64(len(k.Purpose)))
	buf = append(buf, k.Purpose...)
	buf = append(buf, k.ID...)
	s := sha256.Sum256(buf)
	return binary.LittleEndian.Uint64(s[:]), binary.LittleEndian.Uint64(s[8:])
}
