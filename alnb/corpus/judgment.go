package corpus

import (
	"fmt"
	"strings"
	"time"
)

// A Verdict is how a person decided about a document.
type Verdict string

// The verdicts.
const (
	Labeled Verdict = "label"  // it has a class, or its spans are all marked
	Skipped Verdict = "skip"   // it is not to be labeled, such as one that is no text
	Unsure  Verdict = "unsure" // the person doesn't know
)

// A Judgment is what a person, or a file, said about a document.
type Judgment struct {
	Verdict   Verdict
	Class     string // of a text that is Labeled
	Spans     []Span // of words that are Labeled; none is an answer, too
	Flagged   bool   // to be looked at again
	Note      string
	Annotator string // who said it; may be empty
	At        time.Time
}

// A Prediction is what a model says about a document.
type Prediction struct {
	Class         string    // the most probable one; of a text
	Probabilities []float64 // one a class
	Spans         []Span    // of words
}

// A Judged is a document with what is said about it.
type Judged struct {
	Document
	Judgment   *Judgment   // nil where nobody has judged it
	Prediction *Prediction // nil where no model was asked
	Test       bool        // it belongs to the test split
}

// Offsets returns the byte range [start, end) of each word in the text that they were found in, in order.
func Offsets(text string, words []string) ([][2]int, error) {
	offsets := make([][2]int, len(words))
	from := 0
	for i, word := range words {
		at := strings.Index(text[from:], word)
		if at < 0 || word == "" {
			return nil, fmt.Errorf("corpus: word %d, %.40q, is not in the text after those before it", i+1, word)
		}
		offsets[i] = [2]int{from + at, from + at + len(word)}
		from += at + len(word)
	}
	return offsets, nil
}
