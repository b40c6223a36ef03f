package report

import (
	"fmt"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/helpers/chart"
)

// DifferenceTable says by how much the last models of the other arms are better than those of the arm against.
func DifferenceTable(r *alnb.Results, against string) (chart.Table, error) {
	differences, err := r.Differences(against)
	return differenceTable(r.Metric(), against, differences), err
}

func differenceTable(metric, against string, differences []eval.Difference) chart.Table {
	t := chart.Table{
		Caption: fmt.Sprintf("Last %s, compared with %s", metric, against),
		Columns: []chart.Column{
			{Name: "Arm"}, {Name: "Difference", Numbers: true}, {Name: "95 % interval", Numbers: true}, {Name: "Seeds", Numbers: true},
		},
		Note: "Of the same seeds and test documents; the interval is over both, by a paired bootstrap. Few seeds say little about others.",
	}
	for _, d := range differences {
		t.Rows = append(t.Rows, []string{
			d.Arm, fmt.Sprintf("%+.4f", d.Mean), fmt.Sprintf("%+.4f to %+.4f", d.Low, d.High), fmt.Sprint(d.Seeds),
		})
	}
	return t
}
