// Package embeddings reads word vectors from text files in GloVe's form.
package embeddings

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Table is words with a vector each, in the file's order: as a rule the most frequent first.
type Table struct {
	Words   []string  // each once, none empty
	Size    int       // of a vector
	Vectors []float32 // [len(Words), Size], row by row
}

// maxLine is the longest line that is read, in bytes.
const maxLine = 1 << 20

// ReadFile reads the vectors of the first words of a text file, at most most of them (0: all): a word and its numbers a
// line, separated by single spaces (Pennington et al., "GloVe: Global Vectors for Word Representation", EMNLP 2014).
// Blank lines are skipped, and so is a first line that gives the numbers of words and of dimensions, as word2vec's text
// form has it. Words may have spaces in them: a line's last numbers are the vector. Of a word that comes up again the
// first vector counts. Errors name the line.
func ReadFile(path string, most int) (Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return Table{}, fmt.Errorf("embeddings: open the word vectors: %w", err)
	}
	defer f.Close()
	t, err := Read(f, most)
	if err != nil {
		return Table{}, fmt.Errorf("embeddings: %s: %w", path, err)
	}
	return t, nil
}

// Read is ReadFile of an open file.
func Read(r io.Reader, most int) (Table, error) {
	var t Table
	seen := make(map[string]bool)
	scanner := bufio.NewScanner(r)
	scanner.Buffer(make([]byte, 1<<16), maxLine)
	for line := 1; scanner.Scan(); line++ {
		fields := strings.Split(strings.TrimRight(scanner.Text(), " \t\r"), " ")
		if len(fields) == 1 && fields[0] == "" || t.Size == 0 && isHeader(fields) {
			continue
		}
		if t.Size == 0 {
			if t.Size = len(fields) - 1; t.Size < 1 {
				return Table{}, fmt.Errorf("line %d is not a word with numbers after it, separated by spaces", line)
			}
		}
		split := len(fields) - t.Size
		if split < 1 {
			return Table{}, fmt.Errorf("line %d has %d numbers, the lines before it have %d", line, len(fields)-1, t.Size)
		}
		word := strings.Join(fields[:split], " ")
		if word == "" || !utf8.ValidString(word) {
			return Table{}, fmt.Errorf("line %d has a word that is empty or not UTF-8", line)
		}
		if seen[word] {
			continue
		}
		seen[word] = true
		for _, field := range fields[split:] {
			x, err := strconv.ParseFloat(field, 32)
			if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
				return Table{}, fmt.Errorf("line %d: %.40q is not a number; a vector here has %d", line, field, t.Size)
			}
			t.Vectors = append(t.Vectors, float32(x))
		}
		if t.Words = append(t.Words, word); len(t.Words) == most {
			return t, nil
		}
	}
	switch err := scanner.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return Table{}, fmt.Errorf("a line after word %d is longer than %d bytes", len(t.Words), maxLine)
	case err != nil:
		return Table{}, err
	case len(t.Words) == 0:
		return Table{}, errors.New("there are no words in it")
	}
	return t, nil
}

func isHeader(fields []string) bool {
	if len(fields) != 2 {
		return false
	}
	for _, f := range fields {
		if _, err := strconv.Atoi(f); err != nil {
			return false
		}
	}
	return true
}
