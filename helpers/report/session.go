package report

import (
	"fmt"
	"maps"
	"slices"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/stop"
	"github.com/alnb/alnb/helpers/chart"
)

// SessionCurve is a session's learning curve, on its test split.
func SessionCurve(title string, s alnb.SessionStatus) chart.Lines {
	return curveLines(title, nil, []eval.Curve{s.Curve()})
}

// SessionTable says what is labeled.
func SessionTable(title string, s alnb.SessionStatus) chart.Table {
	t := chart.Table{
		Caption: title,
		Columns: []chart.Column{{Name: "Judged"}, {Name: "Documents", Numbers: true}},
		Note:    fmt.Sprintf("Of a pool of %d documents.", s.Pool),
	}
	for _, name := range slices.Sorted(maps.Keys(s.Counts.PerClass)) {
		t.Rows = append(t.Rows, []string{name, fmt.Sprint(s.Counts.PerClass[name])})
	}
	for _, row := range []struct {
		name string
		n    int
	}{{"labeled in all", s.Counts.Labeled}, {"skipped", s.Counts.Skipped}, {"unsure", s.Counts.Unsure}, {"flagged", s.Counts.Flagged}} {
		t.Strong = append(t.Strong, len(t.Rows))
		t.Rows = append(t.Rows, []string{row.name, fmt.Sprint(row.n)})
	}
	return t
}

// AdviceTable says what speaks for an end of the labeling, and what doesn't.
func AdviceTable(advice []stop.Advice) chart.Table {
	t := chart.Table{
		Caption: "When to stop",
		Columns: []chart.Column{{Name: "Criterion"}, {Name: "Says"}, {Name: "Because"}},
		Note:    "Advice: nothing stops by itself.",
	}
	for i, a := range advice {
		says := "go on"
		switch {
		case !a.Known:
			says = "too early to tell"
		case a.Stop:
			says = "stop"
			t.Strong = append(t.Strong, i)
		}
		t.Rows = append(t.Rows, []string{a.Criterion, says, a.Evidence})
	}
	return t
}
