package query_test

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/query/querytest"
)

func TestConformance(t *testing.T) {
	for _, strategy := range query.All() {
		t.Run(strategy.Name(), func(t *testing.T) { querytest.Run(t, strategy) })
	}
	for _, strategy := range []query.Strategy{
		query.BALD{Samples: 3}, query.CoreSet{Part: 20, Normalize: true}, query.CoreSet{Part: 20, By: query.ByUncertainty},
		query.BADGE{Part: 5}, query.BADGE{Part: 20, By: query.ByUncertainty}, query.CAL{Neighbors: 3}, query.KMeans{Part: 30},
		query.KMeans{Part: 20, By: query.ByUncertainty}, query.TypiClust{Part: 30, Neighbors: 4},
		query.TypiClust{Part: 20, By: query.ByUncertainty}, Wanted{Class: 3},
	} {
		t.Run(fmt.Sprintf("%s %+v", strategy.Name(), strategy), func(t *testing.T) { querytest.Run(t, strategy) })
	}
}

func TestNames(t *testing.T) {
	var names []string
	for _, strategy := range query.All() {
		names = append(names, strategy.Name())
	}
	want := "random least-confident margin entropy mnlp token-entropy viterbi bald mahalanobis coreset badge cal kmeans typiclust"
	slices.Sort(names)
	if sorted := slices.Sorted(slices.Values(strings.Fields(want))); !slices.Equal(names, sorted) {
		t.Errorf("the strategies are %v, want %v", names, sorted)
	}
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		strategy query.Strategy
		model    any
		says     string
	}{
		{query.LeastConfident{}, struct{ query.Tagger }{}, "mnlp"},
		{query.MNLP{}, struct{ query.Predictor }{}, "least-confident"},
		{query.CAL{}, struct{ query.Predictor }{}, "gives no embeddings"},
		{query.BALD{Samples: -1}, &querytest.Fake{}, "samples is -1"},
		{query.CoreSet{Part: -1}, &querytest.Fake{}, "part is -1"},
		{query.KMeans{By: "luck"}, &querytest.Fake{}, `by is "luck"`},
		{query.BADGE{By: query.ByUncertainty}, struct{ query.GradientEmbedder }{}, "neither probabilities nor tags"},
		{query.CAL{Neighbors: -1}, &querytest.Fake{}, "neighbors is -1"},
		{query.TypiClust{Neighbors: -1}, &querytest.Fake{}, "neighbors is -1"},
	} {
		if err := query.Check(c.strategy, c.model); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s, %T: %v; want it to say %s", c.strategy.Name(), c.model, err, c.says)
		}
	}
}

// grouped is a fake model that places documents in groups far from each other.
type grouped struct {
	querytest.Fake
	rows map[string][]float32
}

func (g *grouped) Embeddings(_ context.Context, docs []corpus.Document, _ func(int)) ([][]float32, error) {
	rows := make([][]float32, len(docs))
	for i, doc := range docs {
		rows[i] = g.rows[doc.ID]
	}
	return rows, nil
}

// groups makes groups of sizes, in directions of their own; the document "0" of each is its middle.
func groups(sizes ...int) (*grouped, []corpus.Document) {
	g, docs := &grouped{rows: map[string][]float32{}}, []corpus.Document(nil)
	for j, size := range sizes {
		for i := range size {
			id := fmt.Sprintf("group %d, %d", j, i)
			row := make([]float32, 12)
			row[j] = 10
			if i > 0 { // around the middle, farther and farther
				row[6+i%6] = float32(i+5) / 20 * []float32{1, -1}[i/6%2]
			}
			g.rows[id], docs = row, append(docs, corpus.Document{ID: id, Words: make([]string, 4)})
		}
	}
	return g, docs
}

// Both take one document of each group, near its middle, the largest group first.
func TestClustersAreFound(t *testing.T) {
	for _, strategy := range []query.Strategy{query.KMeans{}, query.TypiClust{}} {
		for _, budget := range []query.Budget{query.Docs(4), query.Words(16)} {
			model, docs := groups(13, 25, 61, 37)
			r := query.Request{Docs: docs, Model: model, Budget: budget, Key: keyed.Key{Seed: 4, Purpose: "query"}}
			p, err := query.Propose(t.Context(), strategy, r)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, position := range p.Positions {
				got = append(got, docs[position].ID)
			}
			want := []string{"group 2, 0", "group 3, 0", "group 1, 0", "group 0, 0"}
			if !slices.Equal(got, want) {
				t.Errorf("%s chose %v, want %v", strategy.Name(), got, want)
			}
		}
	}
}

// A cluster with a label comes after those without.
func TestTypiClustCoversFirst(t *testing.T) {
	model, docs := groups(13, 25, 61, 37)
	labeled := []query.Labeled{{Document: docs[13+25]}, {Document: docs[13]}} // of the groups 2 and 1
	docs = slices.Concat(docs[:13], docs[14:38], docs[39:])
	r := query.Request{Docs: docs, Labeled: labeled, Model: model, Budget: query.Docs(2), Key: keyed.Key{Seed: 4, Purpose: "query"}}
	p, err := query.Propose(t.Context(), query.TypiClust{}, r)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := docs[p.Positions[0]].ID, docs[p.Positions[1]].ID; a != "group 3, 0" || b != "group 0, 0" {
		t.Errorf("chose %s and %s", a, b)
	}
}

// Distances are finite where the covariance says nothing.
func TestMahalanobisOfDegenerateLabels(t *testing.T) {
	docs := []corpus.Document{{ID: "a"}, {ID: "b"}, {ID: "c"}}
	for name, rows := range map[string]map[string][]float32{
		"one labeled":       {"a": {0, 0}, "b": {3, 4}, "c": {0, 1}, "l": {0, 0}},
		"equal labeled":     {"a": {0, 0}, "b": {3, 4}, "c": {0, 1}, "l": {0, 0}, "m": {0, 0}},
		"one dimension":     {"a": {0}, "b": {5}, "c": {1}, "l": {0}, "m": {0}},
		"a constant number": {"a": {7, 0}, "b": {7, 5}, "c": {7, 1}, "l": {7, 1}, "m": {7, -1}},
	} {
		model := &grouped{rows: rows}
		r := query.Request{Docs: docs, Model: model, Labeled: []query.Labeled{{Document: corpus.Document{ID: "l"}}}}
		if rows["m"] != nil {
			r.Labeled = append(r.Labeled, query.Labeled{Document: corpus.Document{ID: "m"}})
		}
		got, err := query.MahalanobisDistance{}.Score(t.Context(), r)
		if err != nil || math.Abs(got[0]) > 1e-9 || math.Abs(got[1]-25*got[2]) > 1e-6*got[1] || got[2] <= 0 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// By uncertainty, the part is the documents of the highest score.
func TestPartByUncertainty(t *testing.T) {
	fake := &querytest.Fake{}
	docs := make([]corpus.Document, 300)
	for i := range docs {
		docs[i].ID = fmt.Sprint(i)
	}
	r := query.Request{Docs: docs, Model: fake, Budget: query.Docs(40), Key: keyed.Key{Seed: 1, Purpose: "query"}}
	uncertain, err := query.Propose(t.Context(), query.LeastConfident{}, r)
	if err != nil {
		t.Fatal(err)
	}
	got, err := query.CoreSet{Part: 40, By: query.ByUncertainty}.Select(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if want := slices.Sorted(slices.Values(uncertain.Positions)); !reflect.DeepEqual(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("the part is %v, want %v", got, want)
	}
}
