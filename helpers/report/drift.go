package report

import (
	"fmt"
	"math"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/helpers/chart"
)

// DriftTable says how far an arm's ranking of the pool moves from each query to the next.
func DriftTable(r *alnb.Results, arm string) (chart.Table, error) {
	drifts, err := r.Drifts(arm)
	return driftTable(arm, drifts), err
}

// DriftChart draws how far the documents move, before the first and before the last query that know it.
func DriftChart(r *alnb.Results, arm string) (chart.Bars, error) {
	drifts, err := r.Drifts(arm)
	return driftBars(arm, drifts), err
}

func driftTable(arm string, drifts []eval.Drift) chart.Table {
	t := chart.Table{
		Caption: arm + ": how the ranking by uncertainty moves",
		Columns: []chart.Column{{Name: "Queries"}, {Name: "Documents", Numbers: true}, {Name: "Rank correlation", Numbers: true}},
		Note:    "Counted are documents that both queries scored, over all seeds. How far they moved is a share of the pool.",
	}
	within := []float64{0.05, 0.1, 0.25, 0.5}
	for _, share := range within {
		t.Columns = append(t.Columns, chart.Column{Name: fmt.Sprintf("Moved by ≤ %.0f %%", 100*share), Numbers: true})
	}
	for _, d := range drifts {
		row := []string{between(d), fmt.Sprint(d.Documents), known(d.Correlation, 3)}
		for _, share := range within {
			row = append(row, fmt.Sprintf("%.3f", d.Within(share)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// driftBars has a bar for each tenth of the pool that documents moved by, rounded.
func driftBars(arm string, drifts []eval.Drift) chart.Bars {
	b := chart.Bars{
		Title: arm + ": how far documents move in the ranking", YLabel: "share of the documents",
		XLabel: "% of the pool moved (above 0: more uncertain than before)",
	}
	for tenth := -10; tenth <= 10; tenth++ {
		b.Categories = append(b.Categories, fmt.Sprint(10*tenth))
	}
	for i, d := range drifts {
		if i != 0 && i != len(drifts)-1 {
			continue
		}
		s := chart.BarSeries{Name: "queries " + between(d), Y: make([]float64, len(b.Categories))}
		for _, move := range d.Moves {
			s.Y[10+int(math.Round(10*move))] += 1 / float64(len(d.Moves))
		}
		b.Series = append(b.Series, s)
	}
	return b
}

func between(d eval.Drift) string { return fmt.Sprintf("%d → %d", d.Query-1, d.Query) }
