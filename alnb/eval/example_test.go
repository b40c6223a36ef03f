package eval_test

import (
	"fmt"

	"github.com/alnb/alnb/alnb/eval"
)

// Compares predicted tags with gold ones: of two spans one was found, and one that isn't there.
func ExampleScoreSpans() {
	gold := [][]string{{"B-PER", "I-PER", "O", "B-LOC"}}
	predicted := [][]string{{"B-PER", "I-PER", "O", "B-ORG"}}
	scores, err := eval.ScoreSpans(gold, predicted)
	fmt.Println(scores.Precision, scores.Recall, scores.F1, scores.PerType["LOC"].Support, err)
	// Output: 0.5 0.5 0.5 1 <nil>
}
