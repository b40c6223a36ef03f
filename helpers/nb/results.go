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

// Standing shows how far a run is, which may go on in another process: the rounds that are finished for each arm and seed, what
// failed, and about when it will end.
func Standing(dir string) { tableOr(report.StandingTable(OpenResults(dir))) }

// Arms are the results of these arms alone, in this order, for what shows results: LearningCurve(Arms(r, "LC", "Random")).
func Arms(r *alnb.Results, names ...string) *alnb.Results {
	only, err := r.Only(names...)
	if err != nil {
		exit(newScreen(), err.Error())
	}
	return only
}

// LearningCurve shows how good each arm's model is by the number of labeled documents: mean and ± one standard
// deviation over the seeds.
func LearningCurve(r *alnb.Results) {
	Lines(report.CurveChart(r), report.CurveTable(r).Text())
}

// Lines shows a line chart; the text says the same where no picture is to be seen.
func Lines(l chart.Lines, text string) {
	s := newScreen()
	if err := s.chart(l.Title, l, text); err != nil {
		exit(s, err.Error())
	}
	s.close()
}

// AreaTable shows the area under each arm's learning curve.
func AreaTable(r *alnb.Results) { table(report.AreaTable(r)) }

// LabelsTable shows how many labels each arm needs for these shares of the score of the arm full, which was trained on all labels,
// such as 0.9 and 0.95.
func LabelsTable(r *alnb.Results, full string, shares ...float64) {
	tableOr(report.LabelsTable(r, full, shares...))
}

// DifferenceTable shows by how much the last models of the other arms are better than those of the arm against, with an
// interval over seeds and test documents.
func DifferenceTable(r *alnb.Results, against string) {
	tableOr(report.DifferenceTable(r, against))
}

// TimingTable shows how long the rounds took.
func TimingTable(r *alnb.Results) { table(report.TimingTable(r)) }

// IterationTable shows how long a person waits in iterations 2, 6, 10 and 15, where reached, and in all: the paper's
// Tables 1 and 7.
func IterationTable(r *alnb.Results) { table(report.IterationTable(r)) }

// SamplingTable shows what each query scored of the pool, and what that saved and cost.
func SamplingTable(r *alnb.Results) { table(report.SamplingTable(r)) }

// Table shows a table.
func Table(t chart.Table) { table(t) }

// Say shows a sentence.
func Say(sentence string) {
	s := newScreen()
	s.line(sentence)
	s.close()
}

// Check ends the cell with the error's sentence, where there is an error.
func Check(err error) {
	if err != nil {
		exit(newScreen(), err.Error())
	}
}

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
