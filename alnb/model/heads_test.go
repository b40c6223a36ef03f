package model

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/pretrained"
)

// testdata/heads.json comes from Python's transformers, by tests/reference/make_heads.py.

// finalLayers are the names of the classifiers' last linear layers.
var finalLayers = map[string]string{
	"bert": "classifier", "distilbert": "classifier", "electra": "classifier.out_proj", "xlnet": "logits_proj",
}

func textsOf(texts []string) []corpus.Document {
	docs := make([]corpus.Document, len(texts))
	for i, text := range texts {
		docs[i] = corpus.Document{ID: string(rune('a' + i)), Text: text}
	}
	return docs
}

func lastLayerOf(t *testing.T, c *Classifier, docs []corpus.Document) (probabilities, inputs [][]float32) {
	t.Helper()
	probabilities, inputs, err := c.LastLayer(t.Context(), docs, nil)
	if err != nil {
		t.Fatal(err)
	}
	return probabilities, inputs
}

func embed(t *testing.T, m interface {
	Embeddings(context.Context, []corpus.Document, func(int)) ([][]float32, error)
}, docs []corpus.Document) [][]float32 {
	t.Helper()
	rows, err := m.Embeddings(t.Context(), docs, nil)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// far is the largest difference between two tables; infinite where they have not the same form.
func far(a, b [][]float32) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	largest := 0.0
	for i := range a {
		largest = max(largest, furthest(a[i], b[i]))
	}
	return largest
}

func TestHeadsEqualPythons(t *testing.T) {
	type heads struct{ Reads, Last, Words [][]float32 }
	var want struct{ BERT, DistilBERT, ELECTRA, XLNet heads }
	fixture(t, "heads.json", &want)
	for family, want := range map[string]heads{
		"bert": want.BERT, "distilbert": want.DistilBERT, "electra": want.ELECTRA, "xlnet": want.XLNet,
	} {
		t.Run(family, func(t *testing.T) {
			s := openFamily(t, family+"-classification", Classification)
			c, docs := &Classifier{s.engine}, textsOf(s.want.Texts)
			reads := embed(t, c, docs)
			probabilities, last := lastLayerOf(t, c, docs)
			g := openFamily(t, family+"-tagging", Tagging)
			var lists []corpus.Document
			for _, words := range g.want.Words {
				lists = append(lists, corpus.Document{Words: words})
			}
			words := embed(t, &Tagger{engine: g.engine}, lists)
			for what, off := range map[string]float64{
				"what the head reads": far(reads, want.Reads), "the last layer's input": far(last, want.Last), "a tagger's mean": far(words, want.Words),
			} {
				if t.Logf("%s: %.1e", what, off); !(off <= 1e-5) {
					t.Errorf("%s differs from Python's by %g", what, off)
				}
			}
			for i := range docs {
				if off := far(embed(t, c, docs[i:i+1]), reads[i:i+1]); !(off <= 1e-5) {
					t.Errorf("text %d: what the head reads is off by %g among others", i, off)
				}
			}
			checkLastLayer(t, c, docs, finalLayers[family], probabilities, last)
		})
	}
}

// checkLastLayer: the inputs, through the layer and the softmax, are the probabilities.
func checkLastLayer(t *testing.T, c *Classifier, docs []corpus.Document, layer string, probabilities, inputs [][]float32) {
	t.Helper()
	if off := far(probabilities, score(t, c, docs)); !(off <= 1e-6) {
		t.Errorf("LastLayer's probabilities are off by %g", off)
	}
	weights, err := c.programs.weights()
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range inputs {
		if off := furthest(softmax(linear(weights, layer, h)), probabilities[i]); !(off <= 1e-5) {
			t.Errorf("text %d: the layer of LastLayer's input gives other probabilities, by %g", i, off)
		}
	}
}

// linear is W h + b.
func linear(weights map[string]pretrained.Tensor, name string, h []float32) []float32 {
	w, out := weights[name+".weight"], slices.Clone(weights[name+".bias"].Data)
	for i := range out {
		for k, x := range h {
			out[i] += w.Data[i*len(h)+k] * x
		}
	}
	return out
}

func softmax(z []float32) []float32 {
	sum, out := 0.0, make([]float32, len(z))
	for _, x := range z {
		sum += math.Exp(float64(x))
	}
	for i, x := range z {
		out[i] = float32(math.Exp(float64(x)) / sum)
	}
	return out
}

func TestHeadsOfTheLightModel(t *testing.T) { // its numbers are compared with PyTorch's in internal/nn
	examples, docs := kinds(30, 1)
	l := smallLight(t)
	l.FeedForward, l.Training.Steps = 5, 20
	c, err := l.Fit(t.Context(), namedTypes, examples, learner.Run{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	docs = append(docs, corpus.Document{ID: "empty"}, corpus.Document{ID: "long", Text: strings.Repeat("fox ", 40)})
	reads := embed(t, c, docs)
	probabilities, inputs := lastLayerOf(t, c, docs)
	checkLastLayer(t, c, docs, "output", probabilities, inputs)
	weights, err := c.programs.weights()
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range reads {
		inner := linear(weights, "feed_forward", h)
		for k, x := range inner {
			inner[k] = float32(math.Tanh(float64(x)))
		}
		if off := furthest(inner, inputs[i]); len(h) != 2*l.Hidden || !(off <= 1e-5) {
			t.Errorf("text %d: the tanh layer of its embedding of %d numbers is off by %g", i, len(h), off)
		}
	}

	g := openLightTagger(t, smallLight(t), namedTypes)
	tagged := namedDocuments(5, 1)
	trainTagger(t, g, tagged, 1)
	lists := make([]corpus.Document, len(tagged))
	for i, doc := range tagged {
		lists[i] = corpus.Document{ID: doc.ID, Words: doc.Words}
	}
	for i, row := range embed(t, g, lists) {
		alone := embed(t, g, lists[i:i+1])[0]
		if off := furthest(row, alone); len(row) != 2*l.Hidden || !(off <= 1e-5) {
			t.Errorf("list %d: %d numbers, off by %g from those alone", i, len(row), off)
		}
	}
	if _, err := g.Embeddings(t.Context(), []corpus.Document{{ID: "none", Text: "a text"}}, nil); err == nil || !strings.Contains(err.Error(), `"none" has no words`) {
		t.Errorf("a text for a tagger: %v", err)
	}
}

// Programs are compiled when they are asked for, and scoring alone compiles none but its own.
func TestReadingsAreCompiledWhenAskedFor(t *testing.T) {
	_, docs := topics(t, 10)
	c := openTiny(t, quick)
	adopt(t, c)
	for i, read := range []func(){
		func() { score(t, c, docs) }, func() { embed(t, c, docs) }, func() { lastLayerOf(t, c, docs) }, func() { sample(t, c, docs, 3, 1) },
	} {
		read()
		if read(); c.Compiled() != i+1 {
			t.Errorf("after %d kinds of reading there are %d programs", i+1, c.Compiled())
		}
	}
}

// GoMLX's Go backend, the fallback, gives the same.
func TestReadingOnTheGoBackend(t *testing.T) {
	_, docs := topics(t, 10)
	read := func() [][][]float32 {
		c := openTiny(t, quick)
		adopt(t, c)
		probabilities, inputs := lastLayerOf(t, c, docs)
		return append(sample(t, c, docs, 2, 1), embed(t, c, docs), probabilities, inputs)
	}
	usual := Backend
	want := read()
	backend, err := compute.NewWithConfig("go")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	Backend = func() (compute.Backend, error) { return backend, nil }
	defer func() { Backend = usual }()
	for i, rows := range read() {
		if off := far(rows, want[i]); !(off <= 1e-5) {
			t.Errorf("table %d is off by %g", i, off)
		}
	}
}

func TestReadingInBfloat16(t *testing.T) {
	_, docs := topics(t, 10)
	exact, fast := openTiny(t, quick), openTiny(t, func(s *Transformer) { quick(s); s.Training.Bfloat16 = true })
	adopt(t, exact)
	adopt(t, fast)
	probabilities, inputs := lastLayerOf(t, exact, docs)
	p, h := lastLayerOf(t, fast, docs)
	off := []float64{far(embed(t, exact, docs), embed(t, fast, docs)), far(probabilities, p), far(inputs, h)}
	if !(slices.Max(off) <= 0.1) || slices.Min(off) == 0 {
		t.Errorf("in bfloat16 embeddings, probabilities and inputs differ by %v", off)
	}
	if off := far(p, score(t, fast, docs)); !(off <= 1e-6) {
		t.Errorf("LastLayer's probabilities are off by %g from Probabilities, both in bfloat16", off)
	}
}

func TestReadingsMistakes(t *testing.T) {
	_, docs := topics(t, 30)
	readings := func(c *Classifier) map[string]func(ctx context.Context, progress func(int)) error {
		return map[string]func(ctx context.Context, progress func(int)) error{
			"Embeddings": func(ctx context.Context, progress func(int)) error {
				_, err := c.Embeddings(ctx, docs, progress)
				return err
			},
			"LastLayer": func(ctx context.Context, progress func(int)) error {
				_, _, err := c.LastLayer(ctx, docs, progress)
				return err
			},
			"DropoutProbabilities": func(ctx context.Context, progress func(int)) error {
				_, err := c.DropoutProbabilities(ctx, docs, 2, 1, progress)
				return err
			},
		}
	}
	c := openTiny(t, quick)
	for name, read := range readings(c) {
		if err := read(t.Context(), nil); !errors.Is(err, errUntrained) {
			t.Errorf("%s of an untrained model: %v", name, err)
		}
	}
	if _, err := openTinyTagger(t, nil).Embeddings(t.Context(), docs, nil); !errors.Is(err, errUntrained) {
		t.Errorf("Embeddings of an untrained tagger: %v", err)
	}

	adopt(t, c)
	docs = slices.Repeat(docs, 20) // several batches
	for name, read := range readings(c) {
		var told []int
		if err := read(t.Context(), func(done int) { told = append(told, done) }); err != nil {
			t.Fatal(err)
		}
		if len(told) < 2 || !slices.IsSorted(told) || told[len(told)-1] != len(docs) {
			t.Errorf("%s says it has read %v of %d documents", name, told, len(docs))
		}
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		if err := read(ctx, func(int) { calls++; cancel() }); err != context.Canceled || calls != 1 {
			t.Errorf("%s, canceled after a batch, gives %v after %d", name, err, calls)
		}
	}

	for name, w := range c.initial {
		if strings.Contains(name, "LayerNorm") {
			w.Data = slices.Clone(w.Data)
			w.Data[0] = float32(math.NaN())
			c.initial[name] = w
		}
	}
	adopt(t, c)
	for name, read := range readings(c) {
		if err := read(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "its weights are broken") {
			t.Errorf("%s of a broken model: %v", name, err)
		}
	}
	for name, read := range readings(c) {
		c.Close()
		if err := read(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "closed") {
			t.Errorf("%s of a closed model: %v", name, err)
		}
	}
}
