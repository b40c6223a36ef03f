// Package chart draws charts and tables twice from one description: once to be looked at with a mouse (ECharts), and
// once as a picture or as plain text that stays wherever scripts don't run.
//
// All names, titles and labels are untrusted: they come from users' data. They are shown as text everywhere; characters
// that could rearrange or hide the text around them are shown as their escapes (see Visible).
package chart

import (
	"math"
	"slices"
)

// Lines describes a line chart: one line a series, with a translucent band of ± one standard deviation.
type Lines struct {
	Title   string
	XLabel  string
	YLabel  string
	Note    string   // a sentence under the chart, such as how many seeds it stands for; may be empty
	Sources []string // which data and models the run had, folded under the note; may be empty
	Series  []Series // drawn and listed in this order
	Log     bool     // both axes are logarithmic: points at or below 0 are left out, and bands
}

// Series is one line: Y over X, which ascends. Std is either empty or as long as Y; zeros draw no band. Points that
// are not finite are left out.
type Series struct {
	Name  string
	X, Y  []float64
	Std   []float64
	Style int // 1 to 7 for a colour, marker and dashes that other charts have, too; 0: by its place in the chart
}

// The size of a chart in CSS pixels.
const (
	width  = 760
	height = 440
)

// A point is one place on a line.
type point struct{ x, y, std float64 }

// style is that of the series in place i.
func (s Series) style(i int) style {
	if s.Style > 0 {
		i = s.Style - 1
	}
	return styleOf(i)
}

// points returns what of a series can be drawn.
func (s Series) points() []point {
	var out []point
	for i := range min(len(s.X), len(s.Y)) {
		p := point{x: s.X[i], y: s.Y[i]}
		if i < len(s.Std) && finite(s.Std[i]) {
			p.std = math.Abs(s.Std[i])
		}
		if finite(p.x) && finite(p.y) {
			out = append(out, p)
		}
	}
	return out
}

// points returns what of a line's series can be drawn on its axes.
func (l Lines) points(s Series) []point {
	points := s.points()
	if !l.Log {
		return points
	}
	points = slices.DeleteFunc(points, func(p point) bool { return p.x <= 0 || p.y <= 0 })
	for i := range points {
		points[i].std = 0
	}
	return points
}

// banded tells whether a line has a band at all.
func banded(points []point) bool {
	for _, p := range points {
		if p.std > 0 {
			return true
		}
	}
	return false
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
