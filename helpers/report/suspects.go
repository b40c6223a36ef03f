package report

import (
	"fmt"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/helpers/chart"
)

// SuspectTable shows labels that models doubt.
func SuspectTable(suspects []alnb.Suspect) chart.Table {
	t := chart.Table{
		Caption: "A second look",
		Columns: []chart.Column{{Name: "Document"}, {Name: "Given"}, {Name: "Suggested"}, {Name: "Confidence", Numbers: true}},
		Note: "Models that were trained without a document doubt its label. They can be wrong, too: look at each. Confidence is " +
			"theirs that the label is wrong.",
	}
	for _, s := range suspects {
		name := s.ID
		if s.Word >= 0 {
			name = fmt.Sprintf("%s, word %d", s.ID, s.Word+1)
		}
		t.Rows = append(t.Rows, []string{name, s.Given, s.Suggested, fmt.Sprintf("%.2f", s.Confidence)})
	}
	return t
}
