package keyed

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"strings"
	"testing"
)

func TestKeysDiffer(t *testing.T) {
	seen := map[uint64]Key{}
	for _, k := range []Key{
		{}, {Seed: 1}, {Round: 1}, {Round: -1}, {Purpose: "a"}, {ID: "a"}, {Purpose: "ab"}, {Purpose: "a", ID: "b"}, {ID: "ab"},
		{Seed: 1, Round: 1}, {Seed: 256}, {Purpose: "a\x00b"}, {Purpose: "a", ID: "\x00b"},
	} {
		if other, ok := seen[k.Hash()]; ok {
			t.Errorf("%+v and %+v have the same value", k, other)
		}
		seen[k.Hash()] = k
		same := k
		if k.Hash() != same.Hash() || k.Stream().Uint64() != same.Stream().Uint64() {
			t.Errorf("%+v gives two values", k)
		}
	}
}

// The values are part of what a run folder means: they must not change between versions.
func TestValuesAreFixed(t *testing.T) {
	k := Key{Seed: 1, Purpose: "ties", Round: 2, ID: "doc-3"}
	if got, want := k.Hash(), uint64(goldenHash); got != want {
		t.Errorf("Hash is %#x, was %#x", got, want)
	}
	if got, want := k.Stream().IntN(1_000_000), goldenInt; got != want {
		t.Errorf("the stream starts with %d, did with %d", got, want)
	}
}

func TestFloat64IsUniform(t *testing.T) {
	const n = 20000
	var sum, squares float64
	for i := range n {
		x := Key{Round: i}.Float64()
		if x < 0 || x >= 1 {
			t.Fatalf("%g is not in [0, 1)", x)
		}
		sum += x
		squares += x * x
	}
	if mean := sum / n; math.Abs(mean-0.5) > 0.01 {
		t.Errorf("mean %.4f", mean)
	}
	if second := squares / n; math.Abs(second-1.0/3) > 0.01 {
		t.Errorf("second moment %.4f", second)
	}
}

const (
	goldenHash = 0xe72a15eb85ae3c0b
	goldenInt  = 927279
)

// Keys of any length are hashed by the same rule, and those of usual length without an allocation.
func TestLengths(t *testing.T) {
	for n := range 600 {
		k := Key{Seed: 1 << 63, Purpose: "query, part"[:n%12], Round: -n, ID: strings.Repeat("x", n)}
		var plain bytes.Buffer
		for _, x := range []uint64{k.Seed, uint64(int64(k.Round)), uint64(len(k.Purpose))} {
			binary.Write(&plain, binary.LittleEndian, x)
		}
		sum := sha256.Sum256([]byte(plain.String() + k.Purpose + k.ID))
		if got, want := k.Hash(), binary.LittleEndian.Uint64(sum[:]); got != want {
			t.Fatalf("with an ID of %d bytes, Hash is %#x, want %#x", n, got, want)
		}
		if n > 200 {
			continue
		}
		if allocations := testing.AllocsPerRun(10, func() { k.Hash(); k.Float64() }); allocations != 0 {
			t.Fatalf("with an ID of %d bytes, Hash allocates", n)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	k := Key{Seed: 1, Purpose: "query", Round: 2, ID: "0123456789abcdef"}
	for b.Loop() {
		k.Hash()
	}
}
