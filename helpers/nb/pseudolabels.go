package nb

import (
	"context"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/helpers/report"
)

// PseudoLabelTable shows what came of pseudo-labels in each round.
func PseudoLabelTable(r *alnb.Results) { table(report.PseudoLabelTable(r)) }

// FilterTable shows how well each score tells wrong pseudo-labels from right ones.
func FilterTable(r *alnb.Results) { table(report.FilterTable(r)) }

// SuccessorTable shows how long the successors took.
func SuccessorTable(r *alnb.Results) { table(report.SuccessorTable(r)) }

// PseudoLabelErrors shows some pseudo-labels of a finished round: wrong ones that the filter dropped and that it missed, and right
// ones that it dropped. data is that of the experiment, of texts.
func PseudoLabelErrors(r *alnb.Results, data corpus.Source, arm string, seed uint64, round int) {
	tableOr(report.PseudoLabelErrorTable(context.Background(), r, data, arm, seed, round))
}

// InfluenceChart shows the pseudo-labels of a finished round by the pseudo-labeler's confidence and their self-influence, wrong
// ones and those that the filter dropped apart. data is that of the experiment, of texts.
func InfluenceChart(r *alnb.Results, data corpus.Source, arm string, seed uint64, round int) {
	c, err := report.InfluenceChart(context.Background(), r, data, arm, seed, round)
	draw(c.Title, c, c.Alt(), err)
}
