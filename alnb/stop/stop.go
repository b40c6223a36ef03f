// Package stop advises when labeling may stop. One criterion, one file.
//
// A [Criterion] reads what is known after each round ([Round]) and gives [Advice] with the numbers that it goes by. It
// stops nothing: that is for those to decide who pay for the labels. [Budget] and [TargetScore] say that what was asked for
// is reached; the others, that the last labels changed the model little, which they read from its answers on texts that
// nobody has to label.
package stop

import "fmt"

// A Criterion is a plain struct whose exported fields are its configuration. Fields that are 0 have their defaults.
type Criterion interface {
	// Name identifies the criterion in a session's configuration.
	Name() string
	// Check tells in a sentence which field is out of range.
	Check() error
	// Advise reads the history, the oldest round first. Where that has too little to tell, the advice is not Known; numbers
	// that can't be are errors.
	Advise(history []Round) (Advice, error)
}

// A Round is what is known after a model was trained.
type Round struct {
	Number int // what the session calls it
	Labels int // labels so far
	// Metric of the model on the test split, in [0, 1]; nil where there is none.
	Metric *float64
	// Predicted are the classes that the model gives the stop set: documents that are the same in all rounds, in the same
	// order, such as the whole pool or 2,000 of it. They needn't have labels. For tagging, they are the tags of all their
	// words. A class keeps its number. A number below 0 stands for a document that doesn't count in this round, such as one
	// that was labeled since, or that the model wasn't asked about. Empty where there are none.
	Predicted []int
	// Uncertainty of the model on the pool, in [0, 1], see MeanEntropy; nil where there is none.
	Uncertainty *float64
}

// Advice is what a criterion says.
type Advice struct {
	Criterion string  `json:"criterion"` // its name
	Stop      bool    `json:"stop"`
	Known     bool    `json:"known"`     // false where the history has too little to tell: then Stop is false, and Value 0
	Value     float64 `json:"value"`     // what the criterion goes by
	Threshold float64 `json:"threshold"` // what Value is compared with
	Evidence  string  `json:"evidence"`  // a sentence with the numbers, or with what is missing
}

// Defaults are the criteria that need nothing to be chosen.
func Defaults() []Criterion {
	return []Criterion{KappaAverage{}, DeltaF{}, ClassificationChange{}, OverallUncertainty{}}
}

// Advise asks each of the criteria.
func Advise(criteria []Criterion, history []Round) ([]Advice, error) {
	all := make([]Advice, len(criteria))
	for i, c := range criteria {
		var err error
		if all[i], err = c.Advise(history); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// unknown is the advice where something is missing, which the sentence says.
func unknown(c Criterion, threshold float64, sentence string, numbers ...any) Advice {
	return Advice{Criterion: c.Name(), Threshold: threshold, Evidence: fmt.Sprintf(sentence, numbers...)}
}

// inUnit tells whether x is a number in [0, 1].
func inUnit(x float64) bool { return x >= 0 && x <= 1 }
