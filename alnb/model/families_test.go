package model

import (
	"fmt"
	"math"
	"path/filepath"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/internal/nn"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/pretrained"
)

// The folders in testdata/families come from Python's transformers and PyTorch, by tests/reference/make_families.py.

// familyReference is what Python gives for one family and task.
type familyReference struct {
	MaxTokens      int `json:"max_tokens"`
	Texts          []string
	Words          [][]string
	Labels         any
	Classes        []string
	Steps          int
	LearningRate   float64 `json:"learning_rate"`
	WeightDecay    float64 `json:"weight_decay"`
	ClipNorm       float64 `json:"clip_norm"`
	WarmupFraction float64 `json:"warmup_fraction"`
	Losses         []float64
	Untouched      []string
	Alone          any
	Mixed          any
	Trained        any
}

func (r familyReference) training() Training {
	return Training{
		Steps: r.Steps, BatchSize: max(len(r.Texts), len(r.Words)), LearningRate: r.LearningRate,
		WeightDecay: r.WeightDecay, ClipNorm: r.ClipNorm, WarmupFraction: r.WarmupFraction,
	}
}

// A subject is a model under test, seen as a function from documents to probabilities.
type subject struct {
	engine        *engine
	want          familyReference
	probabilities func(t *testing.T, documents []int) [][]float32 // flat, of words without sub-words zeros
	examples      func(t *testing.T) []example
	train         func(t *testing.T)
}

func openFamily(t *testing.T, folder string, task Task) subject {
	t.Helper()
	var want familyReference
	fixture(t, filepath.Join("families", folder, "reference.json"), &want)
	opened, origin, err := openFolder(t.Context(), filepath.Join("testdata", "families", folder))
	if err != nil {
		t.Fatal(err)
	}
	spec := Transformer{Checkpoint: folder, MaxTokens: want.MaxTokens, Training: want.training()}
	e, err := openFineTuned(opened, origin, spec, task, want.Classes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	if len(e.fresh) > 0 {
		t.Fatalf("the checkpoint's %v were not taken over", e.fresh)
	}
	if err := e.adopt(); err != nil {
		t.Fatal(err)
	}
	withoutDropout(e)
	s := subject{engine: e, want: want}
	if task == Tagging {
		s.asTagger(&Tagger{engine: e})
	} else {
		s.asClassifier(&Classifier{e})
	}
	return s
}

// withoutDropout makes a training the same each time, before its program is compiled.
func withoutDropout(e *engine) {
	arch := e.arch.(*fineTuned)
	switch encoder := arch.encoder.(type) {
	case nn.BERT:
		encoder.HiddenDropout, encoder.AttentionDropout, encoder.ClassifierDropout = 0, 0, 0
		arch.encoder = encoder
	case nn.XLNet:
		encoder.Dropout, encoder.Summary.FirstDropout, encoder.Summary.LastDropout = 0, 0, 0
		arch.encoder = encoder
	}
}

func (s *subject) asClassifier(c *Classifier) {
	docs := make([]corpus.Document, len(s.want.Texts))
	for i, text := range s.want.Texts {
		docs[i] = corpus.Document{ID: fmt.Sprint(i), Text: text}
	}
	labels := s.want.Labels.([]any)
	s.probabilities = func(t *testing.T, documents []int) [][]float32 {
		t.Helper()
		var some []corpus.Document
		for _, i := range documents {
			some = append(some, docs[i])
		}
		return score(t, c, some)
	}
	s.examples = func(t *testing.T) []example {
		encoded, err := c.encode(t.Context(), docs)
		if err != nil {
			t.Fatal(err)
		}
		var out []example
		for i := range docs {
			out = append(out, example{document: encoded[i], targets: oneHot(len(c.classes))[int(labels[i].(float64)):][:1], weight: 1})
		}
		return out
	}
	s.train = func(t *testing.T) {
		var examples []corpus.Example
		for i, doc := range docs {
			examples = append(examples, corpus.Example{Document: doc, Label: int(labels[i].(float64))})
		}
		if _, err := c.Train(t.Context(), examples, learner.Run{Seed: 1}); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *subject) asTagger(g *Tagger) {
	docs := make([]corpus.Tagged, len(s.want.Words))
	for i, words := range s.want.Words {
		docs[i] = corpus.Tagged{ID: fmt.Sprint(i), Words: words}
	}
	s.probabilities = func(t *testing.T, documents []int) [][]float32 {
		t.Helper()
		var some []corpus.Tagged
		for _, i := range documents {
			some = append(some, docs[i])
		}
		taggings, err := g.Tag(t.Context(), some, nil)
		if err != nil {
			t.Fatal(err)
		}
		out := make([][]float32, len(some))
		for i, tagging := range taggings {
			for _, row := range tagging.Probs {
				out[i] = append(out[i], row...)
			}
		}
		return out
	}
	targets := make([][][]float32, len(docs))
	for i, words := range s.want.Labels.([]any) {
		for _, label := range words.([]any) {
			targets[i] = append(targets[i], oneHot(len(g.classes))[int(label.(float64))])
		}
	}
	s.examples = func(t *testing.T) []example {
		encoded, err := g.encode(t.Context(), docs)
		if err != nil {
			t.Fatal(err)
		}
		var out []example
		for i := range docs {
			out = append(out, example{document: encoded[i], targets: targets[i], weight: 1})
		}
		return out
	}
	s.train = func(t *testing.T) {
		if _, err := g.TrainOn(t.Context(), docs, targets, 1, learner.Run{Seed: 1}); err != nil {
			t.Fatal(err)
		}
	}
}

// compare returns the largest difference between probabilities and Python's, of which null means a word that the model
// doesn't see.
func compare(t *testing.T, got [][]float32, want any, classes []string) float64 {
	t.Helper()
	worst := 0.0
	for i, doc := range want.([]any) {
		rows := doc.([]any)
		if _, flat := rows[0].(float64); flat { // a text's
			rows = []any{rows}
		}
		if len(got[i]) != len(rows)*len(classes) {
			t.Fatalf("document %d: %d probabilities, want %d", i, len(got[i]), len(rows)*len(classes))
		}
		for w, row := range rows {
			for k := range classes {
				p := 0.0
				switch {
				case row != nil:
					p = row.([]any)[k].(float64)
				case classes[k] == corpus.Outside:
					p = 1
				}
				worst = max(worst, math.Abs(float64(got[i][w*len(classes)+k])-p))
			}
		}
	}
	return worst
}

func TestFamiliesEqualPythons(t *testing.T) {
	for _, family := range []string{"bert", "distilbert", "electra", "xlnet"} {
		for _, task := range []Task{Classification, Tagging} {
			folder := fmt.Sprintf("%s-%s", family, task)
			t.Run(folder, func(t *testing.T) {
				s := openFamily(t, folder, task)
				every := all(max(len(s.want.Texts), len(s.want.Words)))
				var alone [][]float32
				for _, i := range every {
					alone = append(alone, s.probabilities(t, []int{i})...)
				}
				mixed := s.probabilities(t, every)
				worst := max(compare(t, alone, s.want.Alone, s.want.Classes), compare(t, mixed, s.want.Mixed, s.want.Classes))
				if !(worst <= tolerance) {
					t.Errorf("probabilities differ from Python's by up to %.2g", worst)
				}
				for i := range alone { // padding never leaks
					for k := range alone[i] {
						if off := math.Abs(float64(alone[i][k] - mixed[i][k])); !(off <= 1e-5) {
							t.Errorf("document %d: alone %g, among others %g", i, alone[i][k], mixed[i][k])
						}
					}
				}
				gradient := s.checkGradients(t, folder)
				loss, trained := s.checkTraining(t, every)
				t.Logf("worst differences: probabilities %.2g, gradients %.2g, losses %.2g, probabilities after %d steps %.2g",
					worst, gradient, loss, s.want.Steps, trained)
			})
		}
	}
}

// checkGradients compares each weight's gradient with PyTorch's, by the norm of the difference.
func (s subject) checkGradients(t *testing.T, folder string) float64 {
	t.Helper()
	want, err := pretrained.ReadSafetensors(filepath.Join("testdata", "families", folder, "gradients.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for name, got := range gradients(t, s.engine, s.examples(t)) {
		reference, ok := want[name]
		if !ok {
			t.Errorf("PyTorch has no weight %q", name)
			continue
		}
		off := relative(got, reference.Data)
		if worst = max(worst, off); !(off <= 1e-4) {
			t.Errorf("the gradient of %s differs by %.2g of its norm", name, off)
		}
	}
	return worst
}

// relative is the norm of a difference by the norm of what is wanted; 0 where both are below 1e-6: the bias of keys has
// no effect, so that its gradient is nothing but rounding.
func relative(got, want []float32) float64 {
	var off, norm float64
	for i := range want {
		off += math.Pow(float64(got[i])-float64(want[i]), 2)
		norm += math.Pow(float64(want[i]), 2)
	}
	if math.Sqrt(norm) < 1e-6 && math.Sqrt(off) < 1e-6 {
		return 0
	}
	return math.Sqrt(off / norm)
}

// gradients computes the gradient of the loss over all examples in one mini-batch, by the name of the weight.
func gradients(t *testing.T, e *engine, examples []example) map[string][]float32 {
	t.Helper()
	return gradientsOf(t, e)(examples)
}

// gradientsOf is gradients for several mini-batches: a program is compiled once for each size.
func gradientsOf(t *testing.T, e *engine) func(examples []example) map[string][]float32 {
	t.Helper()
	ones := make([]float32, len(e.classes))
	for i := range ones {
		ones[i] = 1
	}
	backend, err := Backend()
	if err != nil {
		t.Fatal(err)
	}
	p := e.programs
	exec, err := model.NewExec(backend, p.variables, func(scope *model.Scope, in []*Node) []*Node {
		w := p.weightsIn(scope, in[0].Graph())
		n := len(in) - 2
		loss := p.network.loss(w, in[:n], in[n], in[n+1], Const(in[0].Graph(), float32(1)), nil)
		var weights []*Node
		for _, name := range p.trained {
			weights = append(weights, w.Of(name))
		}
		return Gradient(loss, weights...)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(exec.Finalize)
	return func(examples []example) map[string][]float32 {
		t.Helper()
		mini := e.miniBatch(examples, all(len(examples)), shortestRow(documentsOf(examples), e.arch.limit()), ones)
		out, err := exec.Call(append(mini.inputs, mini.targets, mini.weights)...)
		if err != nil {
			t.Fatal(err)
		}
		got := make(map[string][]float32)
		for i, name := range p.trained {
			got[name] = tensors.MustCopyFlatData[float32](out[i])
		}
		return got
	}
}

// checkTraining trains on all documents in every mini-batch: nothing is random.
func (s subject) checkTraining(t *testing.T, every []int) (loss, trained float64) {
	t.Helper()
	var losses []float64
	s.engine.observe = func(loss float64) { losses = append(losses, loss) }
	s.train(t)
	if len(losses) != len(s.want.Losses) {
		t.Fatalf("%d steps, PyTorch's %d", len(losses), len(s.want.Losses))
	}
	for i, l := range losses {
		loss = max(loss, math.Abs(l-s.want.Losses[i]))
	}
	trained = compare(t, s.probabilities(t, every), s.want.Trained, s.want.Classes)
	if !(loss <= 1e-3) || !(trained <= 1e-3) {
		t.Errorf("10 steps of AdamW: losses differ by up to %.2g, probabilities after them by %.2g", loss, trained)
	}
	return loss, trained
}
