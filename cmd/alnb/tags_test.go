package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/eval"
)

// taggerFolder is a small tagger with the tags O, B-LOC, I-LOC, B-PER and I-PER; "fox" is one sub-word of its own.
const taggerFolder = "../../alnb/model/testdata/families/bert-tagging"

func writeRows(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Bad rows of a tagger's input, and what is said of them.
var badWordRows = map[string]string{
	`{"id":1}`:                     `line 2 has no "words"`,
	`{"text":"New York"}`:          `line 2 has no "words" but a "text"; the model is a tagger, which takes lists of words`,
	`{"Words":["a"]}`:              `line 2 has no "words"`,
	`{"words":"New York"}`:         `line 2 has "words" that are no list of strings: "\"New York\""`,
	`{"words":["a",1]}`:            `line 2 has "words" that are no list of strings`,
	`{"words":["a",null]}`:         `line 2 has "words" that are no list of strings`,
	`{"words":[["a"]]}`:            `line 2 has "words" that are no list of strings`,
	`{"words":null}`:               `line 2 has "words" that are no list of strings: "null"`,
	`{"words":{"0":"a"}}`:          `line 2 has "words" that are no list of strings`,
	`{"words":[],"text":"a"}`:      `line 2 has no words in its "words"`,
	`{"words":["a"]`:               `line 2 is not a JSON object`,
	`["a"]`:                        `line 2 is not a JSON object`,
	`{"words":["a"]} {"words":[]}`: `line 2 is not a JSON object`,
}

func TestPredictTags(t *testing.T) {
	lines := []string{
		`{"id":{"n":1.50},"words":["The","ferry","to","the","islands"]}`,
		`{"words":["fox"]}`,
		`{"id":"long","words":["` + strings.Repeat(`fox","`, 19) + `fox"]}`,
		"",
		`{"words":["a\u0000b","\u200b","fox"],"id":null,"spans":[]}`,
	}
	skipped := 0
	for row := range badWordRows {
		lines = append(lines, row)
		skipped++
	}
	lines = append(lines, `{"id":7,"words":["quick","brown"]}`)
	in, out := writeRows(t, lines...), filepath.Join(t.TempDir(), "tags.jsonl")
	cmd := program("predict", "--model", taggerFolder, "--in", in, "--out", out, "--max-tokens", "16", "--skip-bad")
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	for line := range skipped {
		if want := fmt.Sprintf("alnb: predict: %s, line %d ", in, 6+line); !strings.Contains(said.String(), want) {
			t.Errorf("nothing is said of line %d", 6+line)
		}
	}
	if n := strings.Count(said.String(), "(skipped)"); n != skipped {
		t.Errorf("%d rows are said to be skipped, want %d: %s", n, skipped, said.String())
	}
	if !strings.Contains(said.String(), "\ncut: documents: 1, words: 6; these words, past the model's limit, are tagged O\n") {
		t.Errorf("it said %s", said.String())
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	want := []struct {
		begins string
		words  int
	}{{`{"id":{"n":1.50},"tags":[`, 5}, {`{"tags":[`, 1}, {`{"id":"long","tags":[`, 20}, {`{"id":null,"tags":[`, 3}, {`{"id":7,"tags":[`, 2}}
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d:\n%s", len(rows), len(want), raw)
	}
	tags := []string{"O", "B-LOC", "I-LOC", "B-PER", "I-PER"}
	for i, row := range rows {
		var got struct {
			Tags  []string
			Probs [][]float32
		}
		if err := json.Unmarshal([]byte(row), &got); err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
		if !strings.HasPrefix(row, want[i].begins) || len(got.Tags) != want[i].words || len(got.Probs) != want[i].words {
			t.Errorf("row %d has %d tags and probabilities of %d words: %.200s", i, len(got.Tags), len(got.Probs), row)
			continue
		}
		for w, p := range got.Probs {
			sum := float32(0)
			for _, x := range p {
				sum += x
			}
			if len(p) != len(tags) || sum < 0.9999 || sum > 1.0001 || tags[eval.Best(p)] != got.Tags[w] {
				t.Errorf("row %d, word %d: %s with %v", i, w, got.Tags[w], p)
			}
			unseen := i == 2 && w >= 14 || i == 3 && w == 1
			if outside := slices.Equal(p, []float32{1, 0, 0, 0, 0}); outside != unseen {
				t.Errorf("row %d, word %d: %v; the model doesn't see it: %v", i, w, p, unseen)
			}
		}
	}
}

// A bad row is known before the weights are read, and nothing is written.
func TestBadWordRowsAreSentences(t *testing.T) {
	for row, want := range badWordRows {
		in, out := writeRows(t, `{"words":["a"]}`, row), filepath.Join(t.TempDir(), "out")
		err := prediction{model: taggerFolder, in: in, out: out}.run(t.Context())
		if err == nil || !strings.Contains(err.Error(), "predict: "+in+", "+want) {
			t.Errorf("%s: want %q, got %v", row, want, err)
		}
		if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: there is an output", row)
		}
	}
	// A classifier has no use for words.
	in := writeRows(t, `{"words":["a"]}`)
	err := prediction{model: "../../alnb/model/testdata/tiny-finetuned", in: in, out: filepath.Join(t.TempDir(), "out")}.run(t.Context())
	if err == nil || !strings.Contains(err.Error(), in+`, line 1 has no "text"`) {
		t.Errorf("words for a classifier: %v", err)
	}
}
