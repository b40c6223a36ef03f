package report

import (
	"fmt"
	"slices"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/helpers/chart"
)

// DifferenceTable says by how much the other arms' models are better than those of the arm against, in the last round that
// evaluates both.
func DifferenceTable(r *alnb.Results, against string) (chart.Table, error) {
	differences, err := r.Differences(against)
	return differenceTable(r.Curves(), against, differences), err
}

func differenceTable(curves []eval.Curve, against string, differences []eval.Difference) chart.Table {
	t := chart.Table{
		Caption: fmt.Sprintf("Last %s, compared with %s", metric(curves), against),
		Columns: []chart.Column{
			{Name: "Arm"}, {Name: "Round", Numbers: true}, {Name: "Difference", Numbers: true}, {Name: "95 % interval", Numbers: true}, {Name: "Seeds", Numbers: true},
		},
		Note: "Of the last round in which both evaluate a model, the same seeds and test documents; the interval is over both, by a paired bootstrap. Few seeds say little about others.",
	}
	for _, d := range differences {
		t.Rows = append(t.Rows, []string{
			d.Arm, fmt.Sprint(d.Round), fmt.Sprintf("%+.4f", d.Mean), fmt.Sprintf("%+.4f to %+.4f", d.Low, d.High), fmt.Sprint(d.Seeds),
		})
	}
	var none []string
	for _, c := range curves {
		compared := func(d eval.Difference) bool { return d.Arm == c.Arm }
		if c.Arm != against && !slices.ContainsFunc(differences, compared) {
			none = append(none, c.Arm)
		}
	}
	t.Note += leftOut("has no such round of the same seed", none)
	return t
}
