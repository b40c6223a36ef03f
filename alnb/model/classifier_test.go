package model

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/klog/v2"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/datasets"
)

// topics are sentences of four classes, and a tiny classifier that is quick to train on them.
func topics(t *testing.T, n int) ([]corpus.Example, []corpus.Document) {
	t.Helper()
	data, err := datasets.Synthetic{Train: n, Test: 1, Seed: 7}.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	docs := make([]corpus.Document, n)
	for i, e := range data.Train {
		docs[i] = e.Document
	}
	return data.Train, docs
}

func quick(s *Transformer) {
	s.MaxTokens = 32
	s.Training.Steps, s.Training.LearningRate = 60, 5e-3
}

func train(t *testing.T, c *Classifier, examples []corpus.Example, seed uint64) learner.Trained {
	t.Helper()
	trained, err := c.Train(t.Context(), examples, learner.Run{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return trained
}

func score(t *testing.T, c *Classifier, docs []corpus.Document) [][]float32 {
	t.Helper()
	rows, err := c.Probabilities(t.Context(), docs, nil)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func labels(examples []corpus.Example) []int {
	gold := make([]int, len(examples))
	for i, e := range examples {
		gold[i] = e.Label
	}
	return gold
}

func TestTrainingLearns(t *testing.T) {
	examples, docs := topics(t, 300)
	c := openTiny(t, func(s *Transformer) { quick(s); s.Training.Steps = 200 })
	trained := train(t, c, examples[:200], 1)
	if accuracy := eval.Accuracy(score(t, c, docs[200:]), labels(examples[200:])); accuracy < 0.6 {
		t.Errorf("accuracy %.2f on 100 other sentences after training on 200; chance is 0.25", accuracy)
	}
	if trained.Steps != 200 || !(trained.Loss < 1.2) {
		t.Errorf("%+v", trained)
	}
}

func TestSeedDecidesTheResult(t *testing.T) {
	examples, docs := topics(t, 60)
	c := openTiny(t, quick)
	train(t, c, examples, 1)
	first := score(t, c, docs)
	train(t, c, examples, 2)
	if same(first, score(t, c, docs)) {
		t.Error("another seed gave the same probabilities")
	}
	train(t, c, examples, 1)
	if !same(first, score(t, c, docs)) {
		t.Error("the same seed gave other probabilities after another training")
	}
	other := openTiny(t, quick)
	train(t, other, examples, 1)
	if !same(first, score(t, other, docs)) {
		t.Error("the same seed gave other probabilities in another classifier")
	}
}

func same(a, b [][]float32) bool { return slices.EqualFunc(a, b, slices.Equal[[]float32]) }

// xlaCompilations counts what the XLA backend says it compiles, while the test runs.
func xlaCompilations(t *testing.T) func() int {
	t.Helper()
	flags := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(flags)
	set := func(values map[string]string) {
		for name, value := range values {
			if err := flags.Set(name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	var log bytes.Buffer
	klog.SetOutput(&log)
	set(map[string]string{"v": "1", "logtostderr": "false", "stderrthreshold": "FATAL"})
	t.Cleanup(func() { klog.Flush(); set(map[string]string{"v": "0", "logtostderr": "true"}) })
	return func() int {
		klog.Flush()
		return strings.Count(log.String(), "] Compiling ")
	}
}

// However many rounds and seeds there are, XLA compiles at most two programs for each padded length, one that trains
// and one that scores.
func TestCompilations(t *testing.T) {
	if origin := BackendOrigin(); !strings.HasPrefix(origin, "xla") {
		t.Skipf("COMPILATIONS WERE NOT COUNTED: the backend is %s", origin)
	}
	compilations := xlaCompilations(t)
	c := openTiny(t, func(s *Transformer) { s.MaxTokens, s.Training.Steps = 64, 12 })
	examples, docs := topics(t, 120)
	for i := range docs { // of many lengths
		docs[i].Text = strings.Repeat(docs[i].Text+" ", 1+i%5)
		examples[i].Text = docs[i].Text
	}
	const most = 4 // scoring one; training one for each number of rows that its mini-batches fill
	for seed := range uint64(3) {
		for round := range 4 {
			train(t, c, examples[:10+7*round], seed)
			score(t, c, docs[10+7*round:])
		}
	}
	if n := compilations(); n > most || n < 2 || c.Compiled() != n {
		t.Errorf("XLA compiled %d programs (the classifier says %d); at most %d are allowed", n, c.Compiled(), most)
	}
}

var save = flag.Bool("save", false, "write testdata/tiny-finetuned anew; then run make_fixtures.py --finetuned")

const finetuned = "testdata/tiny-finetuned"

func TestFineTunedAndSaved(t *testing.T) {
	examples, docs := topics(t, 120)
	spec := Pretrained(tiny)
	quick(&spec)
	c := open(t, spec, []string{"a", "b", "c", "d"})
	if err := c.Save(filepath.Join(t.TempDir(), "x")); err == nil || !strings.Contains(err.Error(), "not trained") {
		t.Errorf("saving an untrained classifier: %v", err)
	}
	train(t, c, examples, 1)
	want := score(t, c, docs)
	dir := filepath.Join(t.TempDir(), "saved")
	if err := c.Save(dir); err != nil {
		t.Fatal(err)
	}
	if *save {
		os.RemoveAll(finetuned)
		if err := c.Save(finetuned); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Save(dir); err == nil {
		t.Error("a second model was saved over the first")
	}
	loaded, err := Load(t.Context(), dir, 32)
	if err != nil {
		t.Fatal(err)
	}
	defer loaded.Close()
	if !slices.Equal(loaded.Classes(), []string{"a", "b", "c", "d"}) {
		t.Errorf("classes %q", loaded.Classes())
	}
	if !same(score(t, loaded, docs), want) {
		t.Error("the saved and loaded classifier gives other probabilities")
	}
}

// testdata/tiny-finetuned was trained and saved by TestFineTunedAndSaved with -save; transformers read it.
func TestFineTunedEqualsPythons(t *testing.T) {
	var want parity
	fixture(t, "finetuned.json", &want)
	c, err := Load(t.Context(), finetuned, want.MaxTokens)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if !slices.Equal(c.Classes(), want.Labels) {
		t.Errorf("classes %q, Python reads %q", c.Classes(), want.Labels)
	}
	want.check(t, c)
}

func TestCancelReturnsWithinASecond(t *testing.T) {
	examples, docs := topics(t, 60)
	spec := Pretrained(minilmDir(t))
	classifier, err := spec.Open(t.Context(), []string{"a", "b", "c", "d"})
	if err != nil {
		t.Fatal(err)
	}
	c := classifier.(*Classifier)
	defer c.Close()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel) // in the middle of the first compilation
	began := time.Now()
	_, err = c.Train(ctx, examples, learner.Run{Seed: 1})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Train returned %v", err)
	}
	if took := time.Since(began); took > 1300*time.Millisecond {
		t.Errorf("Train returned %v after its context ended", took-300*time.Millisecond)
	}
	if _, err := c.Probabilities(t.Context(), docs, nil); err == nil {
		t.Error("a classifier whose training was stopped gives probabilities")
	}
}

func TestMistakesAreSentences(t *testing.T) {
	open := func(classes []string, change func(*Transformer)) error {
		spec := Pretrained(tiny)
		change(&spec)
		_, err := spec.Open(t.Context(), classes)
		return err
	}
	four := []string{"a", "b", "c", "d"}
	broken := func(file, content string) string { // a copy of tiny-bert with one file changed
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(tiny)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	config, err := os.ReadFile(filepath.Join(tiny, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	weights, err := os.ReadFile(filepath.Join(tiny, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	edited := func(old, new string) string {
		return broken("config.json", strings.Replace(string(config), old, new, 1))
	}
	for name, test := range map[string]struct{ want, checkpoint string }{
		"no folder":           {"has no config.json", "./testdata/none"},
		"not JSON":            {"is not a model configuration", broken("config.json", "{")},
		"another model":       {`model_type is "gpt2"`, edited(`"model_type": "bert"`, `"model_type": "gpt2"`)},
		"another activation":  {`hidden_act is "mish"`, edited(`"hidden_act": "gelu"`, `"hidden_act": "mish"`)},
		"config and weights":  {"config.json calls for [48]", edited(`"intermediate_size": 64`, `"intermediate_size": 48`)},
		"more layers":         {`has no weight "bert.encoder.layer.2.`, edited(`"num_hidden_layers": 2`, `"num_hidden_layers": 3`)},
		"negative size":       {"num_hidden_layers is -1", edited(`"num_hidden_layers": 2`, `"num_hidden_layers": -1`)},
		"weights cut short":   {"was the download cut short?", broken("model.safetensors", string(weights[:len(weights)-1000]))},
		"weights empty":       {"too few for a header", broken("model.safetensors", "")},
		"broken tokenizer":    {"tokenizer.json", broken("tokenizer.json", "{}")},
		"nonsense tokenizer":  {"is not JSON", broken("tokenizer.json", "nonsense")},
		"header of lies":      {"its header claims", broken("model.safetensors", "\xff\xff\xff\xff\xff\xff\xff\x7f{}")},
		"tensor beyond bytes": {"was the download cut short?", broken("model.safetensors", header(`{"w":{"dtype":"F32","shape":[1000],"data_offsets":[0,4000]}}`))},
		"overflowing shape":   {"does not fit", broken("model.safetensors", header(`{"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}`))},
	} {
		t.Run(name, func(t *testing.T) {
			err := open(four, func(s *Transformer) { s.Checkpoint = test.checkpoint })
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want %q, got: %v", test.want, err)
			}
		})
	}
	for want, change := range map[string]func(*Transformer){
		"LearningRate is 0":     func(s *Transformer) { s.Training.LearningRate = 0 },
		"BatchSize is 0":        func(s *Transformer) { s.Training.BatchSize = 0 },
		"start from DefaultTra": func(s *Transformer) { s.Training.Epochs, s.Training.MinSteps = 0, 0 },
		"WarmupFraction is 2":   func(s *Transformer) { s.Training.WarmupFraction = 2 },
		"2 tokens a text":       func(s *Transformer) { s.MaxTokens = 2 },
	} {
		if err := open(four, change); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got: %v", want, err)
		}
	}
	if err := open([]string{"only"}, func(*Transformer) {}); err == nil || !strings.Contains(err.Error(), "at least 2 classes") {
		t.Errorf("one class: %v", err)
	}
	c := openTiny(t, quick)
	for want, examples := range map[string][]corpus.Example{
		"no labeled documents":        nil,
		"document x has the class nu": {{Document: corpus.Document{ID: "x", Text: "t"}, Label: 4}},
	} {
		if _, err := c.Train(t.Context(), examples, learner.Run{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got: %v", want, err)
		}
	}
	diverging := openTiny(t, func(s *Transformer) { quick(s); s.Training.LearningRate, s.Training.ClipNorm = 1e30, 0 })
	examples, _ := topics(t, 40)
	if _, err := diverging.Train(t.Context(), examples, learner.Run{}); err == nil || !strings.Contains(err.Error(), "smaller LearningRate") {
		t.Errorf("a diverging training: %v", err)
	}
	if _, err := Load(t.Context(), minilmDir(t), 0); err == nil || !strings.Contains(err.Error(), "not a fine-tuned model") {
		t.Errorf("an encoder without a head: %v", err)
	}
}

// header returns a safetensors file with this header and nothing after it.
func header(json string) string {
	return fmt.Sprintf("%c\x00\x00\x00\x00\x00\x00\x00%s", len(json), json)
}

func TestOddTexts(t *testing.T) {
	examples, _ := topics(t, 40)
	c := openTiny(t, quick)
	train(t, c, examples, 1)
	docs := []corpus.Document{{Text: ""}, {Text: "\x00"}, {Text: strings.Repeat("very long ", 20000)}, {Text: "\xff\xfe not UTF-8"}, {Text: "fine"}}
	for i, row := range score(t, c, docs) {
		sum := float32(0)
		for _, p := range row {
			sum += p
		}
		if !(sum > 0.999 && sum < 1.001) {
			t.Errorf("document %d: probabilities %v", i, row)
		}
	}
	if rows := score(t, c, nil); len(rows) != 0 {
		t.Errorf("%d rows for no documents", len(rows))
	}
}

var repeatMiniLM = flag.Bool("minilm", false, "TestTrainingRepeats also trains MiniLM, which takes minutes")

// hashWeights is a SHA-256 over all weights, bit by bit.
func hashWeights(t *testing.T, c *Classifier) string {
	t.Helper()
	weights, err := c.programs.weights()
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		fmt.Fprintln(h, name, weights[name].Dims)
		if err := binary.Write(h, binary.LittleEndian, weights[name].Data); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// XLA's threads might add up in another order each time. On the CPU they don't: docs/decisions/repeatable.md.
func TestTrainingRepeats(t *testing.T) {
	examples, _ := topics(t, 60)
	for checkpoint, steps := range map[string]int{tiny: 30, "minilm": 20} {
		t.Run(filepath.Base(checkpoint), func(t *testing.T) {
			if checkpoint == "minilm" {
				if !*repeatMiniLM {
					t.Skip("NOT TESTED with MiniLM: -minilm was not given")
				}
				checkpoint = minilmDir(t)
			}
			spec := Pretrained(checkpoint)
			spec.MaxTokens, spec.Training.Steps = 64, steps
			c := open(t, spec, []string{"a", "b", "c", "d"})
			hashes := map[string]int{}
			for range 20 {
				train(t, c, examples, 1)
				hashes[hashWeights(t, c)]++
			}
			if len(hashes) != 1 {
				t.Errorf("20 identical trainings gave %d different sets of weights: %v", len(hashes), hashes)
			}
			t.Logf("weights %v", hashes)
		})
	}
}
