package report

import (
	"fmt"

	"gonum.org/v1/gonum/stat"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/helpers/chart"
)

// IterationTable is the paper's Tables 1 and 7: how long a person waits for iterations 2, 6, 10 and 15, where reached, and
// for all together.
func IterationTable(r *alnb.Results) chart.Table {
	return iterationTable(r.IterationTimings(alnb.Iterations()...))
}

// SamplingTable is what each query scored of the pool, and what that saved and cost.
func SamplingTable(r *alnb.Results) chart.Table {
	return samplingTable(r.Samplings())
}

func iterationTable(timings []eval.Timing) chart.Table {
	t := chart.Table{
		Caption: "Time for each iteration",
		Columns: []chart.Column{
			{Name: "Arm"}, {Name: "Iteration", Numbers: true}, {Name: "Training, s", Numbers: true},
			{Name: "Inference, s", Numbers: true}, {Name: "Both, s", Numbers: true},
		},
		Note: "An iteration trains the acquisition model and makes a query; the first is made with the model of the seed set.",
	}
	decimals := decimalsFor(timings, func(row eval.Timing) float64 { return row.Both.Mean })
	for i, row := range timings {
		iteration := fmt.Sprint(row.Round)
		if row.Round < 0 {
			iteration = "all"
			t.Strong = append(t.Strong, i)
		}
		t.Rows = append(t.Rows, []string{row.Arm, iteration, meanStd(row.Train, decimals), meanStd(row.Score, decimals), meanStd(row.Both, decimals)})
	}
	return t
}

func samplingTable(samplings []eval.Sampling) chart.Table {
	t := chart.Table{
		Caption: "What the queries scored",
		Columns: []chart.Column{
			{Name: "Arm"}, {Name: "Query", Numbers: true}, {Name: "Share of the pool", Numbers: true},
			{Name: "Share of the full query kept", Numbers: true}, {Name: "Scoring, s", Numbers: true}, {Name: "Saved, s", Numbers: true},
			{Name: "Late", Numbers: true},
		},
		Note: "Kept is, for a full query, what the sampler would have kept; for all, the mean of the queries that weren't full. " +
			"Saved is what scoring the rest would have taken, at the same speed.",
	}
	decimals := decimalsFor(samplings, func(row eval.Sampling) float64 { return max(row.Seconds.Mean, row.Saved.Mean) })
	for i, row := range samplings {
		query, kept := fmt.Sprint(row.Query), known(row.Kept, 3)
		if row.Query < 0 {
			query, kept = "all", known(keptOf(samplings, row.Arm), 3)
			t.Strong = append(t.Strong, i)
		}
		t.Rows = append(t.Rows, []string{
			row.Arm, query, meanStd(row.Share, 3), kept, meanStd(row.Seconds, decimals), meanStd(row.Saved, decimals), fmt.Sprint(row.Late),
		})
	}
	return t
}

// keptOf is the mean over an arm's queries that weren't full: what full ones would have kept was never lost.
func keptOf(samplings []eval.Sampling, arm string) eval.MeanStd {
	var means []float64
	for _, row := range samplings {
		if row.Arm == arm && row.Query >= 0 && !row.Full && row.Kept.N > 0 {
			means = append(means, row.Kept.Mean)
		}
	}
	if means == nil {
		return eval.MeanStd{}
	}
	return eval.MeanStd{Mean: stat.Mean(means, nil), N: 1} // the deviation over queries would look like that over seeds
}

// decimalsFor are as many as the longest of a table's times needs to have three digits or so.
func decimalsFor[T any](rows []T, seconds func(T) float64) int {
	longest := 0.0
	for _, row := range rows {
		longest = max(longest, seconds(row))
	}
	switch {
	case longest >= 10:
		return 1
	case longest >= 1:
		return 2
	}
	return 3
}

// known is a dash where nothing is known.
func known(m eval.MeanStd, decimals int) string {
	if m.N == 0 {
		return "–"
	}
	return meanStd(m, decimals)
}
