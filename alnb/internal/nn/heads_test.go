package nn

import (
	"encoding/json"
	"os"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
)

// testdata/light_heads.json comes from PyTorch, by tests/reference/make_heads.py.
func TestLightHeadEqualsPyTorch(t *testing.T) {
	raw, err := os.ReadFile("testdata/light_heads.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct{ Reads, Last [][]float32 }
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	r := readLight(t)
	names, values := r.weights(t, r.Model.ClassifierShapes(r.Classes), r.Classification.Weights)
	run := compiled(t, func(in []*Node) []*Node {
		head := r.Model.ClassifierHead(named(names, in[WordInputs:]), WordsIn(in), nil)
		return []*Node{head.Reads, head.Last}
	})
	for _, size := range [][2]int{{9, 8}, {14, 11}} {
		out := run(append(r.batch(allRows, size[0], size[1], false).inputs, values...)...)
		for k, name := range []string{"largest states", "tanh layer"} {
			expected := [][][]float32{want.Reads, want.Last}[k]
			got, width := float32s(out[k]), len(expected[0])
			near(t, name, len(allRows), func(i int) []float32 { return got[i*width:][:width] }, func(i int) []float32 { return expected[i] })
		}
	}
}
