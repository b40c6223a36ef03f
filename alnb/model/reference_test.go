package model

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/home"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/pretrained"
	"github.com/alnb/alnb/alnb/tokenize"
)

// The files in testdata come from Python's tokenizers, transformers and PyTorch, by tests/reference/make_fixtures.py.

const (
	minilm = "sentence-transformers/all-MiniLM-L6-v2"
	tiny   = "testdata/tiny-bert"
)

func fixture(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

// minilmDir is where make setup puts the real weights.
func minilmDir(t *testing.T) string {
	t.Helper()
	folder, err := home.Dir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(folder, "models", minilm)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("NOT TESTED with the weights of MiniLM: %v; run make setup", err)
	}
	return dir
}

func TestTokensEqualPythons(t *testing.T) {
	var want struct {
		Texts        []string
		MiniLM, Tiny map[int][][]int32
	}
	fixture(t, "tokens.json", &want)
	check := func(t *testing.T, dir string, want map[int][][]int32, texts []string) {
		for limit, rows := range want {
			tok, err := tokenize.Open(filepath.Join(dir, "tokenizer.json"), limit)
			if err != nil {
				t.Fatal(err)
			}
			defer tok.Close()
			got, err := tok.EncodeTexts(t.Context(), texts)
			if err != nil {
				t.Fatal(err)
			}
			for i := range texts {
				if fmt.Sprint(got[i].IDs) != fmt.Sprint(rows[i]) {
					t.Errorf("limit %d, text %q:\n got %v\nwant %v", limit, texts[i], got[i].IDs, rows[i])
				}
			}
		}
	}
	t.Run("tiny", func(t *testing.T) { check(t, tiny, want.Tiny, want.Texts) })
	t.Run("MiniLM", func(t *testing.T) { check(t, minilmDir(t), want.MiniLM, want.Texts) })
}

// parity holds probabilities that Python gave.
type parity struct {
	MaxTokens    int `json:"max_tokens"`
	Texts        []string
	Alone, Mixed [][]float32
	Weight, Bias []float32 // of the head, where it is not the checkpoint's
	Labels       []string
}

// tolerance is how far a probability may lie from Python's: float32 sums in another order.
const tolerance = 2e-5

func (p parity) check(t *testing.T, c *Classifier) {
	t.Helper()
	docs := make([]corpus.Document, len(p.Texts))
	for i, text := range p.Texts {
		docs[i] = corpus.Document{ID: fmt.Sprint(i), Text: text}
	}
	together, err := c.Probabilities(t.Context(), docs, nil)
	if err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	compare := func(how, text string, got, want []float32) {
		if len(got) != len(want) {
			t.Fatalf("%d probabilities, want %d", len(got), len(want))
		}
		for k := range want {
			off := math.Abs(float64(got[k]) - float64(want[k]))
			worst = max(worst, off)
			if !(off <= tolerance) {
				t.Errorf("%s, %.40q, class %d: %.7f, Python %.7f", how, text, k, got[k], want[k])
			}
		}
	}
	for i, doc := range docs {
		alone, err := c.Probabilities(t.Context(), docs[i:i+1], nil)
		if err != nil {
			t.Fatal(err)
		}
		compare("alone", doc.Text, alone[0], p.Alone[i])
		compare("among others", doc.Text, together[i], p.Mixed[i])
	}
	t.Logf("%d texts: largest difference from Python's %.2g", len(docs), worst)
}

func openTiny(t *testing.T, change func(*Transformer)) *Classifier {
	t.Helper()
	spec := Pretrained(tiny)
	if change != nil {
		change(&spec)
	}
	return open(t, spec, []string{"LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"}) // the checkpoint's
}

func open(t *testing.T, spec Transformer, classes []string) *Classifier {
	t.Helper()
	e, err := spec.open(t.Context(), Classification, classes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return &Classifier{e}
}

func TestProbabilitiesEqualPythons(t *testing.T) {
	t.Run("tiny", func(t *testing.T) {
		var want parity
		fixture(t, "tiny.json", &want)
		c := openTiny(t, func(s *Transformer) { s.MaxTokens = want.MaxTokens })
		adopt(t, c)
		want.check(t, c)
	})
	t.Run("MiniLM", func(t *testing.T) {
		var want parity
		fixture(t, "minilm.json", &want)
		spec := Pretrained(minilmDir(t))
		spec.MaxTokens = want.MaxTokens
		c := open(t, spec, []string{"a", "b", "c", "d"})
		c.initial["classifier.weight"] = pretrained.Tensor{Dims: []int{4, 384}, Data: want.Weight}
		c.initial["classifier.bias"] = pretrained.Tensor{Dims: []int{4}, Data: want.Bias}
		adopt(t, c)
		want.check(t, c)
	})
}

// adopt makes a classifier ready with the weights it has, as Load does.
func adopt(t *testing.T, c *Classifier) {
	t.Helper()
	if err := c.adopt(); err != nil {
		t.Fatal(err)
	}
}

// With dropout off and every document in every mini-batch, nothing is random: losses and the trained model's
// probabilities are those of torch.optim.AdamW with clipping and transformers' schedule.
func TestTrainingEqualsPyTorchs(t *testing.T) {
	var want struct {
		MaxTokens      int `json:"max_tokens"`
		Steps          int
		LearningRate   float64 `json:"learning_rate"`
		WeightDecay    float64 `json:"weight_decay"`
		ClipNorm       float64 `json:"clip_norm"`
		WarmupFraction float64 `json:"warmup_fraction"`
		Texts          []string
		Labels         []int
		Losses         []float64
		Probabilities  [][]float32
	}
	fixture(t, "training.json", &want)
	c := openTiny(t, func(s *Transformer) {
		s.MaxTokens = want.MaxTokens
		s.Training = Training{
			Steps: want.Steps, BatchSize: len(want.Texts), LearningRate: want.LearningRate,
			WeightDecay: want.WeightDecay, ClipNorm: want.ClipNorm, WarmupFraction: want.WarmupFraction,
		}
	})
	withoutDropout(c.engine)
	var examples []corpus.Example
	var docs []corpus.Document
	for i, text := range want.Texts {
		docs = append(docs, corpus.Document{ID: fmt.Sprint(i), Text: text})
		examples = append(examples, corpus.Example{Document: docs[i], Label: want.Labels[i]})
	}
	var losses []float64
	c.observe = func(loss float64) { losses = append(losses, loss) }
	if _, err := c.Train(t.Context(), examples, learner.Run{Seed: 1}); err != nil {
		t.Fatal(err)
	}
	if len(losses) != want.Steps || len(want.Losses) != want.Steps {
		t.Fatalf("%d steps, PyTorch's %d, want %d", len(losses), len(want.Losses), want.Steps)
	}
	for i, loss := range losses {
		if math.Abs(loss-want.Losses[i]) > 1e-4*(1+want.Losses[i]) {
			t.Errorf("step %d: loss %.6f, PyTorch %.6f", i, loss, want.Losses[i])
		}
	}
	got, err := c.Probabilities(t.Context(), docs, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		for k := range got[i] {
			if math.Abs(float64(got[i][k]-want.Probabilities[i][k])) > 1e-4 {
				t.Errorf("text %d, class %d: %.6f after training, PyTorch %.6f", i, k, got[i][k], want.Probabilities[i][k])
			}
		}
	}
}
