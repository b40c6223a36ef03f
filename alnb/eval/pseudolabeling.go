package eval

// A PseudoLabeling is one row of the table that says what came of an arm's pseudo-labels in a round, as mean and sample
// standard deviation over the seeds. Of what not all seeds know, N is smaller.
type PseudoLabeling struct {
	Arm     string  `json:"arm"`
	Round   int     `json:"round"`
	Filter  string  `json:"filter"`
	Q       MeanStd `json:"q"`       // the pseudo-labeler's quality on held-out gold labels, in [0, 1]
	Labeled MeanStd `json:"labeled"` // documents
	Wrong   MeanStd `json:"wrong"`   // of those, where the gold labels are known
	Dropped MeanStd `json:"dropped"` // by the filter
	Kept    MeanStd `json:"kept"`
	Refused int     `json:"refused"` // seeds in which labels weren't handed over
	Found   []Found `json:"found"`   // by each score that was computed, and by chance
}

// A Found says how well a score tells wrong pseudo-labels, as mean and sample standard deviation over the seeds.
type Found struct {
	By        string  `json:"by"`
	Precision MeanStd `json:"precision"` // the share of as many dropped that are wrong
	Recall    MeanStd `json:"recall"`    // the share of the wrong that are dropped
	AUC       MeanStd `json:"auc"`       // area under the ROC curve
}

// A Succession is one row of the table that says how long an arm's successors took, in seconds, as mean and sample standard
// deviation over the seeds.
type Succession struct {
	Arm    string  `json:"arm"`
	Round  int     `json:"round"`
	Stages []Stage `json:"stages"` // in order
	All    MeanStd `json:"all"`    // together
}

// A Stage is a part of what it takes to train a successor.
type Stage struct {
	Name    string  `json:"name"`
	Seconds MeanStd `json:"seconds"`
	Shared  int     `json:"shared"` // seeds in which it was done once for several arms
}
