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

// batch lays out documents, one a row or, packed, as many as fit, in rows of seq words with columns characters; padding
// is what must not matter.
func (r lightReference) batch(docs []int, seq, columns int, packed bool) lightBatch {
	b := lightBatch{seq: seq, rows: make([]int, len(docs)), columns: make([]int, len(docs))}
	row, end := -1, seq
	for i, doc := range docs {
		if n := len(r.Words[doc]); !packed || end+n > seq {
			row, end = row+1, 0
		}
		b.rows[i], b.columns[i] = row, end
		end += len(r.Words[doc])
	}
	b.n = row + 1
	tokens, documents := make([]int32, b.n*seq), slices.Repeat([]int32{-1}, b.n*seq)
	var ids, chars, counts []int32
	add := func(id int32, spelling []int32) int32 {
		for i := range ids {
			if ids[i] == id && int(counts[i]) == len(spelling) && slices.Equal(chars[i*columns:][:len(spelling)], spelling) {
				return int32(i)
			}
		}
		ids, counts = append(ids, id), append(counts, int32(len(spelling)))
		chars = append(chars, spelling...)
		for len(chars)%columns > 0 || len(chars) < len(ids)*columns {
			chars = append(chars, int32(len(chars)%r.Model.Chars))
		}
		return int32(len(ids) - 1)
	}
	for i, doc := range docs {
		for k, word := range r.Words[doc] {
			place := b.place(i) + k
			tokens[place], documents[place] = add(word, r.Chars[doc][k]), int32(i)
		}
	}
	for i := range documents { // padding
		if documents[i] < 0 {
			tokens[i] = int32(i % len(ids))
		}
	}
	flat := func(values []int32, dims ...int) *tensors.Tensor {
		return tensors.FromFlatDataAndDimensions(values, dims...)
	}
	b.inputs = []any{flat(ids, len(ids)), flat(chars, len(ids), columns), flat(counts, len(ids)), flat(tokens, b.n, seq), flat(documents, b.n, seq)}
	return b
}

// A lightBatch is documents laid out in rows.
type lightBatch struct {
	inputs        []any // of WordsIn
	n, seq        int   // rows and their length
	rows, columns []int // where the documents begin
}

// place is the position of a document's first word.
func (b lightBatch) place(i int) int { return b.rows[i]*b.seq + b.columns[i] }

// spread lays out values for words, width of each, as the words lie.
func (b lightBatch) spread(width int, of func(i int) []float32) *tensors.Tensor {
	out := make([]float32, b.n*b.seq*width)
	for i := range b.rows {
		copy(out[b.place(i)*width:], of(i))
	}
	dims := []int{b.n, b.seq, width}
	if width == 1 {
		dims = dims[:2]
	}
	return tensors.FromFlatDataAndDimensions(out, dims...)
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

// near compares values of documents with PyTorch's.
func near(t *testing.T, name string, n int, got, want func(i int) []float32) {
	t.Helper()
	var most float64
	for i := range n {
		most = max(most, worst(t, got(i), want(i)))
	}
	if t.Logf("%s: %.1e", name, most); !(most < 1e-5) {
		t.Errorf("%s differs by %g", name, most)
	}
}

func TestLightTaggerEqualsPyTorch(t *testing.T) {
	r := readLight(t)
	names, values := r.weights(t, r.Model.TaggerShapes(r.Tags), nil)
	run := compiled(t, func(in []*Node) []*Node {
		w, words := named(names, in[WordInputs:]), WordsIn(in)
		emissions := r.Model.Tag(w, words, nil)
		path, logP := CRFViterbi(w, emissions, words.Documents)
		return []*Node{emissions, CRFMarginals(w, emissions, words.Documents), ConvertDType(path, dtypes.Float32), logP}
	})
	check := func(name string, docs []int, seq, columns int, packed bool) {
		b := r.batch(docs, seq, columns, packed)
		out := run(append(b.inputs, values...)...)
		compare := func(what string, output, width int, want func(doc int) []float32) {
			got := float32s(out[output])
			near(t, name+": "+what, len(docs), func(i int) []float32 { return got[b.place(i)*width:][:len(r.Words[docs[i]])*width] },
				func(i int) []float32 { return want(docs[i]) })
		}
		compare("emissions", 0, r.Tags, func(doc int) []float32 { return slices.Concat(r.Tagging.Emissions[doc]...) })
		compare("marginals", 1, r.Tags, func(doc int) []float32 { return slices.Concat(r.Tagging.Marginals[doc]...) })
		compare("best paths", 2, 1, func(doc int) []float32 {
			var path []float32
			for _, tag := range r.Tagging.Viterbi[doc] {
				path = append(path, float32(tag))
			}
			return path
		})
		last := float32s(out[3])
		near(t, name+": their probabilities", len(docs), func(i int) []float32 { return last[b.place(i)+len(r.Words[docs[i]])-1:][:1] },
			func(i int) []float32 { return r.Tagging.LogProbability[docs[i]:][:1] })
		for i, document := range tensors.MustCopyFlatData[int32](b.inputs[4].(*tensors.Tensor)) {
			marginals := float32s(out[1])[i*r.Tags : (i+1)*r.Tags]
			if document < 0 && (float32s(out[2])[i] != 0 || slices.Max(marginals) != 0) {
				t.Errorf("%s: padding has the tag %g and the marginals %v", name, float32s(out[2])[i], marginals)
			}
		}
	}
	check("the batch", allRows, 9, 8, false)
	check("more padding", allRows, 14, 13, false)
	check("packed", allRows, 20, 8, true)
	for _, row := range []int{1, 3, 4} {
		check("alone", []int{row}, len(r.Words[row]), 8, false)
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
		words, in := WordsIn(in), in[WordInputs:]
		w := named(names, in[2:])
		loss := CRFLoss(w, r.Model.Tag(w, words, nil), in[0], words.Documents, in[1])
		return append([]*Node{loss}, Gradient(loss, in[2:]...)...)
	})
	for _, size := range [][3]int{{9, 8, 0}, {12, 10, 0}, {20, 8, 1}} {
		seq := size[0]
		for name, want := range map[string]lightLoss{"gold": r.Tagging.Gold, "soft": r.Tagging.Soft} {
			b := r.batch(allRows, seq, size[1], size[2] == 1)
			in := append(b.inputs, b.spread(r.Tags, func(i int) []float32 { return slices.Concat(want.Targets[i]...) }),
				b.spread(1, func(i int) []float32 { return slices.Repeat(r.DocumentWeights[i:i+1], len(r.Words[i])) }))
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
		words, in := WordsIn(in), in[WordInputs:]
		w := named(names, in[2:])
		logits := r.Model.Classify(w, words, nil)
		loss := CrossEntropy(logits, in[0], in[1])
		return append([]*Node{logits, loss}, Gradient(loss, in[2:]...)...)
	})
	call := func(rows []int, seq, columns int) []*tensors.Tensor {
		var targets, weights []float32
		for _, row := range rows {
			targets, weights = append(targets, c.Targets[row]...), append(weights, r.DocumentWeights[row])
		}
		in := append(r.batch(rows, seq, columns, false).inputs, tensors.FromFlatDataAndDimensions(targets, len(rows), r.Classes),
			tensors.FromFlatDataAndDimensions(weights, len(rows)))
		return run(append(in, values...)...)
	}
	logits := func(row int) []float32 { return c.Logits[row] }
	for _, size := range [][2]int{{9, 8}, {14, 11}} {
		out := call(allRows, size[0], size[1])
		near(t, "logits", len(allRows), func(i int) []float32 { return float32s(out[0])[i*r.Classes:][:r.Classes] }, logits)
		if got := float64(float32s(out[1])[0]); math.Abs(got-c.Loss) > 1e-5 {
			t.Errorf("loss %g, PyTorch's %g", got, c.Loss)
		}
		r.checkGradients(t, "classifier", names, out[2:], c.Gradients)
	}
	for _, row := range []int{1, 2} {
		alone := float32s(call([]int{row}, len(r.Words[row]), 8)[0])
		near(t, "logits alone", 1, func(int) []float32 { return alone }, func(int) []float32 { return logits(row) })
	}
}
