package report

import (
	"fmt"

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
func SamplingTable(r *alnb.Results) chart.Table { return samplingTable(r.Samplings()) }

func iterationTable(timings []eval.Timing) chart.Table {
	t := chart.Table{
		Caption: "Time for each iteration",
		Columns: []chart.Column{
			{Name: "Arm"}, {Name: "Iteration", Numbers: true}, {Name: "Training, s", Numbers: true},
			{Name: "Inference, s", Numbers: true}, {Name: "Both, s", Numbers: true},
		},
		Note: "An iteration trains the acquisition model and makes a query; the first is made with the model of the seed set.",
	}
	for i, row := range timings {
		iteration := fmt.Sprint(row.Round)
		if row.Round < 0 {
			iteration = "all"
			t.Strong = append(t.Strong, i)
		}
		t.Rows = append(t.Rows, []string{row.Arm, iteration, meanStd(row.Train, 1), meanStd(row.Score, 1), meanStd(row.Both, 1)})
	}
	return t
}

func samplingTable(samplings []eval.Sampling) chart.Table {
	t := chart.Table{
		Caption: "What the queries scored",
		Columns: []chart.Column{
			{Name: "Arm"}, {Name: "Query", Numbers: true}, {Name: "Share of the pool", Numbers: true},
			{Name: "Share of the full query kept", Numbers: true}, {Name: "Saved, s", Numbers: true}, {Name: "Late", Numbers: true},
		},
		Note: "Kept is, for a full query, what the sampler would have kept.",
	}
	for i, share := range alnb.Tops() {
		name := fmt.Sprintf("%.0f %%", 100*share)
		if i == 0 {
			name = "Of the query in the previous model's top " + name
		}
		t.Columns = append(t.Columns, chart.Column{Name: name, Numbers: true})
	}
	for i, row := range samplings {
		query := fmt.Sprint(row.Query)
		if row.Query < 0 {
			query = "all"
			t.Strong = append(t.Strong, i)
		}
		cells := []string{row.Arm, query, meanStd(row.Share, 3), known(row.Kept, 3), meanStd(row.Saved, 1), fmt.Sprint(row.Late)}
		for i := range alnb.Tops() {
			var contained eval.MeanStd
			if i < len(row.Contained) {
				contained = row.Contained[i]
			}
			cells = append(cells, known(contained, 3))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// known is a dash where nothing is known.
func known(m eval.MeanStd, decimals int) string {
	if m.N == 0 {
		return "–"
	}
	return meanStd(m, decimals)
}
