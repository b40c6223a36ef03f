package chart

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The parts of a legend's entry, and what lies between entries.
const (
	sampleWidth = 34 * cssPixel
	sampleGap   = 6 * cssPixel
	entryGap    = 22 * cssPixel
	rowHeight   = 20 * cssPixel
)

// A legend lists the lines of a picture in centred rows between title and plot, where ECharts has it too. (gonum's own
// legend lies over the lines.)
type legend struct {
	text text.Style
	rows []legendRow
}

type legendRow struct {
	entries []legendEntry
	width   vg.Length
}

type legendEntry struct {
	name   string
	sample func(page draw.Canvas, x, y vg.Length) // draws what the name stands for, sampleWidth wide, from x, around y
	width  vg.Length
}

// newLegend breaks the entries into rows no wider than the page where they can be.
func newLegend(entries []legendEntry, width vg.Length) legend {
	g := legend{text: sans(plot.NewLegend().TextStyle, 13, gray(0x33))}
	g.text.YAlign = text.YCenter
	for _, e := range entries {
		e.width = sampleWidth + sampleGap + g.text.Width(e.name)
		last := len(g.rows) - 1
		if last < 0 || g.rows[last].width+entryGap+e.width > width {
			g.rows = append(g.rows, legendRow{[]legendEntry{e}, e.width})
			continue
		}
		g.rows[last].entries = append(g.rows[last].entries, e)
		g.rows[last].width += entryGap + e.width
	}
	return g
}

// legendRows is how many rows ECharts' legend of these names needs, or one more: its entries are nearer to each other.
func legendRows(names []string) int {
	var entries []legendEntry
	for _, name := range names {
		entries = append(entries, legendEntry{name: name})
	}
	return len(newLegend(entries, 0.92*width*cssPixel).rows)
}

func (g legend) height() vg.Length { return vg.Length(len(g.rows)) * rowHeight }

// draw draws the rows, the first one's upper edge at top.
func (g legend) draw(page draw.Canvas, top vg.Length) {
	for r, row := range g.rows {
		x := (page.Min.X + page.Max.X - row.width) / 2
		y := top - (vg.Length(r)+0.5)*rowHeight
		for _, e := range row.entries {
			e.sample(page, x, y)
			page.FillText(g.text, vg.Point{X: x + sampleWidth + sampleGap, Y: y + 1.5*cssPixel}, e.name)
			x += e.width + entryGap
		}
	}
}
