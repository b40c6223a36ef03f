package naivebayes

import (
	"context"
	"math"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/datasets"
)

func document(text string) corpus.Document { return corpus.Document{ID: text, Text: text} }

// The formula by hand: smoothing 1, two classes, three different words.
func TestProbabilities(t *testing.T) {
	c, err := Model{Smoothing: 1}.Open(t.Context(), []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	trained, err := c.Train(t.Context(), []corpus.Example{{Document: document("Red red"), Label: 0}, {Document: document("green blue"), Label: 1}}, learner.Run{})
	if err != nil || trained.Steps != 2 {
		t.Fatal(trained, err)
	}
	rows, err := c.Probabilities(t.Context(), []corpus.Document{document("red green"), document("red yellow"), document("")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{
		3 * 1 / (3*1 + 1*2.0), // of 6 words each with smoothing
		3 * 1 / (3*1 + 1*1.0), // nobody labeled yellow
		0.5,
	} {
		if got := float64(rows[i][0]); math.Abs(got-want) > 1e-6 || math.Abs(float64(rows[i][1])-(1-want)) > 1e-6 {
			t.Errorf("document %d: %v, want %g", i, rows[i], want)
		}
	}
}

// It learns, the same each time, and forgets what it was trained on before.
func TestTrain(t *testing.T) {
	data, err := datasets.Synthetic{Train: 100, Test: 200, Seed: 1}.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := Model{Smoothing: 0.1}.Open(t.Context(), data.Classes)
	if err != nil {
		t.Fatal(err)
	}
	var first [][]float32
	for range 2 {
		if _, err := c.Train(t.Context(), data.Train, learner.Run{}); err != nil {
			t.Fatal(err)
		}
		right := 0
		for i, e := range data.Test {
			rows, err := c.Probabilities(t.Context(), []corpus.Document{e.Document}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if rows[0][e.Label] > 0.5 {
				right++
			}
			if i < len(first) && rows[0][0] != first[i][0] {
				t.Fatalf("document %d: %v, then %v", i, first[i], rows[0])
			}
			first = append(first, rows[0])
		}
		if right < 150 {
			t.Errorf("%d of 200 are right", right)
		}
	}
}

func TestMistakes(t *testing.T) {
	for _, s := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := (Model{Smoothing: s}).Open(t.Context(), nil); err == nil {
			t.Errorf("smoothing %g is accepted", s)
		}
	}
	c, _ := Model{Smoothing: 1}.Open(t.Context(), []string{"a"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Train(ctx, []corpus.Example{{}}, learner.Run{}); err == nil {
		t.Error("it trains on after the end")
	}
	if _, err := c.Probabilities(ctx, []corpus.Document{{}}, nil); err == nil {
		t.Error("it scores on after the end")
	}
}
