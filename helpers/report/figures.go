// Package report describes a run's results as charts and tables, and puts them on a page of their own.
package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/helpers/chart"
)

// CurveChart is the learning curves: mean and ± one standard deviation over the seeds.
func CurveChart(r *alnb.Results) chart.Lines { return curveLines(r.Title(), r.Sources(), r.Curves()) }

// CurveTable says the same in numbers.
func CurveTable(r *alnb.Results) chart.Table { return curveTable(r.Title(), r.Curves()) }

// AreaTable is the area under each arm's curve.
func AreaTable(r *alnb.Results) chart.Table { return areaTable(r.Curves()) }

// TimingTable is how long the rounds took.
func TimingTable(r *alnb.Results) chart.Table { return timingTable(r.Timings()) }

func curveLines(title string, sources []string, curves []eval.Curve) chart.Lines {
	l := chart.Lines{Title: title, XLabel: "labeled " + unit(curves), YLabel: metric(curves), Note: spread(curves), Sources: sources}
	low, high := reach(curves)
	for _, c := range curves {
		s := chart.Series{Name: c.Arm}
		for _, p := range c.Points {
			at := []float64{float64(p.Labels())}
			if c.All && high > low { // a line to come near to
				at = []float64{low, high}
			}
			for _, x := range at {
				s.X, s.Y, s.Std = append(s.X, x), append(s.Y, p.Mean), append(s.Std, p.Std)
			}
		}
		l.Series = append(l.Series, s)
	}
	return l
}

// reach is from how many labels to how many the curves go that have more than a point.
func reach(curves []eval.Curve) (low, high float64) {
	low = math.Inf(1)
	for _, c := range curves {
		for _, p := range c.Points {
			if !c.All {
				low, high = min(low, float64(p.Labels())), max(high, float64(p.Labels()))
			}
		}
	}
	return low, high
}

func metric(curves []eval.Curve) string {
	if len(curves) == 0 {
		return ""
	}
	return curves[0].Metric
}

// unit is what labels are counted in: words for tagging.
func unit(curves []eval.Curve) string {
	for _, c := range curves {
		for _, p := range c.Points {
			if p.Words > 0 {
				return "words"
			}
		}
	}
	return "documents"
}

// spread says what lines and bands stand for.
func spread(curves []eval.Curve) string {
	low, high := 0, 0
	for _, c := range curves {
		for _, p := range c.Points {
			if low == 0 || p.Seeds < low {
				low = p.Seeds
			}
			high = max(high, p.Seeds)
		}
	}
	switch {
	case high == 0:
		return "No round is finished yet."
	case high == 1:
		return "One seed."
	case low == high:
		return fmt.Sprintf("Mean ± one standard deviation over %d seeds.", high)
	}
	return fmt.Sprintf("Mean ± one standard deviation over the %d to %d seeds that are finished.", low, high)
}

func curveTable(title string, curves []eval.Curve) chart.Table {
	t := chart.Table{
		Caption: title,
		Columns: []chart.Column{{Name: "Arm"}, {Name: "Labeled " + unit(curves), Numbers: true}, {Name: metric(curves), Numbers: true}, {Name: "Seeds", Numbers: true}},
		Note:    spread(curves),
	}
	for _, c := range curves {
		for _, p := range c.Points {
			value := meanStd(eval.MeanStd{Mean: p.Mean, Std: p.Std, N: p.Seeds}, 4)
			t.Rows = append(t.Rows, []string{c.Arm, fmt.Sprint(p.Labels()), value, fmt.Sprint(p.Seeds)})
		}
	}
	return t
}

func areaTable(curves []eval.Curve) chart.Table {
	t := chart.Table{
		Caption: "Area under the curve",
		Columns: []chart.Column{{Name: "Arm"}, {Name: "Mean " + metric(curves) + " along the curve", Numbers: true}, {Name: "Seeds", Numbers: true}},
		Note:    "Over the seeds that have finished all rounds.",
	}
	first, last := math.MaxInt, 0
	for _, c := range curves {
		if n := len(c.Points); n > 1 {
			first = min(first, c.Points[0].Round)
			if c.Area.N > 0 {
				last = max(last, c.Points[n-1].Round)
			}
		}
	}
	var late, short []string
	for _, c := range curves {
		switch n := len(c.Points); {
		case n < 2: // of one it is the point
		case c.Points[0].Round > first: // its mean would be of better rounds
			late = append(late, c.Arm)
		case c.Area.N > 0 && c.Points[n-1].Round < last: // and of worse ones
			short = append(short, c.Arm)
		default:
			t.Rows = append(t.Rows, []string{c.Arm, known(c.Area, 4), fmt.Sprint(c.Area.N)})
		}
	}
	t.Note += leftOut("starts in a later round", late) + leftOut("ends in an earlier round", short)
	return t
}

// leftOut is a sentence on arms that a table doesn't have; "" where there are none.
func leftOut(why string, arms []string) string {
	if arms == nil {
		return ""
	}
	return fmt.Sprintf(" Left out is what %s: “%s”.", why, strings.Join(arms, "”, “"))
}

// LabelsTable says how many labels each arm needs for these shares of the score of the arm full, which was trained on all labels.
func LabelsTable(r *alnb.Results, full string, shares ...float64) (chart.Table, error) {
	of, err := r.Only(full)
	if err != nil {
		return chart.Table{}, err
	}
	line := of.Curves()[0]
	if !line.All {
		return chart.Table{}, fmt.Errorf("report: the arm %q isn't trained on all labels: give the experiment an Arm with All", full)
	}
	return labelsTable(r.Curves(), line, shares), nil
}

func labelsTable(curves []eval.Curve, line eval.Curve, shares []float64) chart.Table {
	t := chart.Table{
		Caption: fmt.Sprintf("Labels for a share of what all of them give (%s)", line.Arm),
		Columns: []chart.Column{{Name: "Arm"}},
		Note: fmt.Sprintf("Labeled %s until the mean over the seeds first reaches the share; between rounds a straight line. “more” is more than "+
			"the last round has that all its seeds have finished, “≤” that no model was evaluated with fewer.", unit(curves)),
	}
	if len(line.Points) == 0 {
		t.Note = "The model of all labels isn't trained yet."
		return t
	}
	score := line.Points[0].Mean
	for _, share := range shares {
		name := fmt.Sprintf("%.4g %% (%s %.3f)", 100*share, line.Metric, share*score)
		t.Columns = append(t.Columns, chart.Column{Name: name, Numbers: true})
	}
	for _, c := range curves {
		if c.All || len(c.Points) == 0 {
			continue
		}
		row := []string{c.Arm}
		for _, share := range shares {
			needed := "more"
			if labels, most, ok := eval.LabelsToReach(c, share*score); ok {
				if needed = fmt.Sprintf("%.0f", labels); most {
					needed = "≤ " + needed
				}
			}
			row = append(row, needed)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func timingTable(timings []eval.Timing) chart.Table {
	t := chart.Table{
		Caption: "Time for each round",
		Columns: []chart.Column{
			{Name: "Arm"}, {Name: "Round", Numbers: true}, {Name: "Training, s", Numbers: true},
			{Name: "Choosing from the pool, s", Numbers: true}, {Name: "Steps/s", Numbers: true}, {Name: "Documents/s", Numbers: true},
		},
		Note: "Counted are the training of the acquisition model and its inference over the pool.",
	}
	if slices.ContainsFunc(timings, func(row eval.Timing) bool { return row.Train.N > 1 }) {
		t.Note = "Mean ± one standard deviation over the seeds. " + t.Note
	}
	for i, row := range timings {
		round := fmt.Sprint(row.Round)
		if row.Round < 0 {
			round = "all"
			t.Strong = append(t.Strong, i)
		}
		t.Rows = append(t.Rows, []string{
			row.Arm, round, spent(row.Train), spent(row.Score),
			perSecond(row.Steps, row.Train.Mean, 1), perSecond(row.Scored, row.Score.Mean, 0),
		})
	}
	return t
}

// spent is a dash where no time was: a round without a query chooses nothing, and has a successor trained alone.
func spent(m eval.MeanStd) string {
	if m.Mean == 0 {
		return "–"
	}
	return meanStd(m, 1)
}

// meanStd leaves out the deviation of a single run, which has none.
func meanStd(m eval.MeanStd, decimals int) string {
	if m.N < 2 {
		return fmt.Sprintf("%.*f", decimals, m.Mean)
	}
	return chart.MeanStd(m.Mean, m.Std, decimals)
}

func perSecond(count, seconds float64, decimals int) string {
	if count <= 0 || seconds <= 0 {
		return "–"
	}
	return fmt.Sprintf("%.*f", decimals, count/seconds)
}
