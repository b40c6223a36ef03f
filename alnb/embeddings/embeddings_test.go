package embeddings

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	for name, test := range map[string]struct {
		in, words, vectors string
		most               int
	}{
		"GloVe's, blank first line": {"\nthe 1 2\nof -0.5 1e-3\n", "[the of]", "[1 2 -0.5 0.001]", 0},
		"word2vec's":                {"2 3\na 1 2 3\nb 4 5 6", "[a b]", "[1 2 3 4 5 6]", 0},
		"spaces in words":           {"a 1 2\n. . 3 4\n", "[a . .]", "[1 2 3 4]", 0},
		"a word again":              {"a 1 2\na 3 4\nb 5 6\n", "[a b]", "[1 2 5 6]", 0},
		"the first":                 {"a 1 2\nb 3 4\nnonsense", "[a b]", "[1 2 3 4]", 2},
		"Windows' line ends":        {"a 1 2\r\nb 3 4\r\n", "[a b]", "[1 2 3 4]", 0},
	} {
		got, err := Read(strings.NewReader(test.in), test.most)
		if err != nil || fmt.Sprint(got.Words) != test.words || fmt.Sprint(got.Vectors) != test.vectors {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestMistakesAreSentences(t *testing.T) {
	for in, want := range map[string]string{
		"":                 "no words",
		"word\n":           "line 1 is not a word with numbers",
		"a 1 2\nb 1\n":     "line 2 has 1 numbers, the lines before it have 2",
		"a 1 2\nb 1 x\n":   `line 2: "x" is not a number`,
		"a 1 2\nb 1 NaN\n": `line 2: "NaN" is not a number`,
		"a 1 2\n\xff 1 2":  "line 2 has a word that is empty or not UTF-8",
	} {
		if _, err := Read(strings.NewReader(in), 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want %q, got %v", in, want, err)
		}
	}
	if _, err := ReadFile(filepath.Join(t.TempDir(), "none.txt"), 0); err == nil || !strings.Contains(err.Error(), "none.txt") {
		t.Errorf("got %v", err)
	}
	path := filepath.Join(t.TempDir(), "v.txt")
	os.WriteFile(path, []byte("a\n"), 0o644)
	if _, err := ReadFile(path, 0); err == nil || !strings.Contains(err.Error(), "v.txt: line 1") {
		t.Errorf("got %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("a 1 2\nb 3 4\n")
	f.Add("2 2\na 1 2\n. . 3 4\n")
	f.Fuzz(func(t *testing.T, in string) {
		table, err := Read(strings.NewReader(in), 0)
		if err == nil && (len(table.Words) == 0 || table.Size < 1 || len(table.Vectors) != len(table.Words)*table.Size) {
			t.Errorf("%d words of %d numbers with %d", len(table.Words), table.Size, len(table.Vectors))
		}
	})
}
