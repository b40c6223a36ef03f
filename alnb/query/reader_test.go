package query_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/query/querytest"
)

// More documents than the model is asked about at once get the scores that they get alone.
func TestScoresOfManyDocuments(t *testing.T) {
	docs := make([]corpus.Document, 20_000)
	for i := range docs {
		docs[i] = corpus.Document{ID: fmt.Sprint(i), Words: make([]string, 1+i%3)}
	}
	labeled := make([]query.Labeled, 12)
	for i := range labeled {
		labeled[i] = query.Labeled{Document: corpus.Document{ID: fmt.Sprint("labeled ", i)}, Class: i % 2}
	}
	request := func(docs []corpus.Document) query.Request {
		return query.Request{Docs: docs, Labeled: labeled, Model: &querytest.Fake{}, Key: keyed.Key{Seed: 1, Purpose: "query"}}
	}
	for _, strategy := range query.All() {
		s, ok := strategy.(query.Scorer)
		if !ok {
			continue
		}
		scores, err := s.Score(t.Context(), request(docs))
		if err != nil {
			t.Fatal(err)
		}
		if scores == nil {
			continue
		}
		if s.Name() == "bald" { // what is dropped depends on what is read together, and not on the order
			shuffled := slices.Clone(docs)
			rand.New(rand.NewPCG(1, 2)).Shuffle(len(docs), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			again, err := s.Score(t.Context(), request(shuffled))
			for i, doc := range shuffled {
				var position int
				fmt.Sscan(doc.ID, &position)
				if err != nil || again[i] != scores[position] {
					t.Fatalf("bald: document %s has the score %g and, in another order, %g, %v", doc.ID, scores[position], again[i], err)
				}
			}
			continue
		}
		for _, i := range []int{0, 8191, 8192, 16384, 19_999} {
			alone, err := s.Score(t.Context(), request(docs[i:i+1]))
			if err != nil || alone[0] != scores[i] {
				t.Errorf("%s: document %d has the score %g and, alone, %v, %v", s.Name(), i, scores[i], alone, err)
			}
		}
	}
}

func TestProgressCountsAllThatIsRead(t *testing.T) {
	docs := make([]corpus.Document, 9000)
	for i := range docs {
		docs[i].ID = fmt.Sprint(i)
	}
	last := 0
	r := query.Request{
		Docs: docs, Labeled: []query.Labeled{{Document: corpus.Document{ID: "labeled"}}}, Model: &querytest.Fake{},
		Budget: query.Docs(3), Key: keyed.Key{Seed: 1, Purpose: "query"},
		Progress: func(done int) {
			if done < last {
				t.Errorf("progress fell from %d to %d", last, done)
			}
			last = done
		},
	}
	if _, err := query.Propose(t.Context(), query.CoreSet{Part: 50, By: query.ByUncertainty}, r); err != nil {
		t.Fatal(err)
	}
	if want := 9000 + 1 + 50; last != want {
		t.Errorf("progress ended at %d, want %d", last, want)
	}
}

// sloppy is a model that answers with rows, whatever it is asked.
type sloppy struct{ rows [][]float32 }

func (s sloppy) Probabilities(context.Context, []corpus.Document, func(int)) ([][]float32, error) {
	return s.rows, nil
}

func (s sloppy) Embeddings(context.Context, []corpus.Document, func(int)) ([][]float32, error) {
	return s.rows, nil
}

func TestAnswersAreChecked(t *testing.T) {
	for says, c := range map[string]struct {
		strategy query.Strategy
		rows     [][]float32
	}{
		"1 rows of probabilities for 2 documents": {query.Margin{}, [][]float32{{1}}},
		"b 1 probabilities; there are 2 classes":  {query.Margin{}, [][]float32{{0, 1}, {1}}},
		"a 0 probabilities":                       {query.Margin{}, [][]float32{{}, {1}}},
		"b the probability 1.5":                   {query.Margin{}, [][]float32{{0, 1}, {1.5, -0.5}}},
		"a the probability -0.5":                  {query.Margin{}, [][]float32{{-0.5, 1.5}, {0, 1}}},
		"3 embeddings for 2 documents":            {query.KMeans{}, [][]float32{{1}, {1}, {1}}},
		"an embedding of 1 numbers":               {query.KMeans{}, [][]float32{{1, 2}, {1}}},
		"an embedding of 0 numbers":               {query.KMeans{}, [][]float32{{}, {}}},
	} {
		r := query.Request{Docs: []corpus.Document{{ID: "a"}, {ID: "b"}}, Model: sloppy{c.rows}, Budget: query.Docs(1)}
		r.Key = keyed.Key{Seed: 5, Purpose: "query"}
		if _, err := query.Propose(t.Context(), c.strategy, r); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v; want it to say %q", err, says)
		}
	}
}

// Where nothing differs, whoever is left is taken, and it ends.
func TestEqualDocuments(t *testing.T) {
	docs := make([]corpus.Document, 30)
	for i := range docs {
		docs[i] = corpus.Document{ID: fmt.Sprint(i), Words: make([]string, 2)}
	}
	for _, strategy := range query.All() {
		for _, budget := range []query.Budget{query.Docs(25), query.Words(49)} {
			r := query.Request{
				Docs: docs, Labeled: []query.Labeled{{Document: corpus.Document{ID: "labeled", Words: []string{"x"}}}},
				Model: &querytest.Fake{Same: true}, Budget: budget, Key: keyed.Key{Seed: 1, Purpose: "query"},
			}
			if p, err := query.Propose(t.Context(), strategy, r); err != nil || len(p.Positions) != 25 {
				t.Errorf("%s: %d documents, %v", strategy.Name(), len(p.Positions), err)
			}
		}
	}
}
