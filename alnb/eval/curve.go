// Package eval measures: accuracy, learning curves and timings.
package eval

// A Curve is one arm's learning curve: the metric on the test split after each round, over the seeds.
type Curve struct {
	Arm    string  `json:"arm"`
	Metric string  `json:"metric"` // what Mean and Std are of, such as "accuracy"
	Points []Point `json:"points"` // by Labeled, ascending
}

// A Point is the metric at one size of the labeled set.
type Point struct {
	Round   int     `json:"round"`   // 0 is the model trained on the seed set
	Labeled int     `json:"labeled"` // labeled documents the model was trained on
	Mean    float64 `json:"mean"`    // over seeds, in [0, 1] for accuracy
	Std     float64 `json:"std"`     // sample standard deviation over seeds; 0 for one seed
	Seeds   int     `json:"seeds"`   // how many seeds have finished this round
}
