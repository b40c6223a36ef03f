package chart

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// options returns the ECharts options of the chart as JSON that is safe inside a script element: <, >, &, U+2028 and
// U+2029 are written as escapes, as encoding/json does. What JSON cannot say is added by draw.js.
func (l Lines) options() ([]byte, error) {
	line := charts.NewLine()
	var names []string
	for i, s := range l.Series {
		names = append(names, label(s.Name))
		addLine(line, names[i], s.style(i), l.points(s))
	}
	x := opts.XAxis{
		Type: l.frame().axis(), Scale: opts.Bool(true), AxisLabel: axisLabel(), SplitLine: &opts.SplitLine{Show: opts.Bool(false)},
	}
	line.SetGlobalOptions(l.frame().options(names, x)...)
	data, err := json.Marshal(line.JSON())
	if err != nil {
		return nil, fmt.Errorf("chart: options of %q: %w", l.Title, err)
	}
	return data, nil
}

// addLine adds the line and, where it has one, its band: a line nobody sees that runs along the upper edge and back
// along the lower one, so that the area between it and the axis is the band itself. (Stacking, as in ECharts' own
// example, adds up along x where both axes are numbers.) Both have one name, so the legend switches them together.
func addLine(line *charts.Line, name string, style style, points []point) {
	mean, edge := make([]opts.LineData, len(points)), make([]opts.LineData, 2*len(points))
	for j, p := range points {
		mean[j].Value = [3]float64{p.x, p.y, p.std}
		edge[j].Value = [2]float64{p.x, p.y + p.std}
		edge[len(edge)-1-j].Value = [2]float64{p.x, p.y - p.std}
	}
	line.AddSeries(name, mean,
		charts.WithLineChartOpts(opts.LineChart{Symbol: style.marker, SymbolSize: 9, ShowSymbol: opts.Bool(true)}),
		charts.WithLineStyleOpts(opts.LineStyle{Color: style.hex(), Width: 2.5, Type: style.dash}),
		charts.WithItemStyleOpts(opts.ItemStyle{Color: style.hex()}),
	)
	if banded(points) {
		line.AddSeries(name, edge,
			charts.WithLineChartOpts(opts.LineChart{Symbol: "none"}),
			charts.WithLineStyleOpts(opts.LineStyle{Color: style.hex(), Opacity: opts.Float(0)}),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: style.hex()}),
			charts.WithAreaStyleOpts(opts.AreaStyle{Color: style.hex(), Opacity: opts.Float(bandOpacity)}),
		)
	}
}

// options are those that all charts share. Values are drawn from 0 where x is made of categories, since bars stand on
// it.
func (f frame) options(names []string, x opts.XAxis) []charts.GlobalOpts {
	gray := &opts.TextStyle{Color: "#333", FontSize: 13}
	x.Name, x.NameLocation, x.NameGap = Visible(f.xLabel), "middle", 32
	top := gridTop
	legend := opts.Legend{
		Show: opts.Bool(true), Type: "plain", Data: names, Top: "36", Left: "center", Width: "92%", ItemWidth: 34, TextStyle: gray,
	}
	switch rows := legendRows(names); {
	case rows == 2:
		top += 24
	case rows > 2: // the lines need the room
		legend.Type = "scroll"
	}
	return []charts.GlobalOpts{
		charts.WithInitializationOpts(opts.Initialization{BackgroundColor: "#fff"}),
		charts.WithAnimation(false),
		charts.WithTitleOpts(opts.Title{
			Title: Visible(f.title), Left: "center", Top: "8",
			TitleStyle: &opts.TextStyle{Color: "#222", FontSize: 16, FontWeight: "bold"},
		}),
		charts.WithLegendOpts(legend),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}),
		charts.WithGridOpts(opts.Grid{Left: strconv.Itoa(gridLeft), Right: strconv.Itoa(gridRight), Top: strconv.Itoa(top), Bottom: strconv.Itoa(gridBottom)}),
		charts.WithXAxisOpts(x),
		charts.WithYAxisOpts(opts.YAxis{
			Type: f.axis(), Scale: opts.Bool(x.Type != "category"), Name: Visible(f.yLabel), NameLocation: "middle", NameGap: 48,
			AxisLabel: axisLabel(), SplitLine: gridLines(),
		}),
	}
}

// axis is the type of an axis of numbers.
func (f frame) axis() string {
	if f.log {
		return "log"
	}
	return "value"
}

func axisLabel() *opts.AxisLabel {
	return &opts.AxisLabel{Show: opts.Bool(true), Color: "#333", FontSize: 13}
}

func gridLines() *opts.SplitLine {
	return &opts.SplitLine{Show: opts.Bool(true), LineStyle: &opts.LineStyle{Color: "#e6e6e6"}}
}
