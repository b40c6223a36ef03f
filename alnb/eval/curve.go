// Package eval measures: accuracy, spans, learning curves and the area under them, timings, and what samplers save.
package eval

// A Curve is one arm's learning curve: the metric on the test split after each round, over the seeds.
type Curve struct {
	Arm    string  `json:"arm"`
	Metric string  `json:"metric"`        // what Mean and Std are of: "accuracy", or "span F1"
	Points []Point `json:"points"`        // by Labeled, ascending
	All    bool    `json:"all,omitempty"` // of a model that was trained on all documents, once: it has one point
	Area   MeanStd `json:"area"`          // see AreaUnderCurve; over the seeds that have finished all rounds, none while N is 0
}

// A Point is the metric at one size of the labeled set.
type Point struct {
	Round   int     `json:"round"`           // 0 is the model trained on the seed set
	Labeled int     `json:"labeled"`         // labeled documents the model was trained on, mean over seeds
	Words   int     `json:"words,omitempty"` // for tagging, their words, mean over seeds
	Mean    float64 `json:"mean"`            // over seeds, in [0, 1]
	Std     float64 `json:"std"`             // sample standard deviation over seeds; 0 for one seed
	Seeds   int     `json:"seeds"`           // how many seeds have finished this round
}

// Labels is what the labels are counted in: words for tagging, else documents.
func (p Point) Labels() int {
	if p.Words > 0 {
		return p.Words
	}
	return p.Labeled
}

// AreaUnderCurve is the area under the line through the points (x, y), x ascending, over the width of the curve: the mean
// of the metric along the curve, so it is one of its values and doesn't depend on the unit of x. Of one point it is y, of
// none 0.
func AreaUnderCurve(x, y []float64) float64 {
	switch len(x) {
	case 0:
		return 0
	case 1:
		return y[0]
	}
	area := 0.0
	for i := 1; i < len(x); i++ {
		area += (x[i] - x[i-1]) * (y[i] + y[i-1]) / 2
	}
	return area / (x[len(x)-1] - x[0])
}
