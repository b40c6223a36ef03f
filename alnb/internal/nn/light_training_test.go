package nn

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Word dropout takes whole words and doesn't rescale; locked dropout takes the same features everywhere in a document and
// does.
func TestWordAndLockedDropout(t *testing.T) {
	const batch, seq, features, p = 50, 40, 30, 0.3
	out := compiled(t, func(in []*Node) []*Node {
		d := NewDropout(in[0])
		ones := Ones(in[0].Graph(), in[1].Shape())
		var none *Dropout
		locked := TransposeAllAxes(d.lockedDropout(TransposeAllAxes(ones, 1, 0, 2), in[2], p), 1, 0, 2)
		return []*Node{d.wordDropout(ones, p), locked, none.wordDropout(none.lockedDropout(ones, in[2], p), p)}
	})([]uint32{1, 2}, tensors.FromShape(tensors.FromFlatDataAndDimensions(make([]float32, batch*seq*features), batch, seq, features).Shape()), tensors.FromFlatDataAndDimensions(make([]int32, seq*batch), seq, batch))
	words, locked := float32s(out[0]), float32s(out[1])
	zeroWords, zeroFeatures := 0, 0
	for i := range words {
		b, s, f := i/(seq*features), i/features%seq, i%features
		if first := words[i-f]; words[i] != first || first != 0 && first != 1 {
			t.Fatalf("word %d of row %d has %g and %g", s, b, first, words[i])
		}
		first := locked[b*seq*features+f]
		if locked[i] != first || first != 0 && math.Abs(float64(first)-1/(1-p)) > 1e-6 {
			t.Fatalf("feature %d of row %d has %g and %g", f, b, first, locked[i])
		}
		if f == 0 && words[i] == 0 {
			zeroWords++
		}
		if s == 0 && locked[i] == 0 {
			zeroFeatures++
		}
	}
	for name, share := range map[string]float64{"words": float64(zeroWords) / (batch * seq), "features": float64(zeroFeatures) / (batch * features)} {
		if math.Abs(share-p) > 0.06 {
			t.Errorf("a share of %.3f of %s was dropped, want %g", share, name, p)
		}
	}
	if slices.Min(float32s(out[2])) != 1 {
		t.Error("a nil dropout dropped")
	}
}

func TestInitialWeights(t *testing.T) {
	m := CNNBiLSTMCRF{Words: 50, WordSize: 100, Chars: 40, CharSize: 30, CharFilters: 30, Widths: []int{2, 3}, Hidden: 200, FeedForward: 200}
	want := map[string]float64{
		"word_embeddings.weight": math.Sqrt(0.03), "char_embeddings.weight": math.Sqrt(0.1), "lstm.weight_hh_l0_reverse": math.Sqrt(1.0 / 200),
		"lstm.bias_ih_l0": math.Sqrt(1.0 / 200), "char_convolutions.3.weight": math.Sqrt(6.0 / 180), "char_convolutions.2.bias": 0,
		"feed_forward.weight": math.Sqrt(6.0 / 600), "feed_forward.bias": 0, "output.weight": math.Sqrt(6.0 / 209), "crf.transitions": 0.1,
	}
	for name, dims := range m.TaggerShapes(9) {
		values := m.Initial(name, dims, rand.New(rand.NewPCG(1, 1)))
		bound, ok := want[name]
		if !ok {
			continue
		}
		delete(want, name)
		if most := max(float64(slices.Max(values)), -float64(slices.Min(values))); most > bound*(1+1e-6) || most < 0.9*bound {
			t.Errorf("%s has values up to %g, want %g", name, most, bound)
		}
	}
	if len(want) > 0 {
		t.Errorf("not among the shapes: %v", want)
	}
}

// A training step at the paper's sizes; the time is for reading, machines differ.
func TestLightTrainingStepAtFullSize(t *testing.T) {
	if testing.Short() {
		t.Skip("A STEP AT FULL SIZE WAS NOT TESTED: -short was given, and it takes seconds to compile")
	}
	const batch, seq, words, columns, tags = 32, 32, 512, 16, 9
	m := CNNBiLSTMCRF{Words: 2604, WordSize: 100, Chars: 100, CharSize: 30, CharFilters: 30, Widths: []int{2, 3}, Hidden: 200,
		FeedForward: 200, WordDropout: 0.3, LockedDropout: 0.2}
	r := rand.New(rand.NewPCG(1, 1))
	shapes := m.TaggerShapes(tags)
	names := slices.Sorted(maps.Keys(shapes))
	var weights []any
	for _, name := range names {
		weights = append(weights, tensors.FromFlatDataAndDimensions(m.Initial(name, shapes[name], r), shapes[name]...))
	}
	ids := func(n, below int, dims ...int) any {
		out := make([]int32, n)
		for i := range out {
			out[i] = int32(1 + r.IntN(below-1))
		}
		return tensors.FromFlatDataAndDimensions(out, dims...)
	}
	targets, ones, documents := make([]float32, batch*seq*tags), make([]float32, batch*seq), make([]int32, batch*seq)
	for i := range ones {
		ones[i], targets[i*tags+i*i%tags], documents[i] = 1, 1, int32(i%seq/(seq/2))
	}
	in := []any{
		ids(words, m.Words, words), ids(words*columns, m.Chars, words, columns), ids(words, columns+1, words),
		ids(batch*seq, words, batch, seq), tensors.FromFlatDataAndDimensions(documents, batch, seq),
		tensors.FromFlatDataAndDimensions(targets, batch, seq, tags), tensors.FromFlatDataAndDimensions(ones, batch, seq),
	}
	sgd := SGD{}
	train := compiled(t, func(in []*Node) []*Node {
		key, in := in[0], in[1:]
		batch, in := WordsIn(in), in[WordInputs:]
		w := named(names, in[2:])
		loss := CRFLoss(w, m.Tag(w, batch, NewDropout(key)), in[0], batch.Documents, in[1])
		out := []*Node{loss}
		for i, gradient := range ClipNorm(Gradient(loss, in[2:]...), 5) {
			updated, _ := sgd.Update(names[i], in[2+i], gradient, []*Node{ZerosLike(gradient)}, Const(loss.Graph(), []float32{0.1}))
			out = append(out, updated)
		}
		return out
	})
	var losses []float32
	var compileTime, fastest time.Duration
	for step := range 20 {
		began := time.Now()
		out := train(append(append([]any{[]uint32{uint32(step), 1}}, in...), weights...)...)
		losses = append(losses, float32s(out[0])[0])
		for i := range weights {
			weights[i] = out[1+i]
		}
		switch took := time.Since(began); {
		case step == 0:
			compileTime = took
		case fastest == 0 || took < fastest:
			fastest = took
		}
	}
	t.Logf("first call %v (compiles), fastest of the others %v", compileTime.Round(time.Millisecond), fastest.Round(100*time.Microsecond))
	t.Log("losses", losses)
	if !(losses[len(losses)-1] < losses[0]) {
		t.Errorf("the loss went from %g to %g", losses[0], losses[len(losses)-1])
	}
}
