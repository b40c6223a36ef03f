package report

import (
	"strings"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/helpers/chart"
)

// A section is tables about one thing.
type section struct {
	Title  string // "" for what belongs to the learning curves
	Tables []chart.Table
}

// sections are all tables that have rows, with the differences from the arm against, or from the first where it is "".
func sections(r *alnb.Results, against string) ([]section, error) {
	if against == "" {
		against = r.Curves()[0].Arm
	}
	differences, err := DifferenceTable(r, against)
	if err != nil {
		return nil, err
	}
	var some []section
	for _, s := range []section{
		{"", append([]chart.Table{CurveTable(r), AreaTable(r), differences}, toAll(r.Curves())...)},
		{"Time", []chart.Table{TimingTable(r), IterationTable(r), SuccessorTable(r)}},
		{"Queries", []chart.Table{SamplingTable(r), ContainmentTable(r)}},
		{"Pseudo-labels", []chart.Table{PseudoLabelTable(r), FilterTable(r)}},
	} {
		var tables []chart.Table
		for _, t := range s.Tables {
			if len(t.Rows) > 0 {
				tables = append(tables, t)
			}
		}
		if len(tables) > 0 {
			some = append(some, section{s.Title, tables})
		}
	}
	return some, nil
}

// toAll are the tables of how many labels a share of the score of all of them needs, one for each arm of all labels.
func toAll(curves []eval.Curve) (tables []chart.Table) {
	for _, c := range curves {
		if c.All {
			tables = append(tables, labelsTable(curves, c, []float64{0.9, 0.95, 0.99}))
		}
	}
	return tables
}

// Text is all tables for a terminal, with the differences from the arm against, or from the first where it is "".
func Text(r *alnb.Results, against string) (string, error) {
	sections, err := sections(r, against)
	if err != nil {
		return "", err
	}
	var texts []string
	for _, s := range sections {
		for _, t := range s.Tables {
			texts = append(texts, t.Text())
		}
	}
	return strings.Join(texts, "\n"), nil
}
