package nn

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// lightReference is what tests/reference/make_light.py writes.
type lightReference struct {
	Tags, Classes   int
	Model           CNNBiLSTMCRF
	Words           [][]int32
	Chars           [][][]int32
	DocumentWeights []float32 `json:"document_weights"`
	Weights         map[string][]float32
	Tagging         struct {
		Emissions      [][][]float32
		Marginals      [][][]float32
		Viterbi        [][]int32
		LogProbability []float32 `json:"log_probability"`
		Gold, Soft     lightLoss
	}
	Classification struct {
		Logits    [][]float32
		Targets   [][]float32
		Loss      float64
		Gradients map[string][]float32
		Weights   map[string][]float32
	}
}

type lightLoss struct {
	Targets   [][][]float32
	Loss      float64
	Gradients map[string][]float32
}

func readLight(t *testing.T) lightReference {
	t.Helper()
	raw, err := os.ReadFile("testdata/light.json")
	if err != nil {
		t.Fatal(err)
	}
	var r lightReference
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// batch lays out rows, padded to seq words and columns characters with what must not matter.
func (r lightReference) batch(rows []int, seq, columns int) []any {
	words, lengths := make([]int32, len(rows)*seq), make([]int32, len(rows))
	chars, counts := make([]int32, len(rows)*seq*columns), make([]int32, len(rows)*seq)
	for i := range words {
		words[i] = int32(i % r.Model.Words)
	}
	for i := range chars {
		chars[i] = int32(i % r.Model.Chars)
	}
	for i, row := range rows {
		lengths[i] = int32(copy(words[i*seq:(i+1)*seq], r.Words[row]))
		for k, word := range r.Chars[row] {
			counts[i*seq+k] = int32(copy(chars[(i*seq+k)*columns:(i*seq+k+1)*columns], word))
		}
	}
	return []any{
		tensors.FromFlatDataAndDimensions(words, len(rows), seq), tensors.FromFlatDataAndDimensions(chars, len(rows), seq, columns),
		tensors.FromFlatDataAndDimensions(counts, len(rows), seq), tensors.FromFlatDataAndDimensions(lengths, len(rows)),
	}
}

func (r lightReference) weights(t *testing.T, shapes map[string][]int, others map[string][]float32) (names []string, values []any) {
	t.Helper()
	names = slices.Sorted(maps.Keys(shapes))
	for _, name := range names {
		v, ok := others[name]
		if !ok {
			v = r.Weights[name]
		}
		if v == nil {
			t.Fatalf("PyTorch's model has no weight %q", name)
		}
		values = append(values, tensors.FromFlatDataAndDimensions(v, shapes[name]...))
	}
	return names, values
}

var allRows = []int{0, 1, 2, 3, 4, 5}

// near compares rows of values, padded to a stride, with PyTorch's.
func near(t *testing.T, name string, got []float32, stride int, rows []int, want func(row int) []float32) {
	t.Helper()
	var most float64
	for i, row := range rows {
		most = max(most, worst(t, got[i*stride:], want(row)))
	}
	if t.Logf("%s: %.1e", name, most); !(most < 1e-5) {
		t.Errorf("%s differs by %g", name, most)
	}
}

func TestLightTaggerEqualsPyTorch(t *testing.T) {
	r := readLight(t)
	names, values := r.weights(t, r.Model.TaggerShapes(r.Tags), nil)
	run := compiled(t, func(in []*Node) []*Node {
		w := named(names, in[4:])
		emissions := r.Model.Tag(w, in[0], in[1], in[2], in[3], nil)
		path, logP := CRFViterbi(w, emissions, in[3])
		return []*Node{emissions, CRFMarginals(w, emissions, in[3]), ConvertDType(path, dtypes.Float32), logP}
	})
	check := func(name string, rows []int, seq, columns int) {
		out := run(append(r.batch(rows, seq, columns), values...)...)
		stride := seq * r.Tags
		near(t, name+": emissions", float32s(out[0]), stride, rows, func(row int) []float32 { return slices.Concat(r.Tagging.Emissions[row]...) })
		near(t, name+": marginals", float32s(out[1]), stride, rows, func(row int) []float32 {
			padding := make([]float32, stride)
			copy(padding, slices.Concat(r.Tagging.Marginals[row]...))
			return padding
		})
		near(t, name+": best paths", float32s(out[2]), seq, rows, func(row int) []float32 {
			padding := make([]float32, seq)
			for i, tag := range r.Tagging.Viterbi[row] {
				padding[i] = float32(tag)
			}
			return padding
		})
		near(t, name+": their probabilities", float32s(out[3]), 1, rows, func(row int) []float32 { return r.Tagging.LogProbability[row : row+1] })
	}
	check("the batch", allRows, 9, 8)
	check("more padding", allRows, 14, 13)
	for _, row := range []int{1, 3, 4} {
		check("alone", []int{row}, len(r.Words[row]), 8)
	}
}

func (r lightReference) checkGradients(t *testing.T, name string, names []string, got []*tensors.Tensor, want map[string][]float32) {
	t.Helper()
	if len(names) != len(want) {
		t.Errorf("%s: %d gradients, PyTorch's model has %d", name, len(names), len(want))
	}
	var most float64
	for i, n := range names {
		d := relative(float32s(got[i]), want[n])
		if most = max(most, d); !(d < 1e-4) {
			t.Errorf("%s: the gradient of %s differs by %g of its norm", name, n, d)
		}
	}
	t.Logf("%s: largest relative difference of %d gradients %.1e", name, len(names), most)
}

func TestLightTaggerGradientsEqualPyTorchs(t *testing.T) {
	r := readLight(t)
	names, values := r.weights(t, r.Model.TaggerShapes(r.Tags), nil)
	train := compiled(t, func(in []*Node) []*Node {
		w := named(names, in[6:])
		loss := CRFLoss(w, r.Model.Tag(w, in[0], in[1], in[2], in[3], nil), in[4], in[3], in[5])
		return append([]*Node{loss}, Gradient(loss, in[6:]...)...)
	})
	for _, size := range [][2]int{{9, 8}, {12, 10}} {
		seq := size[0]
		for name, want := range map[string]lightLoss{"gold": r.Tagging.Gold, "soft": r.Tagging.Soft} {
			targets, weights := make([]float32, len(allRows)*seq*r.Tags), make([]float32, len(allRows)*seq)
			for row := range allRows {
				copy(targets[row*seq*r.Tags:], slices.Concat(want.Targets[row]...))
				for i := range r.Words[row] {
					weights[row*seq+i] = r.DocumentWeights[row]
				}
			}
			in := append(r.batch(allRows, seq, size[1]), tensors.FromFlatDataAndDimensions(targets, len(allRows), seq, r.Tags),
				tensors.FromFlatDataAndDimensions(weights, len(allRows), seq))
			out := train(append(in, values...)...)
			if got := float64(float32s(out[0])[0]); math.Abs(got-want.Loss) > 1e-5 {
				t.Errorf("%s: loss %g, PyTorch's %g", name, got, want.Loss)
			}
			r.checkGradients(t, name, names, out[1:], want.Gradients)
		}
	}
}

func TestLightClassifierEqualsPyTorch(t *testing.T) {
	r := readLight(t)
	c := r.Classification
	names, values := r.weights(t, r.Model.ClassifierShapes(r.Classes), c.Weights)
	run := compiled(t, func(in []*Node) []*Node {
		w := named(names, in[6:])
		logits := r.Model.Classify(w, in[0], in[1], in[2], in[3], nil)
		loss := CrossEntropy(logits, in[4], in[5])
		return append([]*Node{logits, loss}, Gradient(loss, in[6:]...)...)
	})
	call := func(rows []int, seq, columns int) []*tensors.Tensor {
		var targets, weights []float32
		for _, row := range rows {
			targets, weights = append(targets, c.Targets[row]...), append(weights, r.DocumentWeights[row])
		}
		in := append(r.batch(rows, seq, columns), tensors.FromFlatDataAndDimensions(targets, len(rows), r.Classes),
			tensors.FromFlatDataAndDimensions(weights, len(rows)))
		return run(append(in, values...)...)
	}
	logits := func(row int) []float32 { return c.Logits[row] }
	for _, size := range [][2]int{{9, 8}, {14, 11}} {
		out := call(allRows, size[0], size[1])
		near(t, "logits", float32s(out[0]), r.Classes, allRows, logits)
		if got := float64(float32s(out[1])[0]); math.Abs(got-c.Loss) > 1e-5 {
			t.Errorf("loss %g, PyTorch's %g", got, c.Loss)
		}
		r.checkGradients(t, "classifier", names, out[2:], c.Gradients)
	}
	for _, row := range []int{1, 2} {
		near(t, "logits alone", float32s(call([]int{row}, len(r.Words[row]), 8)[0]), r.Classes, []int{row}, logits)
	}
}
