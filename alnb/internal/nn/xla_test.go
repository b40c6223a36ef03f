package nn

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/compute/xla"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/alnb/alnb/alnb/home"
)

var openXLA = sync.OnceValues(func() (compute.Backend, error) {
	xla.EnableAutoInstall(false)
	folder, err := home.Dir()
	if err != nil {
		return nil, err
	}
	plugin := filepath.Join(folder, filepath.FromSlash(home.Plugin))
	if _, err := os.Stat(plugin); err != nil {
		return nil, err
	}
	return compute.NewWithConfig("xla:" + plugin)
})

// xlaBackend is for graphs with loops: the Go backend has no DynamicSlice.
func xlaBackend(t testing.TB) compute.Backend {
	t.Helper()
	b, err := openXLA()
	if err != nil {
		t.Skipf("NOT TESTED, loops need XLA: %v; run make setup", err)
	}
	return b
}

// compiled returns a function that runs a graph.
func compiled(t testing.TB, graph func(in []*Node) []*Node) func(inputs ...any) []*tensors.Tensor {
	t.Helper()
	exec, err := NewExec(xlaBackend(t), graph)
	if err != nil {
		t.Fatal(err)
	}
	exec.SetMaxCache(-1)
	t.Cleanup(exec.Finalize)
	return func(inputs ...any) []*tensors.Tensor {
		t.Helper()
		out, err := exec.Call(inputs...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

func float32s(x *tensors.Tensor) []float32 { return tensors.MustCopyFlatData[float32](x) }

// named gives the nodes by their names.
func named(names []string, nodes []*Node) Weights {
	return WeightsOf(func(name string) *Node {
		for i, n := range names {
			if n == name {
				return nodes[i]
			}
		}
		panic("no weight " + name)
	})
}

// relative is ‖got − want‖ / ‖want‖, or ‖got‖ where want is zero.
func relative[T float32 | float64](got, want []T) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	var difference, norm float64
	for i := range want {
		d := float64(got[i]) - float64(want[i])
		difference, norm = difference+d*d, norm+float64(want[i])*float64(want[i])
	}
	if norm == 0 {
		norm = 1
	}
	return math.Sqrt(difference / norm)
}

func normals[T float32 | float64](r *rand.Rand, n int, scale float64) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = T(scale * r.NormFloat64())
	}
	return out
}
