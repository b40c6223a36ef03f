package nn

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Every derivative of a small LSTM, in float64; the fixture of make_light.py compares with PyTorch's.
func TestLSTMGradientsByFiniteDifferences(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, lengths := range [][]int32{{4, 1, 3}, {1, 2}, {1, 1}} {
		const in, hidden = 2, 3
		seq := int(slices.Max(lengths)) + int(lengths[1]) - 1 // with and without padding for all
		dims := map[string][]int{}
		lstmShapes(dims, "lstm", in, hidden)
		names := slices.Sorted(maps.Keys(dims))
		names = append(names, "x", "loss weights")
		dims["x"], dims["loss weights"] = []int{len(lengths), seq, in}, []int{len(lengths), seq, 2 * hidden}
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
			return append(all, tensors.FromFlatDataAndDimensions(lengths, len(lengths)))
		}
		loss := func(nodes []*Node) *Node {
			w := named(names, nodes)
			h := biLSTM(w, "lstm", w("x"), nodes[len(names)])
			return ReduceAllSum(Mul(Add(h, MulScalar(Square(h), 0.5)), w("loss weights")))
		}
		forward := compiled(t, func(nodes []*Node) []*Node { return []*Node{loss(nodes)} })
		backward := compiled(t, func(nodes []*Node) []*Node { return Gradient(loss(nodes), nodes[:len(names)]...) })
		at := func() float64 { return tensors.MustCopyFlatData[float64](forward(inputs()...)[0])[0] }
		var worst float64
		for i, gradient := range backward(inputs()...) {
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
					t.Errorf("lengths %v: the gradient of %s[%d] is %g, by differences %g", lengths, names[i], k, got, (up-down)/(2*h))
				}
			}
		}
		t.Logf("lengths %v: largest difference %.1e", lengths, worst)
	}
}
