package subsample

// A Report says what a sampler did over several queries.
type Report struct {
	Queries  int     `json:"queries"`
	Pool     int     `json:"pool"`      // documents, summed over the queries
	Scored   int     `json:"scored"`    // of them
	ToppedUp int     `json:"topped_up"` // of those, documents that only the budget needed
	Late     int     `json:"late"`      // queries that ended after their deadline
	Seconds  float64 `json:"seconds"`   // in the score function
	// Saved is an estimate of the seconds that scoring the rest would have taken, at each query's own speed. It takes
	// documents that were not scored to be as long as those that were.
	Saved float64 `json:"saved"`
}

// Add counts one more query, of a pool of so many documents.
func (r *Report) Add(pool int, s Sample) {
	r.Queries++
	r.Pool += pool
	r.Scored += len(s.Positions)
	r.ToppedUp += s.ToppedUp
	r.Seconds += s.Seconds
	if s.Late {
		r.Late++
	}
	if scored := len(s.Positions); scored > 0 {
		r.Saved += s.Seconds / float64(scored) * float64(pool-scored)
	}
}

// Share is the share of the pool that was scored, over all queries; 0 where there was nothing to score.
func (r Report) Share() float64 { return float64(r.Scored) / float64(max(1, r.Pool)) }
