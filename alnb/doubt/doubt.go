// Package doubt finds labels that look wrong, by confident learning: Northcutt, Jiang and Chuang, "Confident Learning:
// Estimating Uncertainty in Dataset Labels", JAIR 2021.
//
// It needs each document's probabilities from a model that wasn't trained on its label: train one for each of [Folds] on the
// others. [Suspects] lists texts, [SuspectTags] documents of words, the worst first; [Estimate] says how many labels of
// which class may be wrong. What is found is to be looked at again, not to be changed: a model errs, too, and where two
// classes overlap neither label is wrong.
package doubt

import (
	"cmp"
	"fmt"
	"slices"
)

// A Suspect is a label that looks wrong.
type Suspect struct {
	Position   int     `json:"position"`   // of the document, or of the word in its document
	Given      int     `json:"given"`      // its class
	Suggested  int     `json:"suggested"`  // the class that the model is confident of
	Confidence float64 `json:"confidence"` // that the label is wrong, in [0, 1], by the rank; not a probability
}

// A Rank says which suspects come first. It doesn't say which there are.
type Rank string

// The ranks. p are the document's probabilities, i is the given class.
const (
	// Margin has Confidence (1 + max_{j≠i} p_j − p_i)/2: how far another class is above the given one. It is the paper's
	// normalized margin, turned around and moved into [0, 1].
	Margin Rank = "margin"
	// SelfConfidence has Confidence 1 − p_i: how little is left for the given class. It is the paper's self-confidence, turned
	// around.
	SelfConfidence Rank = "self-confidence"
)

// Suspects lists the documents whose label looks wrong, the best first: [Margin].Suspects.
func Suspects(labels []int, probabilities [][]float64) ([]Suspect, error) {
	return Margin.Suspects(labels, probabilities)
}

// Suspects lists the documents whose label looks wrong, the best first; those that tie in their order. labels are the
// documents' classes, and each has a row of one probability a class, by a model that wasn't trained on it. A document
// labeled i is a suspect where the model is confident of another class j: where it is off the diagonal of the confident
// joint, see [Joint].
//
// So a suspect's label may be the model's first choice, with a probability that is low for this class, and another class may
// have one that is high for that class. Its Confidence is below ½ by Margin, and cleanlab leaves it out.
func (r Rank) Suspects(labels []int, probabilities [][]float64) ([]Suspect, error) {
	score, err := r.score()
	if err != nil {
		return nil, err
	}
	joint, err := Estimate(labels, probabilities)
	if err != nil {
		return nil, err
	}
	var suspects []Suspect
	for i, row := range probabilities {
		if class := joint.confident(labels[i], row); class >= 0 && class != labels[i] {
			suspects = append(suspects, Suspect{Position: i, Given: labels[i], Suggested: class, Confidence: score(labels[i], row)})
		}
	}
	slices.SortStableFunc(suspects, func(a, b Suspect) int { return cmp.Compare(b.Confidence, a.Confidence) })
	return suspects, nil
}

// score returns what gives Confidence; the rank that isn't named is Margin.
func (r Rank) score() (func(given int, row []float64) float64, error) {
	switch r {
	case Margin, "":
		return func(given int, row []float64) float64 {
			other := 0.0
			for class, p := range row {
				if class != given {
					other = max(other, p)
				}
			}
			return max(0, (1+other-row[given])/2)
		}, nil
	case SelfConfidence:
		return func(given int, row []float64) float64 { return max(0, 1-row[given]) }, nil
	}
	return nil, fmt.Errorf("doubt: there is no rank %q; it is %q or %q", r, Margin, SelfConfidence)
}
