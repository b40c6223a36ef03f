package plane

import (
	"context"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/query"
)

func TestPointsAreDocuments(t *testing.T) {
	doc := Point{0.31, -1.2}.Document("a")
	if doc.ID != "a" || doc.Text != "0.31 -1.20" {
		t.Errorf("%+v", doc)
	}
	if p, err := At(doc); err != nil || p != (Point{0.31, -1.2}) {
		t.Errorf("%v %v", p, err)
	}
	for _, text := range []string{"", "1", "1 2 3", "1  2", "one two", "NaN 1", "1 +Inf"} {
		if _, err := At(corpus.Document{ID: "doc-7", Text: text}); err == nil || !strings.Contains(err.Error(), "doc-7") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// labels are four points of two classes.
func labels() []query.Labeled {
	return []query.Labeled{
		{Document: Point{-1, 0}.Document("a"), Class: 0}, {Document: Point{-1.5, 1}.Document("b"), Class: 0},
		{Document: Point{1, 0}.Document("c"), Class: 1}, {Document: Point{1.5, -1}.Document("d"), Class: 1},
	}
}

func TestTheModelLearns(t *testing.T) {
	m, err := Train(labels(), 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range labels() {
		rows, err := m.Probabilities(t.Context(), []corpus.Document{l.Document}, nil)
		if err != nil || rows[0][l.Class] < 0.8 {
			t.Errorf("document %s: %v %v", l.ID, rows, err)
		}
	}
	again, _ := Train(labels(), 2, 1)
	other, _ := Train(labels(), 2, 2)
	if !reflect.DeepEqual(m, again) || reflect.DeepEqual(m.head, other.head) {
		t.Error("the model isn't a matter of labels and seed")
	}
	for what, l := range map[string]query.Labeled{
		"a class that there isn't": {Document: Point{}.Document("x"), Class: 2}, "no point": {Document: corpus.Document{ID: "x", Text: "a text"}},
	} {
		if _, err := Train([]query.Labeled{l}, 2, 1); err == nil || !strings.Contains(err.Error(), "document x") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := Train(nil, 1, 1); err == nil {
		t.Error("one class")
	}
}

// The gradient that the training follows is that of its loss: at the minimum no step lowers it.
func TestTheMinimumIsOne(t *testing.T) {
	m, err := Train(labels(), 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	loss := func(head []float64) float64 {
		sum := 0.0
		for _, w := range head {
			sum += decay / 2 * w * w
		}
		for _, l := range labels() {
			p, _ := At(l.Document)
			for k := range masks {
				h := drop(m.encode(p), keyed.Key{Seed: 1, Purpose: "plane, training", Round: k, ID: l.ID})
				sum -= math.Log(m.predict(head, h)[l.Class]) / float64(masks*len(labels()))
			}
		}
		return sum
	}
	least, draw := loss(m.head), keyed.Key{Seed: 5}.Stream()
	for range 50 {
		near := slices.Clone(m.head)
		for i := range near {
			near[i] += 0.01 * draw.NormFloat64()
		}
		if l := loss(near); l < least {
			t.Errorf("the loss is %g beside the minimum %g", l, least)
		}
	}
}

func TestAnswers(t *testing.T) {
	m, err := Train(labels(), 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	docs, done := []corpus.Document{Point{0, 0}.Document("x"), Point{2, -1}.Document("y")}, 0
	rows, inputs, err := m.LastLayer(t.Context(), docs, func(n int) { done = n })
	if err != nil || done != 2 {
		t.Fatal(err, done)
	}
	embeddings, err := m.Embeddings(t.Context(), docs, nil)
	if err != nil || !reflect.DeepEqual(embeddings, inputs) || len(inputs[0]) != width {
		t.Error("embeddings aren't what the last layer reads", err)
	}
	for i, row := range rows { // p = softmax(V (h, 1))
		logit := func(c int) float64 {
			v := m.head[c*(width+1) : (c+1)*(width+1)]
			sum := v[width]
			for k, h := range inputs[i] {
				sum += v[k] * float64(h)
			}
			return sum
		}
		if want := 1 / (1 + math.Exp(logit(1)-logit(0))); math.Abs(float64(row[0])-want) > 1e-5 {
			t.Errorf("p is %g, by the last layer %g", row[0], want)
		}
	}
	samples, err := m.DropoutProbabilities(t.Context(), docs, 5, 9, nil)
	if err != nil || len(samples) != 2 || len(samples[0]) != 5 || reflect.DeepEqual(samples[0][0], samples[0][1]) {
		t.Errorf("%v %v", samples, err)
	}
	if alone, _ := m.DropoutProbabilities(t.Context(), docs[1:], 5, 9, nil); !reflect.DeepEqual(alone[0], samples[1]) {
		t.Error("what is dropped depends on what is read together")
	}
	if other, _ := m.DropoutProbabilities(t.Context(), docs, 5, 10, nil); reflect.DeepEqual(other, samples) {
		t.Error("what is dropped doesn't depend on the seed")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Probabilities(ctx, docs, nil); err != context.Canceled {
		t.Error(err)
	}
}
