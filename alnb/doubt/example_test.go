package doubt_test

import (
	"fmt"

	"github.com/alnb/alnb/alnb/doubt"
	"github.com/alnb/alnb/alnb/keyed"
)

// The fourth review is labeled as bad, class 0, and the model, which hasn't seen this label, takes it for good.
func ExampleSuspects() {
	labels := []int{0, 0, 1, 0, 1, 1}
	probabilities := [][]float64{{0.75, 0.25}, {1, 0}, {0.25, 0.75}, {0.125, 0.875}, {0.125, 0.875}, {0, 1}}
	suspects, err := doubt.Suspects(labels, probabilities)
	for _, s := range suspects {
		fmt.Printf("document %d: class %d, rather %d, by %.3f\n", s.Position, s.Given, s.Suggested, s.Confidence)
	}
	fmt.Println(err)
	// Output:
	// document 3: class 0, rather 1, by 0.875
	// <nil>
}

// The last word of the second document is an O, tag 0, that looks like a name.
func ExampleSuspectTags() {
	tags := [][]int{{0, 1}, {0, 0}, {1, 0}}
	probabilities := [][][]float64{{{1, 0}, {0.25, 0.75}}, {{0.75, 0.25}, {0.25, 0.75}}, {{0.25, 0.75}, nil}}
	docs, err := doubt.SuspectTags(tags, probabilities)
	for _, doc := range docs {
		fmt.Println(doc.Position, doc.Confidence, doc.Words[0].Position)
	}
	fmt.Println(err)
	// Output:
	// 1 0.75 1
	// <nil>
}

// Of the six documents, each fold has one of class 1 and two of class 0.
func ExampleFolds() {
	labels := []int{0, 0, 1, 0, 1, 0}
	for _, fold := range doubt.Folds(labels, 2, keyed.Key{Seed: 1, Purpose: "doubt"}) {
		ones := 0
		for _, position := range fold {
			ones += labels[position]
		}
		fmt.Println(len(fold), ones) // train a model on the other fold, and ask it for the probabilities of these
	}
	// Output:
	// 3 1
	// 3 1
}
