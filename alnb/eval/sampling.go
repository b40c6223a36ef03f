package eval

// A Sampling is one row of the table that says what an arm's queries scored of the pool, as mean and sample standard
// deviation over the seeds.
type Sampling struct {
	Arm      string  `json:"arm"`
	Query    int     `json:"query"`     // the first is 0; −1 for all together
	Full     bool    `json:"full"`      // every seed's query scored the whole pool
	Share    MeanStd `json:"share"`     // of the pool that was scored
	ToppedUp MeanStd `json:"topped_up"` // documents that only the budget needed
	Late     int     `json:"late"`      // queries, over seeds, that ended after their deadline
	Kept     MeanStd `json:"kept"`      // share of the full query that was kept, see store.Sample; of the queries that know it
	Seconds  MeanStd `json:"seconds"`   // spent on scoring documents
	Saved    MeanStd `json:"saved"`     // seconds that scoring the rest would have taken

	// Contained are the paper's Table 2: the shares of the query that lie in the top 10, 20, 30, 40 and 50 % of the pool by
	// the model before; empty unless all seeds know them. Its iteration k is query k.
	Contained []MeanStd `json:"contained,omitempty"`
}
