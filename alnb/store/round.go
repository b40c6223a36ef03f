package store

import "encoding/json"

// The versions of the folder's form. Version 1 knew accuracy only, and no sampling. Rounds of version 3 may lack metrics, and
// have pseudo-labels; a run that needs neither is of version 2.
const (
	Plain   = 2
	Version = 3 // the newest that this program reads
)

// Round is all that is kept of a round.
type Round struct {
	Labeled Labeled
	Metrics *Metrics // nil where no model was evaluated
	Tested  Tested   // ReadRound leaves it out
	Scores  []Score  // nil where nothing was scored; ReadRound leaves them out
	Query   *Query   // nil in the last round
	Timings Timings

	PseudoLabeling *PseudoLabeling // nil where the round made no pseudo-labels
	PseudoLabels   []PseudoLabel   // ReadRound leaves them out
}

// Labeled is a round's labeled.json.
type Labeled struct {
	IDs   []string `json:"ids"`             // in the order in which they were labeled
	Words int      `json:"words,omitempty"` // of them all, for tagging
}

// Metrics is a round's metrics.json.
type Metrics struct {
	Metric    string  `json:"metric"`              // what Value is: "accuracy", or "span F1"
	Value     float64 `json:"value"`               // on the test split, in [0, 1]
	Precision float64 `json:"precision,omitempty"` // of spans
	Recall    float64 `json:"recall,omitempty"`    // of spans
	Test      int     `json:"test"`                // documents in the test split
	Loss      float64 `json:"loss"`                // mean training loss at the end of training
	Steps     int     `json:"steps"`               // training steps
}

// UnmarshalJSON reads the form of version 1, too: {"accuracy", …}.
func (m *Metrics) UnmarshalJSON(raw []byte) error {
	type plain Metrics
	old := struct {
		*plain
		Accuracy *float64 `json:"accuracy"`
	}{plain: (*plain)(m)}
	if err := json.Unmarshal(raw, &old); err != nil {
		return err
	}
	if old.Accuracy != nil {
		m.Metric, m.Value = "accuracy", *old.Accuracy
	}
	return nil
}

// Tested is a round's tested.json: what the model finds in each document of the test split, in its order. Metrics follow
// from it; to compare two models with an interval, all of it is needed.
type Tested struct {
	Gold      []int `json:"gold,omitempty"`      // spans; nil where documents have a class, which is one each
	Predicted []int `json:"predicted,omitempty"` // spans; likewise
	Right     []int `json:"right"`               // of the predicted
}

// Score is the score of one document.
type Score struct {
	ID    string  `json:"id"`
	Score float64 `json:"score"`
}

// Query is a round's query.json.
type Query struct {
	IDs    []string `json:"ids"`              // the most informative first
	Sample *Sample  `json:"sample,omitempty"` // nil where nothing was scored
}

// Sample says what a query scored of the pool.
type Sample struct {
	Pool     int  `json:"pool"`      // documents
	Scored   int  `json:"scored"`    // of them
	Full     bool `json:"full"`      // that is all
	ToppedUp int  `json:"topped_up"` // of those scored, documents that only the budget needed
	// Kept is the share of the full query that lies in what was scored; of a full query, in what would have been scored,
	// had it not been one. nil where that isn't known.
	Kept *float64 `json:"kept,omitempty"`
	// Contained are the shares of this query that lie in the top 10, 20, 30, 40 and 50 % of the pool by the scores of the
	// query before; nil unless both scored all.
	Contained []float64 `json:"contained,omitempty"`
}

// Share is the share of the pool that was scored.
func (s Sample) Share() float64 { return float64(s.Scored) / float64(max(1, s.Pool)) }

// Timings is a round's timings.json, in seconds.
type Timings struct {
	Train    float64 `json:"train_s"`
	Evaluate float64 `json:"evaluate_s"`
	Score    float64 `json:"score_s"`          // of the whole query; 0 where it asked nothing of the model
	Model    float64 `json:"model_s"`          // of that, scoring documents; 0 where nothing was scored
	Saved    float64 `json:"saved_s"`          // what scoring the rest of the pool would have taken, at that speed
	Late     bool    `json:"late,omitempty"`   // the query ended after its deadline
	Scored   int     `json:"scored"`           // documents scored
	Shared   bool    `json:"shared"`           // the model was trained once for several arms; Train is that training's time
	Steps    int     `json:"steps,omitempty"`  // of the acquisition model's training, where a successor is evaluated
	Stages   []Stage `json:"stages,omitempty"` // of the successor, in order
	Finished string  `json:"finished"`
}

// A Stage is a part of what it takes to train a successor.
type Stage struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	Shared  bool    `json:"shared,omitempty"` // it was done once for several arms; Seconds is what it took then
}
