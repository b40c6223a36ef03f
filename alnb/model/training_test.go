package model

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/pretrained"
)

// testdata/weighted.json comes from PyTorch, by tests/reference/make_training.py.

// trainingReference is a training that PyTorch did: all documents in every mini-batch, dropout off.
type trainingReference struct {
	familyReference
	Labels          []any
	Momentum        float64
	ClassWeights    map[string]float64 `json:"class_weights"`
	DocumentWeights []float64          `json:"document_weights"`
	Losses          any
}

func (r trainingReference) examples() (out []corpus.Example) {
	for i, text := range r.Texts {
		out = append(out, corpus.Example{Document: corpus.Document{ID: fmt.Sprint(i), Text: text}, Label: int(r.Labels[i].(float64))})
	}
	return out
}

func (r trainingReference) tagged(t *testing.T) (out []corpus.Tagged) {
	t.Helper()
	for i, words := range r.Words {
		var tags []string
		for _, label := range r.Labels[i].([]any) {
			tags = append(tags, r.Classes[int(label.(float64))])
		}
		spans, err := corpus.Spans(tags)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, corpus.Tagged{ID: fmt.Sprint(i), Words: words, Spans: spans})
	}
	return out
}

func numbers(list any) (out []float64) {
	for _, x := range list.([]any) {
		out = append(out, x.(float64))
	}
	return out
}

// openWithout opens a checkpoint with its own head for its own classes, dropout off.
func openWithout(t *testing.T, checkpoint string, task Task, classes []string, training Training, maxTokens int) *engine {
	t.Helper()
	e, err := Transformer{Checkpoint: checkpoint, MaxTokens: maxTokens, Training: training}.open(t.Context(), task, classes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	if len(e.fresh) > 0 {
		t.Fatalf("the checkpoint's %v were not taken over", e.fresh)
	}
	withoutDropout(e)
	return e
}

const tinyTagging = "testdata/families/bert-tagging"

// watch collects the losses of each training that run starts.
func watch(t *testing.T, e *engine, run func() (learner.Trained, error)) []float64 {
	t.Helper()
	var losses []float64
	e.observe = func(loss float64) { losses = append(losses, loss) }
	defer func() { e.observe = nil }()
	if _, err := run(); err != nil {
		t.Fatal(err)
	}
	return losses
}

func near(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d losses, want %d", what, len(got), len(want))
	}
	worst := 0.0
	for i := range want {
		off := math.Abs(got[i]-want[i]) / (1 + math.Abs(want[i]))
		worst = max(worst, off)
		if !(off <= tolerance) {
			t.Errorf("%s: loss %d is %.7f, want %.7f", what, i, got[i], want[i])
		}
	}
	t.Logf("%s: worst relative difference %.2g", what, worst)
}

// One compiled program serves all trainings with weights and those from a teacher's distributions.
func TestWeightsAndTeachers(t *testing.T) {
	var want struct{ Classification, Tagging trainingReference }
	fixture(t, "weighted.json", &want)
	check := func(t *testing.T, e *engine, r trainingReference, train func(run learner.Run) (learner.Trained, error)) {
		for name, losses := range r.Losses.(map[string]any) {
			run := learner.Run{Seed: 1}
			e.training.ClassWeights = nil
			if name != "documents" {
				e.training.ClassWeights = r.ClassWeights
			}
			if name != "classes" {
				run.Weights = r.DocumentWeights
			}
			got := watch(t, e, func() (learner.Trained, error) { return train(run) })
			near(t, name, got, numbers(losses), 2e-4)
		}
	}
	t.Run("classification", func(t *testing.T) {
		r := want.Classification
		e := openWithout(t, tiny, Classification, r.Classes, r.training(), r.MaxTokens)
		c := &Classifier{e}
		check(t, e, r, func(run learner.Run) (learner.Trained, error) { return c.Train(t.Context(), r.examples(), run) })
		e.training.ClassWeights = nil
		t.Run("weights of 0", func(t *testing.T) { weightsOfNothing(t, c, r) })
		t.Run("teacher", func(t *testing.T) { distillIntoClassifier(t, c, r) })
	})
	t.Run("tagging", func(t *testing.T) {
		r := want.Tagging
		e := openWithout(t, tinyTagging, Tagging, r.Classes, r.training(), r.MaxTokens)
		g := &Tagger{engine: e}
		check(t, e, r, func(run learner.Run) (learner.Trained, error) { return g.Train(t.Context(), r.tagged(t), run) })
		e.training.ClassWeights = nil
		t.Run("teacher", func(t *testing.T) { distillIntoTagger(t, g, r) })
	})
}

// weightsOfNothing: a document of weight 0 may say what it likes, and a mini-batch of them is no mistake.
func weightsOfNothing(t *testing.T, c *Classifier, r trainingReference) {
	result := func(label int, weights []float64) ([]float64, string) {
		examples := r.examples()
		examples[3].Label = label
		losses := watch(t, c.engine, func() (learner.Trained, error) {
			return c.Train(t.Context(), examples, learner.Run{Seed: 1, Weights: weights})
		})
		return losses, hashWeights(t, c)
	}
	losses, first := result(0, r.DocumentWeights)
	others, second := result(2, r.DocumentWeights)
	if !slices.Equal(losses, others) || first != second {
		t.Errorf("the class of a document of weight 0 changed the training: %v, %v", losses, others)
	}
	_, unweighted := result(0, nil)
	if _, ones := result(0, []float64{1, 1, 1, 1, 1, 1}); ones != unweighted {
		t.Error("weights of 1 are not as no weights")
	}
	if losses, _ := result(0, make([]float64, 6)); losses[0] != 0 || !finite(losses[len(losses)-1]) {
		t.Errorf("a mini-batch of nothing but weights of 0 has the losses %v", losses)
	}
}

func TestWrongWeightsAreSentences(t *testing.T) {
	examples, _ := topics(t, 2)
	c := openTiny(t, quick)
	for want, weights := range map[string][]float64{
		"there are 1 weights for 2 documents":                    {1},
		"there are 0 weights for 2 documents":                    {},
		fmt.Sprintf("%q has the weight -1", examples[1].ID):      {1, -1},
		fmt.Sprintf("%q has the weight NaN", examples[0].ID):     {math.NaN(), 1},
		fmt.Sprintf("%q has the weight +Inf", examples[1].ID):    {1, math.Inf(1)},
		fmt.Sprintf("%q has the weight 1e+300", examples[1].ID):  {1, 1e300},
		fmt.Sprintf("%q has the weight -1e-300", examples[0].ID): {-1e-300, 1},
	} {
		_, err := c.Train(t.Context(), examples, learner.Run{Weights: weights})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got: %v", want, err)
		}
	}
	c.training.ClassWeights = map[string]float64{"LABEL_1": 2, "nothing": 1}
	if _, err := c.Train(t.Context(), examples, learner.Run{}); err == nil || !strings.Contains(err.Error(), `ClassWeights names the class "nothing"; the classes are ["LABEL_0"`) {
		t.Errorf("a class that isn't there: %v", err)
	}
}

// SGD with momentum and weight decay, clipped, its rate constant after the warm-up: torch.optim.SGD with transformers'
// get_constant_schedule_with_warmup.
func TestSGDEqualsPyTorchs(t *testing.T) {
	var want struct{ SGD trainingReference }
	fixture(t, "weighted.json", &want)
	r := want.SGD
	training := r.training()
	training.Optimizer, training.Momentum, training.Constant = SGD, r.Momentum, true
	e := openWithout(t, tiny, Classification, r.Classes, training, r.MaxTokens)
	got := watch(t, e, func() (learner.Trained, error) {
		return (&Classifier{e}).Train(t.Context(), r.examples(), learner.Run{Seed: 1})
	})
	near(t, "SGD", got, numbers(r.Losses), 2e-4)
}

func TestBfloat16(t *testing.T) {
	var texts parity
	fixture(t, "tiny.json", &texts)
	var docs []corpus.Document
	for i, text := range texts.Texts {
		docs = append(docs, corpus.Document{ID: fmt.Sprint(i), Text: text})
	}
	single := func(s *Transformer) { quick(s); s.MaxTokens = 16 } // one padded length
	exact, rough := openTiny(t, single), openTiny(t, func(s *Transformer) { single(s); s.Training.Bfloat16 = true })
	adopt(t, exact)
	adopt(t, rough)
	want, got := score(t, exact, docs), score(t, rough, docs)
	worst := 0.0
	for i := range want {
		for k := range want[i] {
			worst = max(worst, math.Abs(float64(want[i][k]-got[i][k])))
		}
	}
	if !(worst > 1e-5 && worst <= 0.02) {
		t.Errorf("probabilities differ from those of float32 by up to %.2g", worst)
	}
	t.Logf("probabilities differ from those of float32 by up to %.2g", worst)

	examples, texts2 := topics(t, 100)
	if trained := train(t, rough, examples, 1); !(trained.Loss < 1.2) {
		t.Errorf("loss %g after training", trained.Loss)
	}
	if accuracy := eval.Accuracy(score(t, rough, texts2), labels(examples)); accuracy < 0.5 {
		t.Errorf("accuracy %.2f on the training sentences; chance is 0.25", accuracy)
	}
	dir := filepath.Join(t.TempDir(), "saved")
	if err := rough.Save(dir); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	weights, err := pretrained.ReadSafetensors(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(raw[:4096], []byte("BF16")) || !bytes.Contains(raw[:4096], []byte("F32")) {
		t.Error("the saved weights are not all float32")
	}
	fine := 0
	for _, x := range weights["bert.encoder.layer.0.output.dense.weight"].Data {
		if math.Float32bits(x)&0xffff != 0 {
			fine++
		}
	}
	if fine == 0 {
		t.Error("the saved weights have bfloat16's precision")
	}
}

// oneLayer is tiny-bert with its first layer only, which XLA compiles faster.
func oneLayer(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(tiny)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "config.json")
	config, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(config, []byte(`"num_hidden_layers": 2`), []byte(`"num_hidden_layers": 1`), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestCheckpointsAndEarlyStopping(t *testing.T) {
	c := openTiny(t, func(s *Transformer) {
		s.Checkpoint, s.MaxTokens = oneLayer(t), 16
		s.Training = Training{Epochs: 4, BatchSize: 8, LearningRate: 5e-3, Checkpoints: 3}
	})
	t.Run("checkpoints", func(t *testing.T) { checkpoints(t, c) })
	t.Run("early stopping", func(t *testing.T) { earlyStopping(t, c) })
}

func checkpoints(t *testing.T, c *Classifier) {
	examples, docs := topics(t, 40)
	step, seen := 0, map[int]map[string]pretrained.Tensor{}
	c.observe = func(float64) {
		step++
		if seen[step], _ = c.programs.weights(); seen[step] == nil {
			t.Error("no weights")
		}
	}
	train(t, c, examples, 1)
	final := score(t, c, docs)
	if got := c.Checkpoints(); !slices.Equal(got, []int{10, 15, 20}) {
		t.Fatalf("weights were kept after the steps %v", got)
	}
	for _, step := range []int{15, 20, 10} {
		if err := c.Restore(step); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), fmt.Sprint(step))
		if err := c.Save(dir); err != nil {
			t.Fatal(err)
		}
		saved, err := pretrained.ReadSafetensors(filepath.Join(dir, "model.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		for name, w := range seen[step] {
			if !slices.Equal(saved[name].Data, w.Data) {
				t.Errorf("after Restore(%d) %s is not what it was after that step", step, name)
			}
		}
		if s := score(t, c, docs); same(s, final) != (step == 20) {
			t.Errorf("the probabilities after Restore(%d) are those of the end: %v", step, step != 20)
		}
	}
	if err := c.Restore(12); err == nil || !strings.Contains(err.Error(), "no weights were kept after step 12; there are those of the steps [10 15 20]") {
		t.Errorf("an unknown step: %v", err)
	}
	c.training.Steps, c.observe = 4, nil // less than an epoch
	train(t, c, examples, 1)
	if got := c.Checkpoints(); !slices.Equal(got, []int{1, 2, 4}) {
		t.Errorf("of 4 steps weights were kept after the steps %v", got)
	}
	c.training.Checkpoints = 0
	train(t, c, examples, 1)
	if got := c.Checkpoints(); len(got) != 0 {
		t.Errorf("weights of the steps %v were kept though none should be", got)
	}
	if err := c.Restore(4); err == nil {
		t.Error("weights of an earlier training are still there")
	}
}

func TestTrainingPlan(t *testing.T) {
	for _, test := range []struct {
		training          Training
		n                 int
		steps             int
		ends, checkpoints []int
	}{
		{Training{Epochs: 3, BatchSize: 16, Checkpoints: 2}, 48, 9, []int{3, 6, 9}, []int{6, 9}},
		{Training{Epochs: 3, BatchSize: 16, Checkpoints: 3}, 50, 10, []int{4, 7, 10}, []int{4, 7, 10}},
		{Training{Epochs: 3, BatchSize: 16, Checkpoints: 3, MinSteps: 11}, 50, 11, []int{4, 7, 10}, []int{4, 7, 10}},
		{Training{Epochs: 2, BatchSize: 16, Checkpoints: 3}, 100, 13, []int{7, 13}, []int{4, 8, 13}}, // thirds
		{Training{Epochs: 0.5, BatchSize: 16, Checkpoints: 3}, 100, 4, nil, []int{1, 2, 4}},
		{Training{Steps: 2, BatchSize: 16, Checkpoints: 3}, 100, 2, nil, []int{1, 2}},
		{Training{Steps: 1, BatchSize: 16, Checkpoints: 3}, 100, 1, nil, []int{1}},
		{Training{Steps: 5, Epochs: 9, MinSteps: 9, BatchSize: 16}, 100, 5, nil, nil},
		{Training{Epochs: 5, MinSteps: 3, BatchSize: 16, Checkpoints: 1}, 1, 3, []int{1, 2, 3}, []int{3}}, // several epochs a mini-batch
		{Training{Epochs: 1e-9, BatchSize: 16}, 1, 1, []int{1}, nil},
	} {
		steps := test.training.steps(test.n)
		ends, kept := test.training.epochEnds(test.n, steps), test.training.checkpoints(test.n, steps)
		if steps != test.steps || !slices.Equal(ends, test.ends) || !slices.Equal(kept, test.checkpoints) {
			t.Errorf("%+v on %d documents: %d steps, epochs end with %v, kept %v; want %d, %v, %v",
				test.training, test.n, steps, ends, kept, test.steps, test.ends, test.checkpoints)
		}
	}
	linear := Training{LearningRate: 1, WarmupFraction: 0.2}
	constant := linear
	constant.Constant = true
	for i, want := range []struct{ linear, constant float64 }{{0, 0}, {0.5, 0.5}, {1, 1}, {0.875, 1}, {0.75, 1}, {0.625, 1}, {0.5, 1}, {0.375, 1}, {0.25, 1}, {0.125, 1}} {
		if a, b := linear.rate(i, 10), constant.rate(i, 10); math.Abs(a-want.linear) > 1e-12 || b != want.constant {
			t.Errorf("step %d: rates %g and %g, want %v", i, a, b, want)
		}
	}
	if rate := (Training{LearningRate: 1, WarmupFraction: 1}).rate(9, 10); rate != 0.9 {
		t.Errorf("nothing but warm-up ends with the rate %g", rate)
	}
}

func TestWrongTrainingsAreSentences(t *testing.T) {
	for want, change := range map[string]func(*Training){
		`Optimizer is "adam"`:             func(s *Training) { s.Optimizer = "adam" },
		"Momentum is 1":                   func(s *Training) { s.Optimizer, s.Momentum = SGD, 1 },
		"Momentum is 0.9":                 func(s *Training) { s.Momentum = 0.9 },
		"Momentum is NaN":                 func(s *Training) { s.Optimizer, s.Momentum = SGD, math.NaN() },
		"Checkpoints is -1":               func(s *Training) { s.Checkpoints = -1 },
		"EarlyStopping.Holdout is 1":      func(s *Training) { s.EarlyStopping.Holdout = 1 },
		"EarlyStopping.Patience is 0":     func(s *Training) { s.EarlyStopping.Holdout = 0.1 },
		`ClassWeights has -1 for "a"`:     func(s *Training) { s.ClassWeights = map[string]float64{"a": -1} },
		`ClassWeights has NaN for "a"`:    func(s *Training) { s.ClassWeights = map[string]float64{"a": math.NaN()} },
		`ClassWeights has 1e+300 for "a"`: func(s *Training) { s.ClassWeights = map[string]float64{"a": 1e300} },
		"LearningRate is NaN":             func(s *Training) { s.LearningRate = math.NaN() },
		"WeightDecay and ClipNorm must":   func(s *Training) { s.ClipNorm = math.NaN() },
		"Epochs must not be negative":     func(s *Training) { s.Epochs = math.NaN() },
		"WarmupFraction is NaN":           func(s *Training) { s.WarmupFraction = math.NaN() },
	} {
		training := DefaultTraining()
		change(&training)
		if err := training.check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got: %v", want, err)
		}
	}
	for name, training := range map[string]Training{"DefaultTraining": DefaultTraining(), "DefaultTaggerTraining": DefaultTaggerTraining()} {
		if err := training.check(); err != nil || training.EarlyStopping.Holdout != 0 {
			t.Errorf("%s: %v, %+v", name, err, training.EarlyStopping)
		}
	}
}

func TestHoldOut(t *testing.T) {
	var examples []example
	for i := range 10 {
		examples = append(examples, example{id: fmt.Sprint(i)})
	}
	ids := func(examples []example) (out []string) {
		for _, x := range examples {
			out = append(out, x.id)
		}
		return out
	}
	for _, test := range []struct {
		n, held int
		share   float64
	}{{10, 0, 0}, {10, 1, 0.1}, {10, 1, 1e-9}, {10, 3, 0.25}, {10, 9, 0.999}, {2, 1, 0.999}, {2, 1, 0.01}, {1, 0, 0.5}, {0, 0, 0.5}} {
		train, held := holdOut(examples[:test.n], test.share, 1)
		all := append(ids(train), ids(held)...)
		slices.Sort(all)
		if len(held) != test.held || !slices.Equal(all, ids(examples[:test.n])) {
			t.Errorf("%g of %d documents: held out %v, trained on %v", test.share, test.n, ids(held), ids(train))
		}
	}
	_, first := holdOut(examples, 0.3, 1)
	_, again := holdOut(examples, 0.3, 1)
	_, other := holdOut(examples, 0.3, 2)
	if !slices.Equal(ids(first), ids(again)) || slices.Equal(ids(first), ids(other)) {
		t.Errorf("held out %v, %v and, with another seed, %v", ids(first), ids(again), ids(other))
	}
}

func earlyStopping(t *testing.T, c *Classifier) {
	examples, docs := topics(t, 40)
	for i := range examples { // nothing to be learnt that others share
		examples[i].Label = int(keyed.Key{Purpose: "noise", Round: i}.Hash() % 4)
	}
	const epochs = 40
	c.training = Training{Epochs: epochs, BatchSize: 8, LearningRate: 5e-3, EarlyStopping: EarlyStopping{Holdout: 0.2, Patience: 3}}
	encoded, err := c.encode(t.Context(), docs)
	if err != nil {
		t.Fatal(err)
	}
	var every []example
	for i, e := range examples {
		every = append(every, example{document: encoded[i], id: e.ID, targets: oneHot(4)[e.Label:][:1], weight: 1})
	}
	_, held := holdOut(every, 0.2, 1)
	heldOutLoss := func() float64 {
		loss, err := c.heldOutLoss(t.Context(), held)
		if err != nil {
			t.Fatal(err)
		}
		return loss
	}
	var losses []float64 // after each epoch
	trained, err := c.Train(t.Context(), examples, learner.Run{Seed: 1, Progress: func(step, total int) {
		if total != epochs*4 {
			t.Errorf("%d steps in all, want %d", total, epochs*4)
		}
		if step%4 == 0 { // 32 documents
			losses = append(losses, heldOutLoss())
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	best := slices.Min(losses)
	if at := slices.Index(losses, best); len(losses) != at+1+3 || trained.Steps != 4*len(losses) || len(losses) == epochs {
		t.Errorf("%+v; the held-out losses were %.4f, so it had to stop after epoch %d", trained, losses, at+1+3)
	}
	if kept := heldOutLoss(); kept != best {
		t.Errorf("the kept weights have the held-out loss %g; the smallest seen was %g of %v", kept, best, losses)
	}
	first := hashWeights(t, c)
	if again := train(t, c, examples, 1); again.Steps != trained.Steps || hashWeights(t, c) != first {
		t.Errorf("the same seed gave another training: %+v, then %+v", trained, again)
	}

	t.Run("a hold-out of one document", func(t *testing.T) {
		c.training.EarlyStopping, c.training.Epochs = EarlyStopping{Holdout: 0.001, Patience: 1}, 3
		for _, n := range []int{2, 9} {
			if trained, err := c.Train(t.Context(), examples[:n], learner.Run{Seed: 1}); err != nil || trained.Steps < 1 {
				t.Errorf("%d documents: %+v, %v", n, trained, err)
			}
			score(t, c, docs)
		}
	})
	t.Run("fewer than two documents", func(t *testing.T) {
		if trained, err := c.Train(t.Context(), examples[:1], learner.Run{Seed: 1}); err != nil || trained.Steps != 1 {
			t.Errorf("%+v, %v", trained, err)
		}
		if _, err := c.Train(t.Context(), nil, learner.Run{Seed: 1}); err == nil || !strings.Contains(err.Error(), "no labeled documents") {
			t.Errorf("no documents: %v", err)
		}
	})
	t.Run("off", func(t *testing.T) {
		c.training.EarlyStopping, c.training.Epochs = EarlyStopping{}, 4
		if trained := train(t, c, examples, 1); trained.Steps != 20 {
			t.Errorf("%+v: 4 epochs of all 40 documents are 20 mini-batches of 8", trained)
		}
	})
}

// power is the distribution ∝ p^(1/T).
func power(p []float32, temperature float64) []float64 {
	out, sum := make([]float64, len(p)), 0.0
	for i, x := range p {
		out[i] = math.Pow(float64(x), 1/temperature)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// softLoss is −Σ t log s with t and s at the temperature.
func softLoss(teacher, model []float32, temperature float64) (loss float64) {
	t, s := power(teacher, temperature), power(model, temperature)
	for k := range t {
		loss -= t[k] * math.Log(s[k])
	}
	return loss
}

// someDistribution is drawn by a number.
func someDistribution(classes, number int) []float32 {
	stream, sum := keyed.Key{Purpose: "teacher", Round: number}.Stream(), float32(0)
	p := make([]float32, classes)
	for k := range p {
		p[k] = stream.Float32() + 0.01
		sum += p[k]
	}
	for k := range p {
		p[k] /= sum
	}
	return p
}

func distillIntoClassifier(t *testing.T, c *Classifier, r trainingReference) {
	examples := r.examples()
	var docs []corpus.Document
	var gold, teacher [][]float32
	for i, e := range examples {
		docs, gold = append(docs, e.Document), append(gold, oneHot(4)[e.Label])
		teacher = append(teacher, someDistribution(4, i))
	}
	teach := func(teacher [][]float32, temperature float64) func() (learner.Trained, error) {
		return func() (learner.Trained, error) {
			return c.TrainOn(t.Context(), docs, teacher, temperature, learner.Run{Seed: 1})
		}
	}
	losses := watch(t, c.engine, func() (learner.Trained, error) { return c.Train(t.Context(), examples, learner.Run{Seed: 1}) })
	hash := hashWeights(t, c)
	if got := watch(t, c.engine, teach(gold, 1)); !slices.Equal(got, losses) || hashWeights(t, c) != hash {
		t.Errorf("a teacher without doubt gave the losses %v, training %v", got, losses)
	}
	adopt(t, c)
	before := score(t, c, docs)
	for _, temperature := range []float64{1, 2.5, 0.5} {
		want := 0.0
		for i := range docs {
			want += softLoss(teacher[i], before[i], temperature) / float64(len(docs))
		}
		got := watch(t, c.engine, teach(teacher, temperature))
		if math.Abs(got[0]-want) > 2e-5 {
			t.Errorf("temperature %g: the first loss is %.7f, by hand %.7f", temperature, got[0], want)
		}
		if !(got[len(got)-1] < got[0]) {
			t.Errorf("temperature %g: losses %v", temperature, got)
		}
	}
	changed := func(p []float32) [][]float32 { return append(slices.Clone(teacher[:5]), p) }
	nan := float32(math.NaN())
	for _, test := range []struct {
		want        string
		teacher     [][]float32
		temperature float64
	}{
		{"there are 5 distributions for 6 documents", teacher[:5], 1},
		{"document 5: the teacher gives 3 probabilities, the model has 4 classes", changed([]float32{1, 0, 0}), 1},
		{"document 5: the teacher's probabilities are [-1 2 0 0]", changed([]float32{-1, 2, 0, 0}), 1},
		{"document 5: the teacher's probabilities are [NaN 0 0 1]", changed([]float32{nan, 0, 0, 1}), 1},
		{"document 5: the teacher's probabilities are [0 0 0 0]", changed([]float32{0, 0, 0, 0}), 1},
		{"document 5: the teacher's probabilities are [0.2 0.2 0.2 0.2]", changed([]float32{.2, .2, .2, .2}), 2},
		{"document 5: the teacher's probabilities are [1 1 0 0]", changed([]float32{1, 1, 0, 0}), 2},
		{"the temperature is 0; it must be above 0", teacher, 0},
		{"the temperature is -1", teacher, -1},
		{"the temperature is NaN", teacher, math.NaN()},
		{"the temperature is +Inf", teacher, math.Inf(1)},
	} {
		if _, err := teach(test.teacher, test.temperature)(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("want %q, got: %v", test.want, err)
		}
	}
}

func distillIntoTagger(t *testing.T, g *Tagger, r trainingReference) {
	docs := r.tagged(t)
	gold, teacher := make([][][]float32, len(docs)), make([][][]float32, len(docs))
	for i, doc := range docs {
		for w, tag := range corpus.Tags(len(doc.Words), doc.Spans) {
			gold[i] = append(gold[i], oneHot(5)[slices.Index(r.Classes, tag)])
			teacher[i] = append(teacher[i], someDistribution(5, 100*i+w))
		}
	}
	teach := func(teacher [][][]float32, temperature float64) func() (learner.Trained, error) {
		return func() (learner.Trained, error) {
			return g.TrainOn(t.Context(), docs, teacher, temperature, learner.Run{Seed: 1})
		}
	}
	losses := watch(t, g.engine, func() (learner.Trained, error) { return g.Train(t.Context(), docs, learner.Run{Seed: 1}) })
	hash := hashWeights(t, &Classifier{g.engine})
	if got := watch(t, g.engine, teach(gold, 1)); !slices.Equal(got, losses) || hashWeights(t, &Classifier{g.engine}) != hash {
		t.Errorf("a teacher without doubt gave the losses %v, training %v", got, losses)
	}
	if err := g.adopt(); err != nil {
		t.Fatal(err)
	}
	before, err := g.Tag(t.Context(), docs, nil)
	if err != nil {
		t.Fatal(err)
	}
	byHand, words := 0.0, 0
	for i := range docs {
		for w, p := range before[i].Probs {
			if slices.Max(p) < 1 { // else the model doesn't see the word
				byHand += softLoss(teacher[i][w], p, 2)
			}
		}
		words += before[i].Counted
	}
	if got := watch(t, g.engine, teach(teacher, 2)); math.Abs(got[0]-byHand/float64(words)) > 2e-5 {
		t.Errorf("the first loss is %.7f, by hand %.7f", got[0], byHand/float64(words))
	}
	other := func(i int, words [][]float32) [][][]float32 {
		out := slices.Clone(teacher)
		out[i] = words
		return out
	}
	for _, test := range []struct {
		want        string
		teacher     [][][]float32
		temperature float64
	}{
		{"there are distributions for 6 of 7 documents", teacher[:6], 1},
		{"document 2 has 1 words and 0 distributions", other(2, nil), 1},
		{"document 2, word 1: the teacher gives 4 probabilities, the model has 5 classes", other(2, oneHot(4)[:1]), 1},
		{"document 2, word 1: the teacher's probabilities are [2 0 0 0 0]", other(2, [][]float32{{2, 0, 0, 0, 0}}), 1},
		{"the temperature is NaN", teacher, math.NaN()},
	} {
		if _, err := teach(test.teacher, test.temperature)(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("want %q, got: %v", test.want, err)
		}
	}
}
