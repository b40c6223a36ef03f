package nn

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Every derivative of a small LSTM, in float64; the fixture of make_light.py compares with PyTorch's.
func TestLSTMGradientsByFiniteDifferences(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, documents := range [][][]int32{ // [rows, seq]: which document a word is of
		{{0, 0, 0, 0}, {1, 2, 2, -1}, {3, 3, 3, 4}}, {{0, -1, -1}, {1, 1, -1}}, {{0}, {1}},
	} {
		const in, hidden = 2, 3
		rows, seq := len(documents), len(documents[0])
		dims := map[string][]int{}
		lstmShapes(dims, "lstm", in, hidden)
		names := slices.Sorted(maps.Keys(dims))
		names = append(names, "x", "loss weights")
		dims["x"], dims["loss weights"] = []int{seq, rows, in}, []int{seq, rows, 2 * hidden}
		values := make([][]float64, len(names))
		for i, name := range names {
			n := 1
			for _, d := range dims[name] {
				n *= d
			}
			values[i] = normals[float64](r, n, 1)
		}
		inputs := func() []any {
			var all []any
			for i, name := range names {
				all = append(all, tensors.FromFlatDataAndDimensions(values[i], dims[name]...))
			}
			return append(all, tensors.FromFlatDataAndDimensions(slices.Concat(documents...), rows, seq))
		}
		loss := func(nodes []*Node) *Node {
			w := named(names, nodes)
			h := biLSTM(w, "lstm", w.Of("x"), nil, TransposeAllAxes(nodes[len(names)], 1, 0))
			return ReduceAllSum(Mul(Add(h, MulScalar(Square(h), 0.5)), w.Of("loss weights")))
		}
		// The same with x as a table, in which every place is looked up.
		lookedUp := func(nodes []*Node) *Node {
			w := named(names, nodes)
			table := Reshape(w.Of("x"), seq*rows, in)                                        // [seq·rows, in]
			tokens := Iota(table.Graph(), shapes.Make(dtypes.Int32, seq*rows), 0)            // [seq·rows]
			tokens = Reshape(tokens, seq, rows)                                              // [seq, rows]
			h := biLSTM(w, "lstm", table, tokens, TransposeAllAxes(nodes[len(names)], 1, 0)) // [seq, rows, 2·hidden]
			return ReduceAllSum(Mul(Add(h, MulScalar(Square(h), 0.5)), w.Of("loss weights")))
		}
		forward := compiled(t, func(nodes []*Node) []*Node { return []*Node{loss(nodes), lookedUp(nodes)} })
		backward := compiled(t, func(nodes []*Node) []*Node {
			return append(Gradient(loss(nodes), nodes[:len(names)]...), Gradient(lookedUp(nodes), nodes[:len(names)]...)...)
		})
		if both := forward(inputs()...); math.Abs(tensors.MustCopyFlatData[float64](both[0])[0]-tensors.MustCopyFlatData[float64](both[1])[0]) > 1e-12 {
			t.Errorf("documents %v: %v, looked up in a table %v", documents, both[0], both[1])
		}
		at := func() float64 { return tensors.MustCopyFlatData[float64](forward(inputs()...)[0])[0] }
		var worst float64
		for i, gradient := range backward(inputs()...) {
			i = i % len(names)
			for k, got := range tensors.MustCopyFlatData[float64](gradient) {
				const h = 1e-5
				v := values[i][k]
				values[i][k] = v + h
				up := at()
				values[i][k] = v - h
				down := at()
				values[i][k] = v
				d := math.Abs(got - (up-down)/(2*h))
				if worst = max(worst, d); !(d < 1e-7) {
					t.Errorf("documents %v: the gradient of %s[%d] is %g, by differences %g", documents, names[i], k, got, (up-down)/(2*h))
				}
			}
		}
		t.Logf("documents %v: largest difference %.1e", documents, worst)
	}
}
