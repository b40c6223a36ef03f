package chart

import (
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Bars describes a bar chart: for each category a bar of each series, side by side.
type Bars struct {
	Title      string
	XLabel     string
	YLabel     string
	Note       string // a sentence under the chart; may be empty
	Categories []string
	Series     []BarSeries
}

// BarSeries is the bars of one colour: Y has a value for each category. Values that are not finite leave a gap.
type BarSeries struct {
	Name string
	Y    []float64
}

// at returns a series' value in a category.
func (s BarSeries) at(category int) (y float64, ok bool) {
	if category >= len(s.Y) || !finite(s.Y[category]) {
		return 0, false
	}
	return s.Y[category], true
}

func (b Bars) frame() frame {
	return frame{title: b.Title, xLabel: b.XLabel, yLabel: b.YLabel, note: b.Note}
}

// HTML returns the chart as a fragment of a page; see [Lines.HTML].
func (b Bars) HTML() (template.HTML, error) { return page(b) }

func (b Bars) labels() []string {
	out := make([]string, len(b.Categories))
	for i, c := range b.Categories {
		out[i] = label(c)
	}
	return out
}

func (b Bars) options() ([]byte, error) {
	bar := charts.NewBar()
	var names []string
	for i, s := range b.Series {
		names = append(names, label(s.Name))
		data := make([]opts.BarData, len(b.Categories))
		for c := range b.Categories {
			if y, ok := s.at(c); ok {
				data[c].Value = [2]float64{float64(c), y}
			} else {
				data[c].Value = []any{c, "-"} // ECharts' word for a gap
			}
		}
		bar.AddSeries(names[i], data, charts.WithItemStyleOpts(opts.ItemStyle{Color: styleOf(i).hex()}))
	}
	x := opts.XAxis{Type: "category", Data: b.labels(), AxisLabel: axisLabel()}
	bar.SetGlobalOptions(b.frame().options(names, x)...)
	data, err := json.Marshal(bar.JSON())
	if err != nil {
		return nil, fmt.Errorf("chart: options of %q: %w", b.Title, err)
	}
	return data, nil
}

// PNG draws the chart as a picture; see [Lines.PNG].
func (b Bars) PNG() ([]byte, error) {
	p := newPlot(b.frame())
	each := 0.8 / float64(max(1, len(b.Series))) // of the way from one category to the next
	var entries []legendEntry
	for i, s := range b.Series {
		fill := styleOf(i).color
		for c := range b.Categories {
			y, ok := s.at(c)
			if !ok {
				continue
			}
			left := float64(c) - 0.4 + float64(i)*each
			bar, err := plotter.NewPolygon(plotter.XYs{{X: left, Y: 0}, {X: left + each, Y: 0}, {X: left + each, Y: y}, {X: left, Y: y}})
			if err != nil {
				return nil, fmt.Errorf("chart: picture of %q: %w", b.Title, err)
			}
			bar.Color = fill
			bar.LineStyle.Width = 0
			p.Add(bar)
		}
		entries = append(entries, legendEntry{name: label(s.Name), sample: func(page draw.Canvas, x, y vg.Length) {
			half := rowHeight / 4
			page.FillPolygon(fill, []vg.Point{{X: x, Y: y - half}, {X: x + sampleWidth, Y: y - half}, {X: x + sampleWidth, Y: y + half}, {X: x, Y: y + half}})
		}})
	}
	p.X.Min, p.X.Max = -0.5, float64(len(b.Categories))-0.5
	p.Y.Min = min(p.Y.Min, 0)
	p.X.Tick.Marker = categoryTicks(b.labels())
	return render(p, b.Title, entries)
}

// categoryTicks name the categories, as many as there is room for.
func categoryTicks(labels []string) plot.TickerFunc {
	return func(float64, float64) []plot.Tick {
		every := 1
		for room := 100; ; every++ { // characters that fit beside each other
			used := 0
			for i := 0; i < len(labels); i += every {
				used += len(labels[i]) + 2
			}
			if used <= room || every >= len(labels) {
				break
			}
		}
		var ticks []plot.Tick
		for i := 0; i < len(labels); i += every {
			ticks = append(ticks, plot.Tick{Value: float64(i), Label: labels[i]})
		}
		return ticks
	}
}

// Alt says in words what the chart shows: how many bars, and where each series is highest.
func (b Bars) Alt() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s. Bar chart of %s over %s, %d categories.", Visible(b.Title), Visible(b.YLabel), Visible(b.XLabel), len(b.Categories))
	for _, s := range b.Series {
		best, top := -1, math.Inf(-1)
		for c := range b.Categories {
			if y, ok := s.at(c); ok && y > top {
				best, top = c, y
			}
		}
		if best < 0 {
			fmt.Fprintf(&out, " %s: no bars.", label(s.Name))
		} else {
			fmt.Fprintf(&out, " %s: highest at %s, %.4g.", label(s.Name), label(b.Categories[best]), top)
		}
	}
	return out.String()
}
