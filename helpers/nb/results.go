package nb

import (
	"fmt"
	"os"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/helpers/chart"
	"github.com/alnb/alnb/helpers/report"
)

// OpenResults opens what Run has left in the folder dir so far, in any later cell, on any later day.
func OpenResults(dir string) *alnb.Results {
	r, err := alnb.OpenResults(dir)
	if err != nil {
		exit(newScreen(), fmt.Sprintf("There are no results to show in %s: %v", dir, err))
	}
	return r
}

// LearningCurve shows how good each arm's model is by the number of labeled documents: mean and ± one standard
// deviation over the seeds.
func LearningCurve(r *alnb.Results) {
	s := newScreen()
	curve := report.CurveChart(r)
	if err := s.chart(curve.Title, curve, report.CurveTable(r).Text()); err != nil {
		exit(s, err.Error())
	}
	s.close()
}

// AreaTable shows the area under each arm's learning curve.
func AreaTable(r *alnb.Results) { table(report.AreaTable(r)) }

// DifferenceTable shows by how much the last models of the other arms are better than those of the arm against, with an
// interval over seeds and test documents.
func DifferenceTable(r *alnb.Results, against string) {
	tableOr(report.DifferenceTable(r, against))
}

// TimingTable shows how long the rounds took.
func TimingTable(r *alnb.Results) { table(report.TimingTable(r)) }

// IterationTable shows how long a person waits in iterations 2, 6, 10 and 15, where reached, and in all: the paper's
// Tables 1 and 7. Of these arms, or of all where none is named.
func IterationTable(r *alnb.Results, arms ...string) { table(report.IterationTable(r, arms...)) }

// SamplingTable shows what each query scored of the pool, and what that saved and cost. Of these arms, or of all where none
// is named.
func SamplingTable(r *alnb.Results, arms ...string) { table(report.SamplingTable(r, arms...)) }

func table(t chart.Table) {
	s := newScreen()
	if err := s.table(t); err != nil {
		exit(s, err.Error())
	}
	s.close()
}

// exit ends the process, as the only way to fail a cell.
func exit(s screen, sentence string) {
	s.fail(sentence)
	s.close()
	os.Exit(1)
}
