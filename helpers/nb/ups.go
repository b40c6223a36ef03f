package nb

import (
	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/subsample"
	"github.com/alnb/alnb/helpers/chart"
	"github.com/alnb/alnb/helpers/report"
)

// KeepChart shows with which probability UPS scores a document, by its place in the ranking.
func KeepChart(samplers ...subsample.UPS) {
	l, err := report.KeepChart(samplers...)
	draw(l.Title, l, l.Alt(), err)
}

// KeepTable shows how many documents of a pool UPS scores on average.
func KeepTable(pool int, samplers ...subsample.UPS) {
	tableOr(report.KeepTable(pool, samplers...))
}

// DriftChart shows how far documents move in an arm's ranking by uncertainty from one query to the next.
func DriftChart(r *alnb.Results, arm string) {
	b, err := report.DriftChart(r, arm)
	draw(b.Title, b, b.Alt(), err)
}

// DriftTable says the same in numbers, for all queries.
func DriftTable(r *alnb.Results, arm string) { tableOr(report.DriftTable(r, arm)) }

// ContainmentChart shows where the documents of an arm's queries were in the ranking by the model before.
func ContainmentChart(r *alnb.Results, arm string) {
	l := report.ContainmentChart(r, arm)
	draw(l.Title, l, l.Alt(), nil)
}

// ContainmentTable says the same in numbers, for all arms: the paper's Table 2.
func ContainmentTable(r *alnb.Results) { table(report.ContainmentTable(r)) }

// KeptChart shows which share of the full query each arm's sampler kept, query by query.
func KeptChart(r *alnb.Results) {
	l := report.KeptChart(r)
	draw(l.Title, l, l.Alt(), nil)
}

// draw shows a chart, or fails the cell.
func draw(title string, f figure, text string, err error) {
	s := newScreen()
	if err == nil {
		err = s.chart(title, f, text+"\n")
	}
	if err != nil {
		exit(s, err.Error())
	}
	s.close()
}

func tableOr(t chart.Table, err error) {
	if err != nil {
		exit(newScreen(), err.Error())
	}
	table(t)
}
