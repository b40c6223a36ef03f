package report

import (
	"fmt"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/helpers/chart"
)

// HandedTable says which labels a session's hand-over gave to the successor.
func HandedTable(h alnb.Handed) chart.Table {
	r := h.Report
	t := chart.Table{
		Caption: "Labels for the successor",
		Columns: []chart.Column{{Name: "Labels"}, {Name: "Documents", Numbers: true}},
		Note:    Quality(r),
		Rows: [][]string{
			{"gold, of people", fmt.Sprint(r.Gold)},
			{"pseudo-labels", fmt.Sprint(r.Labeled)},
			{"dropped by " + r.Filter, fmt.Sprint(r.Dropped)},
			{"kept", fmt.Sprint(r.Kept)},
			{"the successor was trained on", fmt.Sprint(r.Gold + r.Kept)},
		},
		Strong: []int{4},
	}
	return t
}

// Quality is a sentence about the pseudo-labeler's quality q, and what else is to be known.
func Quality(r store.PseudoLabeling) string {
	if r.Quality == nil {
		return r.Note
	}
	sentence := fmt.Sprintf("q, the pseudo-labeler's quality on %d gold labels that were held out, is %.3f.", r.Quality.Held, r.Quality.Q)
	if folds := len(r.Quality.Folds); folds > 1 {
		sentence = fmt.Sprintf("q, the pseudo-labeler's quality on gold labels that were held out, in %d folds, is %.3f.", folds, r.Quality.Q)
	}
	if r.Note != "" {
		sentence += " " + r.Note
	}
	return sentence
}

// HandedScoreTable compares the successor with the session's last model.
func HandedScoreTable(h alnb.Handed, s alnb.SessionStatus) chart.Table {
	t := chart.Table{
		Caption: "On the test split",
		Columns: []chart.Column{{Name: "Model"}, {Name: "Trained on", Numbers: true}, {Name: h.Scores.Metric, Numbers: true}},
		Note:    fmt.Sprintf("Of %d documents, from which nothing was chosen.", h.Scores.Test),
	}
	if n := len(s.Models); n > 0 && s.Models[n-1].Metrics.Scores.Test > 0 {
		last := s.Models[n-1]
		t.Rows = append(t.Rows, []string{"the session's last", fmt.Sprint(last.Labeled), fmt.Sprintf("%.4f", last.Metrics.Scores.Value)})
	}
	t.Rows = append(t.Rows, []string{"the successor", fmt.Sprint(h.Report.Gold + h.Report.Kept), fmt.Sprintf("%.4f", h.Scores.Value)})
	return t
}

// HandedTimeTable is how long a session's hand-over took.
func HandedTimeTable(h alnb.Handed) chart.Table {
	t := chart.Table{
		Caption: "Time for the hand-over",
		Columns: []chart.Column{{Name: "Stage"}, {Name: "Seconds", Numbers: true}},
		Note:    "Stages that were finished before an interruption have the time that they took then.",
	}
	decimals := decimalsFor(h.Stages, func(s store.Stage) float64 { return s.Seconds })
	sum := 0.0
	for _, s := range h.Stages {
		sum += s.Seconds
		t.Rows = append(t.Rows, []string{s.Name, fmt.Sprintf("%.*f", decimals, s.Seconds)})
	}
	t.Strong = []int{len(t.Rows)}
	t.Rows = append(t.Rows, []string{"all", fmt.Sprintf("%.*f", decimals, sum)})
	return t
}
