package eval

// A Timing is one row of a timing table: how long an arm's rounds took, as mean and sample standard deviation over
// the seeds, in seconds.
//
// As in the paper's Tables 1 and 7, only the training of the acquisition model and its inference over the pool are
// counted.
type Timing struct {
	Arm    string  `json:"arm"`
	Round  int     `json:"round"`  // or iteration; −1 for the sum over all
	Train  MeanStd `json:"train"`  // training the acquisition model
	Score  MeanStd `json:"score"`  // choosing from the pool; 0 in the last round, which makes no query
	Both   MeanStd `json:"both"`   // training and choosing
	Steps  float64 `json:"steps"`  // training steps, mean over seeds
	Scored float64 `json:"scored"` // documents scored, mean over seeds
}

// MeanStd is a mean and a sample standard deviation over N runs; 0 of fewer than two runs, which have none.
type MeanStd struct {
	Mean float64 `json:"mean"`
	Std  float64 `json:"std"`
	N    int     `json:"n"`
}
