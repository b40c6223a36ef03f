package report

import (
	"fmt"
	"slices"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/helpers/chart"
)

// PseudoLabelTable is what came of pseudo-labels in each round.
func PseudoLabelTable(r *alnb.Results) chart.Table {
	return pseudoLabelTable(r.PseudoLabelings())
}

// FilterTable says how well each score tells wrong pseudo-labels from right ones.
func FilterTable(r *alnb.Results) chart.Table {
	return filterTable(r.PseudoLabelings())
}

// SuccessorTable is how long the successors took.
func SuccessorTable(r *alnb.Results) chart.Table {
	return successorTable(r.Successions())
}

func pseudoLabelTable(rows []eval.PseudoLabeling) chart.Table {
	t := chart.Table{
		Caption: "Pseudo-labels",
		Columns: []chart.Column{
			{Name: "Arm", Wraps: true}, {Name: "Round", Numbers: true}, {Name: "Filter"}, {Name: "q", Numbers: true}, {Name: "Labeled",
				Numbers: true},
			{Name: "Wrong", Numbers: true}, {Name: "Dropped", Numbers: true}, {Name: "Precision", Numbers: true}, {Name: "Recall", Numbers: true},
		},
		Note: "q is the pseudo-labeler's quality on gold labels that were held out. What isn't dropped is handed over. Precision is the share " +
			"of the dropped that are wrong, recall the share of the wrong that are dropped.",
	}
	refused := slices.ContainsFunc(rows, func(row eval.PseudoLabeling) bool { return row.Refused > 0 })
	if refused {
		t.Columns = append(t.Columns, chart.Column{Name: "Refused", Numbers: true})
		t.Note += " Refused are seeds in which q was too low to hand labels over."
	}
	for _, row := range rows {
		var filter eval.Found // the first is that of the filter's own score
		if len(row.Found) > 0 {
			filter = row.Found[0]
		}
		t.Rows = append(t.Rows, []string{
			row.Arm, fmt.Sprint(row.Round), row.Filter, known(row.Q, 3), howMany(row.Labeled), howMany(row.Wrong), howMany(row.Dropped),
			known(filter.Precision, 3), known(filter.Recall, 3),
		})
		if refused {
			last := len(t.Rows) - 1
			t.Rows[last] = append(t.Rows[last], fmt.Sprint(row.Refused))
		}
	}
	return t
}

// howMany leaves out a deviation of nothing, such as that of documents in the pool.
func howMany(m eval.MeanStd) string {
	if m.N > 1 && m.Std == 0 {
		return fmt.Sprintf("%.0f", m.Mean)
	}
	return known(m, 0)
}

func filterTable(rows []eval.PseudoLabeling) chart.Table {
	t := chart.Table{
		Caption: "Which score finds wrong pseudo-labels",
		Columns: []chart.Column{
			{Name: "Arm"}, {Name: "Round", Numbers: true}, {Name: "Score"}, {Name: "Precision", Numbers: true}, {Name: "Recall",
				Numbers: true},
			{Name: "ROC AUC", Numbers: true},
		},
		Note: "Had as many been dropped by this score as were. Of random, the expected values.",
	}
	if slices.ContainsFunc(rows, droppedNothing) {
		t.Note += " Left out are rounds that dropped nothing."
	}
	for _, row := range rows {
		if droppedNothing(row) {
			continue
		}
		for _, f := range row.Found {
			t.Rows = append(t.Rows, []string{
				row.Arm, fmt.Sprint(row.Round), f.By, known(f.Precision, 3), known(f.Recall, 3), known(f.AUC, 3),
			})
		}
	}
	return t
}

func droppedNothing(row eval.PseudoLabeling) bool { return row.Dropped.N > 0 && row.Dropped.Mean == 0 }

func successorTable(rows []eval.Succession) chart.Table {
	t := chart.Table{
		Caption: "Time for the successors",
		Columns: []chart.Column{{Name: "Arm"}, {Name: "Round", Numbers: true}, {Name: "Stage"}, {Name: "Seconds", Numbers: true},
			{Name: "Shared", Numbers: true}},
		Note: "Shared are seeds in which the stage was done once for several arms; its seconds are given with each.",
	}
	decimals := decimalsFor(rows, func(row eval.Succession) float64 { return row.All.Mean })
	for _, row := range rows {
		for _, s := range row.Stages {
			t.Rows = append(t.Rows, []string{row.Arm, fmt.Sprint(row.Round), s.Name, meanStd(s.Seconds, decimals), fmt.Sprint(s.Shared)})
		}
		if len(row.Stages) > 1 {
			t.Strong = append(t.Strong, len(t.Rows))
			t.Rows = append(t.Rows, []string{row.Arm, fmt.Sprint(row.Round), "all", meanStd(row.All, decimals), ""})
		}
	}
	return t
}
