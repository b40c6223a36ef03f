package report

import (
	"fmt"
	"slices"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/helpers/chart"
)

// ContainmentTable is the paper's Table 2: which share of a query lies in the top of the pool by the model before, where
// both scored all of it.
func ContainmentTable(r *alnb.Results) chart.Table { return containmentTable(r.Samplings()) }

// ContainmentChart draws some of an arm's rows of the table, those of the paper and the last one, beside what queries drawn
// at random would give.
func ContainmentChart(r *alnb.Results, arm string) chart.Lines {
	return containmentLines(r.Samplings(), arm)
}

func containmentTable(samplings []eval.Sampling) chart.Table {
	t := chart.Table{
		Caption: "Share of each query in the top of the pool by the model before",
		Columns: []chart.Column{{Name: "Arm"}, {Name: "Query", Numbers: true}},
		Note:    "Of queries that scored the whole pool, as the one before them did.",
	}
	for _, share := range alnb.Tops() {
		t.Columns = append(t.Columns, chart.Column{Name: fmt.Sprintf("Top %.0f %%", 100*share), Numbers: true})
	}
	for _, row := range samplings {
		if row.Contained == nil {
			continue
		}
		cells := []string{row.Arm, fmt.Sprint(row.Query)}
		for _, contained := range row.Contained {
			cells = append(cells, meanStd(contained, 3))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

func containmentLines(samplings []eval.Sampling, arm string) chart.Lines {
	l := chart.Lines{
		Title:  arm + ": where a query's documents were before",
		XLabel: "top of the pool by the model before, %", YLabel: "share of the query inside",
	}
	chance := chart.Series{Name: "drawn at random"}
	for _, share := range alnb.Tops() {
		chance.X, chance.Y = append(chance.X, 100*share), append(chance.Y, share)
	}
	rows := slices.DeleteFunc(slices.Clone(samplings), func(row eval.Sampling) bool { return row.Arm != arm || row.Contained == nil })
	for i, row := range rows {
		if i < len(rows)-1 && !slices.Contains([]int{1, 2, 6}, row.Query) {
			continue
		}
		s := chart.Series{Name: fmt.Sprintf("query %d", row.Query), X: chance.X}
		for _, contained := range row.Contained {
			s.Y = append(s.Y, contained.Mean)
		}
		l.Series = append(l.Series, s)
	}
	l.Series = append(l.Series, chance)
	return l
}
