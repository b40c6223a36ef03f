package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
)

// byLength stands in for a classifier, which package model tests: here it is about rows.
type byLength struct{}

func (byLength) Classes() []string { return []string{"short", "long \"<quoted>\""} }

func (byLength) Probabilities(_ context.Context, docs []corpus.Document, _ func(int)) ([][]float32, error) {
	rows := make([][]float32, len(docs))
	for i, doc := range docs {
		rows[i] = []float32{0.75, 0.25}
		if len(doc.Text) > 3 {
			rows[i] = []float32{0.125, 0.875}
		}
	}
	return rows, nil
}

func TestPredictRows(t *testing.T) {
	in := `{"id":"b","text":"abcd"}` + "\n" + `{"text":"a"}` + "\n" + `{"text":"abcdef","id":7}`
	var out bytes.Buffer
	if err := predictRows(t.Context(), byLength{}, strings.NewReader(in), "rows", &out); err != nil {
		t.Fatal(err)
	}
	long := `"label":"long \"\u003cquoted\u003e\"","probs":{"short":0.125,"long \"\u003cquoted\u003e\"":0.875}}` + "\n"
	want := `{"id":"b",` + long + `{"label":"short","probs":{"short":0.75,"long \"\u003cquoted\u003e\"":0.25}}` + "\n" + `{"id":7,` + long
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestManyRowsKeepTheirOrder(t *testing.T) {
	in := strings.Repeat(`{"text":"a"}`+"\n"+`{"text":"abcdef"}`+"\n", chunk)
	var out bytes.Buffer
	if err := predictRows(t.Context(), byLength{}, strings.NewReader(in), "rows", &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2*chunk {
		t.Fatalf("%d rows, want %d", len(lines), 2*chunk)
	}
	for i, line := range lines {
		if strings.HasPrefix(line, `{"label":"short"`) != (i%2 == 0) {
			t.Fatalf("row %d: %s", i, line)
		}
	}
}

func TestBadRowsAreSentences(t *testing.T) {
	for in, want := range map[string]string{
		"{\"text\":\"a\"}\nnonsense": "rows, line 2 is not a JSON object",
		"{\"id\":1}":                 `rows, line 1 has no "text"`,
		"{\"text\":3}":               "rows, line 1 is not",
		"\n":                         "rows, line 1 is not",
	} {
		err := predictRows(t.Context(), byLength{}, strings.NewReader(in), "rows", new(bytes.Buffer))
		if err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, context.Canceled) {
			t.Errorf("%q: want %q, got %v", in, want, err)
		}
	}
}
