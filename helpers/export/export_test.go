package export

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/datasets"
)

// labeled is a session with a model: a real, tiny BERT.
func labeled(t *testing.T) *alnb.Session {
	t.Helper()
	pool := datasets.Texts{Pool: "../../notebooks/texts/headlines.csv", Test: "../../notebooks/texts/headlines-test.csv"}
	oracle, err := alnb.GoldOracle(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	pool.Label = datasets.NoLabel
	pool.Classes = []string{"World", "Sports", "Business", "Sci/Tech"}
	tiny := model.Pretrained(filepath.Join("..", "..", "alnb", "model", "testdata", "tiny-bert"))
	tiny.MaxTokens, tiny.Training.Steps, tiny.Training.LearningRate = 32, 10, 1e-3
	s, err := alnb.CreateSession(t.Context(), filepath.Join(t.TempDir(), "session"), alnb.SessionConfig{Pool: pool, Model: tiny, Batch: 12})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := Model(t.Context(), s, filepath.Join(t.TempDir(), "early")); err == nil || !strings.Contains(err.Error(), "too early") {
		t.Errorf("there is no model yet: %v", err)
	}
	if _, err := s.Answer(t.Context(), oracle); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Train(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestModelAndDocuments(t *testing.T) {
	s := labeled(t)
	out := filepath.Join(t.TempDir(), "model")
	if err := Model(t.Context(), s, out); err != nil {
		t.Fatal(err)
	}
	card, err := os.ReadFile(filepath.Join(out, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"pipeline_tag: text-classification", "on 12 documents", "of the 400 documents of the pool", "on a test split of 100 documents", "`Sci/Tech`", `"strategy"`} {
		if !strings.Contains(string(card), want) {
			t.Errorf("the card lacks %q:\n%s", want, card)
		}
	}
	predictions, err := s.Predict(t.Context(), nil)
	if err != nil || len(predictions) != 500 {
		t.Fatal(len(predictions), err)
	}
	// The folder holds the model that predicts.
	copied, err := model.Load(t.Context(), out, 32)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	var docs []corpus.Document
	for doc, err := range s.Judged(t.Context(), predictions) {
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc.Document)
	}
	rows, err := copied.Probabilities(t.Context(), docs, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		for k, p := range row {
			if d := float64(p) - predictions[i].Probabilities[k]; d > 1e-6 || d < -1e-6 {
				t.Fatalf("document %d: %v, and the exported model says %v", i, predictions[i].Probabilities, row)
			}
		}
	}
	var file bytes.Buffer
	if err := Documents(t.Context(), &file, s, datasets.CSVForm, predictions); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&file).ReadAll()
	if err != nil || len(lines) != 501 {
		t.Errorf("%d lines, %v", len(lines), err)
	}
}

func TestNamesInTheCard(t *testing.T) {
	for name, want := range map[string]string{
		"World": "`World`", "a|b": "`a∣b`", "`x`": "`` `x` ``", "two\nlines": "`two lines`", "a\u202eb\x1b": "`a\\u202eb\\u001b`", "": "``  ``",
	} {
		if got := code(name); got != want && name != "" {
			t.Errorf("%q is shown as %q, want %q", name, got, want)
		}
	}
}
