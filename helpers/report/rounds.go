package report

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/store"
)

// round is a line of rounds.jsonl: what a round gave, for other programs, but for what is said of each document of the pool. From the
// last rounds' counts the intervals of differences can be computed.
type round struct {
	Arm            string                `json:"arm"`
	Seed           uint64                `json:"seed"`
	Round          int                   `json:"round"`
	Labeled        int                   `json:"labeled"`           // documents
	Words          int                   `json:"words,omitempty"`   // of them, for tagging
	Metrics        *store.Metrics        `json:"metrics,omitempty"` // none where no model was evaluated
	Query          *store.Query          `json:"query,omitempty"`   // none in the last round
	Gold           []int                 `json:"gold,omitempty"`    // after the last round, as in tested.json: spans of each test document
	Predicted      []int                 `json:"predicted,omitempty"`
	Right          []int                 `json:"right,omitempty"`
	Timings        store.Timings         `json:"timings"`
	PseudoLabeling *store.PseudoLabeling `json:"pseudolabeling,omitempty"` // where the round made pseudo-labels
}

// rounds returns rounds.jsonl.
func rounds(r *alnb.Results) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	for _, d := range r.Rounds() {
		line := round{
			Arm: d.Arm, Seed: d.Seed, Round: d.Number, Labeled: len(d.Labeled.IDs), Words: d.Labeled.Words,
			Metrics: d.Metrics, Query: d.Query, Timings: d.Timings, PseudoLabeling: d.PseudoLabeling,
		}
		if d.Query == nil {
			tested, err := r.Tested(d.Arm, d.Seed, d.Number)
			if err != nil {
				return nil, err
			}
			for _, t := range tested {
				if line.Words > 0 {
					line.Gold, line.Predicted = append(line.Gold, t.Gold), append(line.Predicted, t.Predicted)
				}
				line.Right = append(line.Right, t.Right)
			}
		}
		if err := encoder.Encode(line); err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
	}
	return out.Bytes(), nil
}
