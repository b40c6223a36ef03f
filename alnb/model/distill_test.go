package model

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/internal/nn"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/pretrained"
)

// unlabeled are short texts.
func unlabeled(n int) (docs []corpus.Document) {
	for _, doc := range namedDocuments(n, 3) {
		docs = append(docs, corpus.Document{ID: doc.ID, Text: strings.Join(doc.Words[:min(5, len(doc.Words))], " ")})
	}
	return docs
}

// quickDistillation is of texts of one padded length.
func quickDistillation(teacher string, layers, steps int) Distillation {
	d := Distill(teacher, layers)
	d.MaxTokens, d.Training.Steps, d.Training.BatchSize, d.Training.LearningRate = 16, steps, 8, 3e-3
	return d
}

func openDistillation(t *testing.T, d Distillation, docs []corpus.Document) *distilling {
	t.Helper()
	s, err := d.open(t.Context(), docs, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

// distilled starts anew and returns what so many steps come to.
func (s *distilling) distilled(t *testing.T, steps int) Distilled {
	t.Helper()
	weights, err := s.startingWeights()
	if err == nil {
		err = s.programs.reset(weights)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Training.Steps = steps
	result, err := s.run(t.Context(), filepath.Join(t.TempDir(), "partial"), learner.Run{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if result.Steps != steps || result.Resumed != 0 || result.Masked != s.net.masked {
		t.Errorf("%+v", result)
	}
	return result
}

func TestDistillationLearns(t *testing.T) {
	s := openDistillation(t, quickDistillation(tiny, 1, 1), unlabeled(60))
	first, last := s.distilled(t, 1), s.distilled(t, 100)
	if !(last.Loss < 0.7*first.Loss) || last.Masked {
		t.Errorf("the loss went from %g to %g", first.Loss, last.Loss)
	}
	if !strings.Contains(last.Origin, tiny+" (bert, 2 layers of 32") {
		t.Errorf("origin %q", last.Origin)
	}
	dir := filepath.Join(t.TempDir(), "student")
	if err := s.save(dir); err != nil {
		t.Fatal(err)
	}
	config, err := pretrained.ReadConfig(filepath.Join(dir, "config.json"))
	if err != nil || config.Layers != 1 || config.HiddenSize != 32 || !slices.Equal(config.Architectures, []string{"BertModel"}) {
		t.Errorf("%+v, %v", config, err)
	}
	if _, err := Load(t.Context(), dir, 0); err == nil || !strings.Contains(err.Error(), "is not a fine-tuned model") {
		t.Errorf("Load: %v", err)
	}
	// It is fine-tuned as any other, and starts from what it learnt and from the teacher's pooler.
	spec := Pretrained(dir)
	quick(&spec)
	spec.MaxTokens = 16
	c := open(t, spec, []string{"a", "b", "c", "d"})
	if !strings.Contains(c.Origin(), "with a new head") || !slices.Equal(c.fresh, []string{"classifier.bias", "classifier.weight"}) {
		t.Errorf("origin %q, drawn anew %q", c.Origin(), c.fresh)
	}
	weights, err := s.programs.weights()
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range c.initial {
		want := weights[name]
		if strings.Contains(name, "pooler") {
			want = s.teacher.folder.Weights[name]
		}
		if !slices.Equal(w.Data, want.Data) {
			t.Errorf("the student's folder has another %s", name)
		}
	}
	examples, _ := topics(t, 60)
	if trained := train(t, c, examples, 1); !(trained.Loss < 1.3) {
		t.Errorf("fine-tuned: %+v", trained)
	}
}

// With as many layers the student is the teacher, and with no dropout there is nothing left to learn.
func TestStudentStartsFromTheTeacher(t *testing.T) {
	s := openDistillation(t, quickDistillation(tiny, 2, 1), unlabeled(20))
	student := s.net.student.(nn.BERT)
	student.HiddenDropout, student.AttentionDropout = 0, 0
	s.net.student = student
	if first := s.distilled(t, 1); !(first.Loss < 1e-10) || first.Masked {
		t.Errorf("the first loss is %g", first.Loss)
	}
	for _, test := range []struct {
		layers int
		from   []int
	}{{1, []int{0, 3}}, {2, []int{0, 2, 3}}, {3, []int{0, 1, 2, 3}}} {
		s := openDistillation(t, quickDistillation(family("bert", Classification), test.layers, 1), unlabeled(20))
		if !slices.Equal(s.net.layers, test.from) {
			t.Errorf("a student with %d layers learns from the states %v, want %v", test.layers, s.net.layers, test.from)
		}
		weights, err := s.startingWeights()
		if err != nil {
			t.Fatal(err)
		}
		for i, from := range test.from[1:] {
			name := func(layer int) string { return fmt.Sprintf("bert.encoder.layer.%d.output.dense.weight", layer) }
			if !slices.Equal(weights[name(i)].Data, weights[ofTeacher+name(from-1)].Data) {
				t.Errorf("with %d layers, layer %d is not the teacher's %d", test.layers, i, from-1)
			}
		}
	}
}

func TestStudentOfAnotherSize(t *testing.T) {
	d := quickDistillation(family("distilbert", Tagging), 1, 1)
	d.Hidden, d.Heads, d.Intermediate = 8, 2, 12
	s := openDistillation(t, d, unlabeled(60))
	first, last := s.distilled(t, 1), s.distilled(t, 80)
	if !(last.Loss < 0.8*first.Loss) {
		t.Errorf("the loss went from %g to %g", first.Loss, last.Loss)
	}
	dir := filepath.Join(t.TempDir(), "student")
	if err := s.save(dir); err != nil {
		t.Fatal(err)
	}
	e, err := PretrainedTagger(dir).open(t.Context(), Tagging, Tags(namedTypes))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if !strings.Contains(e.Origin(), "(distilbert, 1 layers of 8, vocabulary of 145)") || !slices.Equal(e.fresh, []string{"classifier.bias", "classifier.weight"}) {
		t.Errorf("origin %q, drawn anew %q", e.Origin(), e.fresh)
	}
}

// maskedLogits is a network that gives a head's logits over the vocabulary, [batch, seq, vocabulary].
type maskedLogits struct {
	matching
	encoder nn.MaskedLM
}

func (m *maskedLogits) shapes() map[string][]int { return m.shapesOf(m.encoder) }
func (m *maskedLogits) trains(string) bool       { return false }

func (m *maskedLogits) predict(w nn.Weights, in []*Node) []*Node {
	states := m.encoder.HiddenStates(w, tokensIn(in), nil)
	last := states[len(states)-1]                                           // [batch, seq, hidden]
	logits := m.encoder.MaskedLM(w, Reshape(last, -1, last.Shape().Dim(2))) // [batch·seq, vocabulary]
	return []*Node{Reshape(logits, last.Shape().Dim(0), last.Shape().Dim(1), -1)}
}

func TestMaskedLogitsEqualPythons(t *testing.T) {
	for _, name := range []string{"masked-bert", "masked-distilbert"} {
		var want struct {
			Texts  []string
			Masks  [][2]int
			Logits [][]float64
		}
		fixture(t, filepath.Join(name, "logits.json"), &want)
		folder, _, err := openFolder(t.Context(), filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		arch, err := newFineTuned(folder, Classification, 16, 2)
		if err != nil {
			t.Fatal(err)
		}
		defer arch.close()
		network := &maskedLogits{matching: matching{masked: true}, encoder: arch.encoder.(nn.MaskedLM)}
		weights := make(map[string]pretrained.Tensor)
		for weight, dims := range network.shapes() {
			w, ok := lookUp(folder.Weights, arch.encoder.Prefix(), weight)
			if !ok || !slices.Equal(w.Dims, dims) {
				t.Fatalf("%s: %s has the shape %v, want %v", name, weight, w.Dims, dims)
			}
			weights[weight] = w
		}
		backend, err := Backend()
		if err != nil {
			t.Fatal(err)
		}
		p, err := newPrograms(backend, network, programOptions{optimizer: nn.SGD{}})
		if err == nil {
			err = p.reset(weights)
		}
		if err != nil {
			t.Fatal(err)
		}
		defer p.close()
		docs, err := arch.encodeTexts(t.Context(), want.Texts)
		if err != nil {
			t.Fatal(err)
		}
		out, err := p.read(t.Context(), predictions, arch.inputs(docs, onePerRow(len(docs), len(docs), 16)))
		if err != nil {
			t.Fatal(err)
		}
		worst, vocabulary := 0.0, folder.Config.VocabSize
		for i, at := range want.Masks {
			row := out[0][(at[0]*16+at[1])*vocabulary:][:vocabulary]
			if docs[at[0]].ids[at[1]] != 4 || len(want.Logits[i]) != vocabulary {
				t.Fatalf("%s: text %d has no [MASK] at %d", name, at[0], at[1])
			}
			for k, x := range want.Logits[i] {
				worst = max(worst, math.Abs(float64(row[k])-x)/(1+math.Abs(x)))
			}
		}
		if !(worst <= 2e-5) || len(want.Masks) != 5 {
			t.Errorf("%s: logits differ from Python's by up to %.2g", name, worst)
		}
		t.Logf("%s: worst relative difference %.2g", name, worst)
	}
}

// A teacher with a head for masked words is matched on them, too; and a distillation that was interrupted comes to the
// same bytes.
func TestInterruptedDistillation(t *testing.T) {
	docs, d := unlabeled(30), quickDistillation("testdata/masked-bert", 1, 24)
	root := t.TempDir()
	undisturbed, interrupted := filepath.Join(root, "undisturbed"), filepath.Join(root, "interrupted")
	s := openDistillation(t, d, docs)
	first := s.distilled(t, 24)
	if err := s.save(undisturbed); err != nil || !first.Masked {
		t.Fatalf("%+v, %v", first, err)
	}

	partial := interrupted + ".partial"
	s.saveEvery = 0 // after each step
	weights, err := s.startingWeights()
	if err == nil {
		err = s.programs.reset(weights)
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = s.run(ctx, partial, learner.Run{Seed: 1, Progress: func(step, _ int) {
		if step == 9 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	refusedStates(t, d, docs, interrupted)
	nothingToMask(t, s)
	second, err := d.Run(t.Context(), docs, interrupted, learner.Run{Seed: 1})
	if err != nil || second.Resumed != 9 || second.Steps != 24 || second.Loss != first.Loss {
		t.Fatalf("%+v, %v; undisturbed %+v", second, err, first)
	}
	entries, err := os.ReadDir(undisturbed)
	if err != nil || len(entries) < 4 {
		t.Fatal(entries, err)
	}
	for _, entry := range entries {
		want, err := os.ReadFile(filepath.Join(undisturbed, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(interrupted, entry.Name())); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs after an interruption: %v", entry.Name(), err)
		}
	}
	if _, err := os.Stat(partial); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left: %v", partial, err)
	}
	if _, err := d.Run(t.Context(), docs, interrupted, learner.Run{Seed: 1}); err == nil || !strings.Contains(err.Error(), "exists and is not empty; give another or remove it") {
		t.Errorf("run into a folder that is there: %v", err)
	}
}

// refusedStates: what lies in a .partial folder is used for the same distillation only, and whole.
func refusedStates(t *testing.T, d Distillation, docs []corpus.Document, dir string) {
	t.Helper()
	refused := func(what, want string, d Distillation, docs []corpus.Document, seed uint64, dir string) {
		t.Helper()
		_, err := d.Run(t.Context(), docs, dir, learner.Run{Seed: seed})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, got: %v", what, want, err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: there is a student", what)
		}
	}
	const another = "holds the state of another distillation (other settings, seed or texts: compare its distillation.json); remove it"
	changed := d
	changed.Training.LearningRate *= 2
	refused("another rate", another, changed, docs, 1, dir)
	changed = d
	changed.Masked = 0.5
	refused("another share of masks", another, changed, docs, 1, dir)
	refused("another seed", another, d, docs, 2, dir)
	refused("fewer texts", another, d, docs[1:], 1, dir)

	// Broken states, in copies.
	broken := func(what, want string, change func(state map[string]pretrained.Tensor)) {
		t.Helper()
		copied := filepath.Join(t.TempDir(), "student")
		if err := os.CopyFS(copied+".partial", os.DirFS(dir+".partial")); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(copied+".partial", stateFile)
		state, err := pretrained.ReadSafetensors(path)
		if err != nil {
			t.Fatal(err)
		}
		change(state)
		if err := pretrained.WriteWeights(path, state); err != nil {
			t.Fatal(err)
		}
		refused(what, want, d, docs, 1, copied)
	}
	broken("no step", "does not say how many steps were done; remove", func(s map[string]pretrained.Tensor) { delete(s, stepTensor) })
	broken("a weight missing", "is missing or has the shape []", func(s map[string]pretrained.Tensor) { delete(s, "bert.embeddings.word_embeddings.weight") })
	broken("a weight too many", "its configuration calls for", func(s map[string]pretrained.Tensor) {
		s["more"] = pretrained.Tensor{Dims: []int{1}, Data: []float32{1}}
	})
	broken("a moment of another shape", "is missing or has the shape [1]", func(s map[string]pretrained.Tensor) {
		for name := range s {
			if strings.HasSuffix(name, "word_embeddings.weight") && !strings.HasPrefix(name, "bert") {
				s[name] = pretrained.Tensor{Dims: []int{1}, Data: []float32{1}}
			}
		}
	})
	for _, steps := range [][]float32{{float32(math.NaN()), 5}, {0, 25}, {1, 0}, {0, -1}} {
		broken(fmt.Sprintf("steps %v of 24", steps), "does not say how many steps were done; remove", func(s map[string]pretrained.Tensor) {
			s[stepTensor] = pretrained.Tensor{Dims: []int{2}, Data: steps}
		})
	}
}

func TestMaskedDistilBERT(t *testing.T) {
	s := openDistillation(t, quickDistillation("testdata/masked-distilbert", 1, 1), append(unlabeled(40), corpus.Document{}))
	first, last := s.distilled(t, 1), s.distilled(t, 60)
	if !(last.Loss < first.Loss) || !last.Masked {
		t.Errorf("the loss went from %g to %g, masked words: %v", first.Loss, last.Loss, last.Masked)
	}
	dir := filepath.Join(t.TempDir(), "student")
	if err := s.save(dir); err != nil {
		t.Fatal(err)
	}
	weights, err := pretrained.ReadSafetensors(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range weights { // an encoder alone
		if strings.HasPrefix(name, "vocab") || strings.HasPrefix(name, "distilbert.") || strings.HasPrefix(name, ofTeacher) {
			t.Errorf("the student's folder has the weight %s", name)
		}
	}
}

// nothingToMask: a step of empty texts alone, which have no words to be masked, is no mistake.
func nothingToMask(t *testing.T, s *distilling) {
	t.Helper()
	docs, err := s.teacher.encodeTexts(t.Context(), []string{""})
	if err != nil {
		t.Fatal(err)
	}
	s.docs = docs
	if result := s.distilled(t, 2); !finite(result.Loss) || !result.Masked {
		t.Errorf("%+v", result)
	}
}

func TestDistillationsMistakesAreSentences(t *testing.T) {
	texts := unlabeled(3)
	for want, change := range map[string]func(*Distillation){
		"Layers is 0; the teacher has 2":        func(d *Distillation) { d.Layers = 0 },
		"Layers is 3; the teacher has 2":        func(d *Distillation) { d.Layers = 3 },
		"MaxTokens is 2":                        func(d *Distillation) { d.MaxTokens = 2 },
		"Masked is 0;":                          func(d *Distillation) { d.Masked = 0 },
		"Masked is 1;":                          func(d *Distillation) { d.Masked = 1 },
		"Masked is NaN":                         func(d *Distillation) { d.Masked = math.NaN() },
		"Temperature is 0":                      func(d *Distillation) { d.Temperature = 0 },
		"Temperature is NaN":                    func(d *Distillation) { d.Temperature = math.NaN() },
		"Temperature is +Inf":                   func(d *Distillation) { d.Temperature = math.Inf(1) },
		"hidden_size 30 is no multiple of":      func(d *Distillation) { d.Hidden = 30 },
		"num_attention_heads is -1":             func(d *Distillation) { d.Heads = -1 },
		"BatchSize is 0":                        func(d *Distillation) { d.Training.BatchSize = 0 },
		"LearningRate is 0":                     func(d *Distillation) { d.Training.LearningRate = 0 },
		"which are for trainings on labels":     func(d *Distillation) { d.Training.Checkpoints = 1 },
		"the model folder \"./nothing\" has no": func(d *Distillation) { d.Teacher = "./nothing" },
	} {
		d := quickDistillation(tiny, 1, 1)
		change(&d)
		dir := filepath.Join(t.TempDir(), "student")
		_, err := d.Run(t.Context(), texts, dir, learner.Run{})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "model: distill "+d.Teacher) {
			t.Errorf("want %q, got: %v", want, err)
		}
		if entries, _ := os.ReadDir(filepath.Dir(dir)); len(entries) != 0 {
			t.Errorf("%s: %v was written", want, entries)
		}
	}
	d := quickDistillation(tiny, 1, 1)
	if _, err := d.Run(t.Context(), nil, filepath.Join(t.TempDir(), "student"), learner.Run{}); err == nil || !strings.Contains(err.Error(), "there are no texts to learn from") {
		t.Errorf("no texts: %v", err)
	}
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "mine"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Run(t.Context(), texts, full+"/", learner.Run{}); err == nil || !strings.Contains(err.Error(), "exists and is not empty; give another or remove it") {
		t.Errorf("a folder with a file in it: %v", err)
	}
}
