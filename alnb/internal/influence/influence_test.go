package influence

import (
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/alnb/alnb/alnb/internal/nn"
)

// A toy network whose rows have positions: looked-up vectors, a scale, two dense layers, and a square for each position.
type toy struct {
	rows, positions, words, size, out int
}

func (n toy) dims() map[string][]int {
	return map[string][]int{
		"table": {n.words, n.size}, "scale": {n.size}, "shift": {n.size}, "dense.weight": {n.out, n.size}, "dense.bias": {n.out},
	}
}

func (n toy) names() []string {
	return []string{"table", "scale", "shift", "dense.weight", "dense.bias"}
}

// losses are one a row, of numbers int32 [rows, positions] and the weights.
func (n toy) losses(w nn.Weights, uses *[]nn.Use, numbers *Node) *Node {
	note := func(kind nn.UseKind, name string, input, output *Node) *Node {
		*uses = append(*uses, nn.Use{Kind: kind, Weight: name, Dims: n.dims()[name], Input: input, Output: output})
		return output
	}
	x := note(nn.Lookup, "table", numbers, Gather(w.Of("table"), ExpandAxes(numbers, -1)))
	x = note(nn.Scaling, "scale", x, Mul(x, ExpandLeftToRank(w.Of("scale"), 3)))
	x = note(nn.Sum, "shift", nil, Add(x, ExpandLeftToRank(w.Of("shift"), 3)))
	y := note(nn.Product, "dense.weight", x, DotGeneral(x, []int{2}, nil, w.Of("dense.weight"), []int{1}, nil))
	y = note(nn.Sum, "dense.bias", nil, Add(y, ExpandLeftToRank(w.Of("dense.bias"), 3)))
	return ReduceSum(Reshape(Square(Sin(y)), n.rows, -1), 1) // [rows]
}

// Both ways to a product's and a look-up's norm, over pairs and by way of the sum, give what each row's own gradient gives.
func TestSquaredNorms(t *testing.T) {
	for name, n := range map[string]toy{
		"few positions, long table":   {rows: 3, positions: 2, words: 9, size: 7, out: 6},
		"many positions, short table": {rows: 3, positions: 20, words: 4, size: 3, out: 2},
		"one position":                {rows: 2, positions: 1, words: 5, size: 4, out: 3},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			numbers := make([]int32, n.rows*n.positions)
			for i := range numbers {
				numbers[i] = int32(r.IntN(n.words))
			}
			inputs := []any{tensors.FromFlatDataAndDimensions(numbers, n.rows, n.positions)}
			for _, name := range n.names() {
				size := 1
				for _, d := range n.dims()[name] {
					size *= d
				}
				values := make([]float32, size)
				for i := range values {
					values[i] = float32(r.NormFloat64())
				}
				inputs = append(inputs, tensors.FromFlatDataAndDimensions(values, n.dims()[name]...))
			}
			got := call(t, inputs, func(in []*Node) []*Node {
				var uses []nn.Use
				loss := ReduceAllSum(n.losses(n.weights(in[1:]), &uses, in[0]))
				return []*Node{SquaredNorms(loss, uses, n.names())}
			})[0]
			for row := range n.rows {
				want := 0.0
				for _, gradient := range call(t, inputs, func(in []*Node) []*Node {
					var uses []nn.Use
					losses := n.losses(n.weights(in[1:]), &uses, in[0])
					return Gradient(ReduceAllSum(Slice(losses, AxisRange(row, row+1))), in[1:]...)
				}) {
					for _, g := range gradient {
						want += float64(g) * float64(g)
					}
				}
				if off := math.Abs(float64(got[row])-want) / want; !(off <= 1e-4) {
					t.Errorf("row %d: %g, by itself %g", row, got[row], want)
				}
			}
		})
	}
}

func (n toy) weights(nodes []*Node) nn.Weights {
	return nn.WeightsOf(func(name string) *Node {
		for i, known := range n.names() {
			if known == name {
				return nodes[i]
			}
		}
		panic("no weight " + name)
	})
}

var openBackend = sync.OnceValues(func() (compute.Backend, error) { return compute.NewWithConfig("go") })

func goBackend(t *testing.T) compute.Backend {
	t.Helper()
	backend, err := openBackend()
	if err != nil {
		t.Fatal(err)
	}
	return backend
}

func call(t *testing.T, inputs []any, graph func(in []*Node) []*Node) (out [][]float32) {
	t.Helper()
	results, err := CallOnceN(goBackend(t), graph, inputs...)
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range results {
		out = append(out, tensors.MustCopyFlatData[float32](result))
	}
	return out
}

// What isn't noted, or used twice, would be missing in the sum: that is refused.
func TestIncompleteUses(t *testing.T) {
	n := toy{rows: 2, positions: 2, words: 3, size: 2, out: 2}
	for want, change := range map[string]func(uses []nn.Use) []nn.Use{
		`nothing was noted of the use of the weight "dense.bias"`: func(uses []nn.Use) []nn.Use { return uses[:4] },
		`the weight "dense.bias" is used twice`:                   func(uses []nn.Use) []nn.Use { return append(uses, uses[4]) },
	} {
		func() {
			defer func() {
				if r := recover(); r == nil || !strings.Contains(r.(error).Error(), want) {
					t.Errorf("got %v, want %q", r, want)
				}
			}()
			g := NewGraph(goBackend(t), "incomplete")
			var uses []nn.Use
			w := nn.WeightsOf(func(name string) *Node { return Ones(g, withDims(Const(g, float32(1)), n.dims()[name]...)) })
			loss := ReduceAllSum(n.losses(w, &uses, Const(g, [][]int32{{0, 1}, {2, 2}})))
			SquaredNorms(loss, change(uses), n.names())
		}()
	}
}
