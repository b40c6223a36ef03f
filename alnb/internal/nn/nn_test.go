package nn

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend"
)

// The Go backend will do: what XLA computes is checked in package model.
func backend(t *testing.T) compute.Backend {
	t.Helper()
	b, err := compute.NewWithConfig("go")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDropout(t *testing.T) {
	const rows, columns, p = 200, 500, 0.1
	ones := make([]float32, rows*columns)
	for i := range ones {
		ones[i] = 1
	}
	apply := func(key []uint32) [2][]float32 {
		out, err := CallOnceN(backend(t), func(x, key *Node) []*Node {
			d := NewDropout(key)
			return []*Node{d.Apply(x, p), d.Apply(x, p)}
		}, tensors.FromFlatDataAndDimensions(ones, rows, columns), tensors.FromFlatDataAndDimensions(key, 2))
		if err != nil {
			t.Fatal(err)
		}
		return [2][]float32{tensors.MustCopyFlatData[float32](out[0]), tensors.MustCopyFlatData[float32](out[1])}
	}
	dropped := func(x []float32, from, to, stride int) float64 {
		n, zeros := 0, 0
		for i := from; i < to; i += stride {
			switch {
			case x[i] == 0:
				zeros++
			case math.Abs(float64(x[i])-1/(1-p)) > 1e-6:
				t.Fatalf("a kept value became %g, want %g", x[i], 1/(1-p))
			}
			n++
		}
		return float64(zeros) / float64(n)
	}
	// Five standard deviations of a share of n.
	slack := func(n int) float64 { return 5 * math.Sqrt(p*(1-p)/float64(n)) }
	a, b := apply([]uint32{1, 2}), apply([]uint32{2, 2})
	for site, x := range a {
		if share := dropped(x, 0, len(x), 1); math.Abs(share-p) > slack(len(x)) {
			t.Errorf("site %d: a share of %.4f was dropped, want %.4f", site, share, p)
		}
		for column := 0; column < columns; column += 50 {
			if share := dropped(x, column, len(x), columns); math.Abs(share-p) > slack(rows) {
				t.Errorf("site %d, column %d: a share of %.4f was dropped, want %.4f", site, column, share, p)
			}
		}
	}
	// Two sites, two keys and neighbouring values are independent: both are dropped with probability p².
	for name, pair := range map[string][2][]float32{
		"sites": a, "keys": {a[0], b[0]}, "neighbours": {a[0][1:], a[0][:len(a[0])-1]}, "rows": {a[0][columns:], a[0]},
		"second key": {a[0], apply([]uint32{1, 3})[0]},
	} {
		both := 0
		for i := range min(len(pair[0]), len(pair[1])) {
			if pair[0][i] == 0 && pair[1][i] == 0 {
				both++
			}
		}
		if share := float64(both) / float64(len(ones)); math.Abs(share-p*p) > 5*math.Sqrt(p*p/float64(len(ones))) {
			t.Errorf("%s: a share of %.4f was dropped in both, want %.4f", name, share, p*p)
		}
	}
	if again := apply([]uint32{1, 2}); fmt.Sprint(again[0][:1000]) != fmt.Sprint(a[0][:1000]) {
		t.Error("the same key dropped other values")
	}
}

func TestActivationsEqualPyTorchs(t *testing.T) {
	raw, err := os.ReadFile("../../model/testdata/activations.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]json.RawMessage
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	values := func(name string) []float32 {
		var v []float32
		if err := json.Unmarshal(want[name], &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	x := values("x")
	for _, a := range []Activation{"gelu", "gelu_new", "relu"} {
		out, err := CallOnce(backend(t), func(x *Node) *Node { return a.apply(x) }, x)
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range tensors.MustCopyFlatData[float32](out) {
			if math.Abs(float64(got-values(string(a))[i])) > 1e-6 {
				t.Errorf("%s(%g) = %g, PyTorch %g", a, x[i], got, values(string(a))[i])
			}
		}
	}
	if Activation("mish").Supported() == nil {
		t.Error("mish is said to be supported")
	}
}
