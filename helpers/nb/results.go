package nb

import (
	"fmt"
	"os"

	"github.com/alnb/alnb/alnb"
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
	if err := s.chart(report.CurveChart(r), report.CurveTable(r)); err != nil {
		exit(s, err.Error())
	}
	s.close()
}

// TimingTable shows how long the rounds took.
func TimingTable(r *alnb.Results) {
	s := newScreen()
	if err := s.table(report.TimingTable(r)); err != nil {
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
