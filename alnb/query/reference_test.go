package query

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
)

// reference is what tests/reference/make_query.py wrote; its Sources say which library gave what.
type reference struct {
	Sources map[string]string
	Labeled struct {
		Embeddings, Probabilities [][]float32
		Classes                   []int
	}
	Pool struct {
		Embeddings, Probabilities [][]float32
		Dropout                   [][][]float32
	}
	LeastConfident    []float64 `json:"least_confident"`
	Margin, Entropy   []float64
	BALD, Mahalanobis []float64
	Shrinkage         float64
	CAL               []float64
	CALOrder          []int `json:"cal_order"`
	CoreSet           []int
	CoreSetNormalized []int `json:"coreset_normalized"`
	Badge             struct {
		Distances     [][]float64
		First         int
		Chosen        []int
		Probabilities []float64
	}
	Taggings []struct {
		Probs         [][]float32
		Path          float64
		Counted       int
		MNLP, Viterbi float64
		TokenEntropy  float64 `json:"token_entropy"`
	}
}

func readReference(t *testing.T) reference {
	t.Helper()
	raw, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// known is a model that answers from the reference, by ID.
type known struct {
	probabilities, embeddings map[string][]float32
	dropout                   map[string][][]float32
	taggings                  map[string]learner.Tagging
}

func look[T any](docs []corpus.Document, in map[string]T) []T {
	all := make([]T, len(docs))
	for i, doc := range docs {
		all[i] = in[doc.ID]
	}
	return all
}

func (k known) Probabilities(_ context.Context, docs []corpus.Document, _ func(int)) ([][]float32, error) {
	return look(docs, k.probabilities), nil
}

func (k known) Embeddings(_ context.Context, docs []corpus.Document, _ func(int)) ([][]float32, error) {
	return look(docs, k.embeddings), nil
}

func (k known) LastLayer(_ context.Context, docs []corpus.Document, _ func(int)) (p, h [][]float32, err error) {
	return look(docs, k.probabilities), look(docs, k.embeddings), nil
}

func (k known) DropoutProbabilities(_ context.Context, docs []corpus.Document, samples int, _ uint64, _ func(int)) ([][][]float32, error) {
	return look(docs, k.dropout), nil
}

func (k known) Tag(_ context.Context, docs []corpus.Tagged, _ func(int)) ([]learner.Tagging, error) {
	all := make([]learner.Tagging, len(docs))
	for i, doc := range docs {
		all[i] = k.taggings[doc.ID]
	}
	return all, nil
}

// request is the reference as candidates, labeled documents and a model.
func (r reference) request() Request {
	k := known{map[string][]float32{}, map[string][]float32{}, map[string][][]float32{}, map[string]learner.Tagging{}}
	request := Request{Model: k, Key: keyed.Key{Seed: 1, Purpose: "query"}}
	for i, h := range r.Pool.Embeddings {
		id := fmt.Sprint("pool-", i)
		k.probabilities[id], k.embeddings[id], k.dropout[id] = r.Pool.Probabilities[i], h, r.Pool.Dropout[i]
		request.Docs = append(request.Docs, corpus.Document{ID: id})
	}
	for i, h := range r.Labeled.Embeddings {
		id := fmt.Sprint("labeled-", i)
		k.probabilities[id], k.embeddings[id] = r.Labeled.Probabilities[i], h
		request.Labeled = append(request.Labeled, Labeled{Document: corpus.Document{ID: id}, Class: r.Labeled.Classes[i]})
	}
	return request
}

// near compares to a millionth.
func near(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= 1e-6*math.Abs(want[i])) {
			t.Errorf("%s: value %d is %.9g, want %.9g", what, i, got[i], want[i])
		}
	}
}

func TestScoresAreTheReferences(t *testing.T) {
	r := readReference(t)
	for _, c := range []struct {
		strategy Scorer
		want     []float64
	}{
		{LeastConfident{}, r.LeastConfident}, {Margin{}, r.Margin}, {PredictionEntropy{}, r.Entropy}, {BALD{}, r.BALD},
		{MahalanobisDistance{}, r.Mahalanobis}, {CAL{}, r.CAL},
	} {
		got, err := c.strategy.Score(t.Context(), r.request())
		if err != nil {
			t.Fatal(err)
		}
		near(t, c.strategy.Name(), got, c.want)
	}
	if r.Shrinkage < 0.01 || r.Shrinkage > 0.99 {
		t.Errorf("the reference's shrinkage %g tests nothing", r.Shrinkage)
	}
}

func TestTagScoresAreTheReferences(t *testing.T) {
	r := readReference(t)
	k := known{taggings: map[string]learner.Tagging{}}
	request := Request{Model: k}
	var mnlp, entropy, viterbi []float64
	for i, tagging := range r.Taggings {
		id := fmt.Sprint(i)
		k.taggings[id] = learner.Tagging{Probs: tagging.Probs, Path: tagging.Path, Counted: tagging.Counted}
		request.Docs = append(request.Docs, corpus.Document{ID: id, Words: make([]string, len(tagging.Probs))})
		mnlp, entropy, viterbi = append(mnlp, tagging.MNLP), append(entropy, tagging.TokenEntropy), append(viterbi, tagging.Viterbi)
	}
	for _, c := range []struct {
		strategy Scorer
		want     []float64
	}{{MNLP{}, mnlp}, {TotalTokenEntropy{}, entropy}, {Viterbi{}, viterbi}} {
		got, err := c.strategy.Score(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		near(t, c.strategy.Name(), got, c.want)
	}
}

func TestCALOrdersAsSmallText(t *testing.T) {
	r := readReference(t)
	request := r.request()
	request.Budget = Docs(len(r.CALOrder))
	p, err := Propose(t.Context(), CAL{}, request)
	if err != nil || !slices.Equal(p.Positions, r.CALOrder) {
		t.Errorf("chose %v, %v; want %v", p.Positions, err, r.CALOrder)
	}
}

func TestCoreSetChoosesAsSmallText(t *testing.T) {
	r := readReference(t)
	for _, c := range []struct {
		strategy CoreSet
		want     []int
	}{{CoreSet{}, r.CoreSet}, {CoreSet{Normalize: true}, r.CoreSetNormalized}} {
		request := r.request()
		request.Budget = Docs(len(c.want))
		got, err := c.strategy.Select(t.Context(), request)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v chose %v, %v; want %v", c.strategy, got, err, c.want)
		}
	}
}

func TestBADGEDistancesAreThoseOfGradients(t *testing.T) {
	r := readReference(t)
	request := r.request()
	var g gradients
	var err error
	if g.differences, g.inputs, err = newReader(request).lastLayer(t.Context(), request.Docs); err != nil {
		t.Fatal(err)
	}
	for i, want := range r.Badge.Distances {
		got := make([]float64, len(want))
		for j := range got {
			got[j] = g.distance(i, j)
		}
		near(t, fmt.Sprint("row ", i), got, want)
	}
	request.Budget = Docs(3)
	chosen, err := BADGE{}.Select(t.Context(), request)
	if err != nil || chosen[0] != r.Badge.First {
		t.Errorf("chose %v, %v; want %d first", chosen, err, r.Badge.First)
	}
}

// The draws follow the squared distances from the nearest chosen document: a chi-squared statistic of 20,000 draws.
func TestBADGESamplesByDistance(t *testing.T) {
	r := readReference(t)
	weights, taken := make([]float64, len(r.Badge.Distances)), make([]bool, len(r.Badge.Distances))
	for _, c := range r.Badge.Chosen {
		taken[c] = true
	}
	for i, row := range r.Badge.Distances {
		weights[i] = math.Inf(1)
		for _, c := range r.Badge.Chosen {
			weights[i] = min(weights[i], row[c])
		}
	}
	const draws = 20000
	counts := make([]float64, len(weights))
	stream := keyed.Key{Seed: 1, Purpose: "test"}.Stream()
	for range draws {
		counts[sample(weights, taken, stream.Float64())]++
	}
	statistic, freedom := 0.0, -1.0
	for i, p := range r.Badge.Probabilities {
		if taken[i] {
			if counts[i] > 0 {
				t.Errorf("document %d was drawn again", i)
			}
			continue
		}
		statistic += math.Pow(counts[i]-draws*p, 2) / (draws * p)
		freedom++
	}
	if limit := freedom + 4*math.Sqrt(2*freedom); statistic > limit {
		t.Errorf("chi-squared is %.1f for %.0f degrees of freedom", statistic, freedom)
	}
}
