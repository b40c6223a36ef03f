package query_test

import (
	"context"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/query"
)

// sentiment stands for a trained classifier: it knows its probabilities by the text.
type sentiment map[string][]float32

func (s sentiment) Probabilities(_ context.Context, docs []corpus.Document, _ func(int)) ([][]float32, error) {
	rows := make([][]float32, len(docs))
	for i, doc := range docs {
		rows[i] = s[doc.Text]
	}
	return rows, nil
}

var (
	reviews = []corpus.Document{{ID: "a", Text: "A delight."}, {ID: "b", Text: "Well …"}, {ID: "c", Text: "Not bad, not long."}}
	model   = sentiment{"A delight.": {0.03125, 0.96875}, "Well …": {0.5, 0.5}, "Not bad, not long.": {0.375, 0.625}}
)

// Asks for the two documents that the model is least sure of.
func ExampleLeastConfident() {
	p, err := query.Propose(context.Background(), query.LeastConfident{}, query.Request{
		Docs: reviews, Model: model, Budget: query.Docs(2), Key: keyed.Key{Seed: 1, Purpose: "query"},
	})
	for _, i := range p.Positions {
		fmt.Println(reviews[i].ID, p.Scores[i])
	}
	fmt.Println(err)
	// Output:
	// b 0.5
	// c 0.375
	// <nil>
}

// Wanted is a strategy of one's own: the documents most likely of one class, where that class is rare.
type Wanted struct {
	Class int `json:"class"`
}

func (Wanted) Name() string { return "wanted" }

// Check is optional; it finds a missing capability before the first round.
func (Wanted) Check(model any) error {
	if _, ok := model.(query.Predictor); !ok {
		return fmt.Errorf("the model %T gives no probabilities", model)
	}
	return nil
}

func (w Wanted) Score(ctx context.Context, r query.Request) ([]float64, error) {
	rows, err := r.Model.(query.Predictor).Probabilities(ctx, r.Docs, r.Progress)
	if err != nil {
		return nil, err
	}
	scores := make([]float64, len(rows))
	for i, row := range rows {
		scores[i] = float64(row[w.Class])
	}
	return scores, nil // Propose refuses what is not a number
}

// A strategy of one's own; querytest.Run(t, Wanted{}) checks that it keeps the promises.
func Example() {
	p, err := query.Propose(context.Background(), Wanted{Class: 1}, query.Request{
		Docs: reviews, Model: model, Budget: query.Docs(1), Key: keyed.Key{Seed: 1, Purpose: "query"},
	})
	fmt.Println(reviews[p.Positions[0]].Text, err)
	// Output: A delight. <nil>
}
