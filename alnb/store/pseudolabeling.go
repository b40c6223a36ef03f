package store

import "github.com/alnb/alnb/alnb/corpus"

// PseudoLabeling is a round's pseudolabeling.json: what came of the pseudo-labels.
type PseudoLabeling struct {
	Gold    int      `json:"gold"`              // documents that people labeled
	Labeled int      `json:"labeled"`           // documents with a pseudo-label
	Dropped int      `json:"dropped"`           // of those, left out by the filter
	Kept    int      `json:"kept"`              // the others
	Quality *Quality `json:"quality,omitempty"` // of the pseudo-labeler; nil where nothing was left to label
	Filter  string   `json:"filter"`            // the filter's name
	// Refused says why there is no successor; Note what else there is to know.
	Refused string  `json:"refused,omitempty"`
	Note    string  `json:"note,omitempty"`
	Errors  *Errors `json:"errors,omitempty"` // nil where nobody knows the gold labels
}

// Quality is how good a pseudo-labeler is on gold labels that it wasn't trained on.
type Quality struct {
	Q     float64   `json:"q"`     // the mean of Folds: accuracy, or strict F1 of spans, in [0, 1]
	Folds []float64 `json:"folds"` // of each training
	Held  int       `json:"held"`  // documents that they were held out of, all together
}

// Errors compares pseudo-labels with the gold labels of an emulation. A pseudo-label is wrong where the class, or any span,
// is another.
type Errors struct {
	Wrong   int     `json:"wrong"`   // pseudo-labels
	Filters []Found `json:"filters"` // as many dropped by each score that was computed, and by chance
}

// Found says which of the wrong pseudo-labels a filter drops.
type Found struct {
	By        string   `json:"by"`                  // the score: "tracin", "confidence", or "random"
	Wrong     float64  `json:"wrong"`               // of those dropped; of random ones the expected number
	Precision *float64 `json:"precision,omitempty"` // the share of the dropped that are wrong; nil where none is dropped
	Recall    *float64 `json:"recall,omitempty"`    // the share of the wrong that are dropped; nil where none is wrong
	AUC       *float64 `json:"auc,omitempty"`       // area under the ROC curve of the score; nil where all are right, or wrong
}

// PseudoLabel is one document in a round's pseudolabels.json.
type PseudoLabel struct {
	ID         string        `json:"id"`
	Class      int           `json:"class"`               // of a text
	Spans      []corpus.Span `json:"spans,omitempty"`     // of words
	Confidence float64       `json:"confidence"`          // of the pseudo-labeler: max p of a text, mean log max p of words
	Influence  *float64      `json:"influence,omitempty"` // TracIn self-influence, where it was computed
	Dropped    bool          `json:"dropped,omitempty"`
	Wrong      bool          `json:"wrong,omitempty"` // in an emulation
}
