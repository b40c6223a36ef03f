package chart

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// These are options that go-echarts has no fields for.
type (
	scatterSeries struct {
		Name       string        `json:"name"`
		Type       string        `json:"type"`
		Data       []scatterItem `json:"data"`
		Symbol     string        `json:"symbol"`
		SymbolSize float64       `json:"symbolSize"`
		KeepAspect bool          `json:"symbolKeepAspect"` // in the legend, too
		ItemStyle  itemStyle     `json:"itemStyle"`
	}
	scatterItem struct {
		Value [2]float64    `json:"value"`
		Name  string        `json:"name,omitempty"`
		Text  string        `json:"text,omitempty"` // ours: what draw.js writes beside it
		Label *scatterLabel `json:"label,omitempty"`
	}
	scatterLabel struct {
		Show            bool       `json:"show"`
		Position        string     `json:"position"`
		Offset          [2]float64 `json:"offset"`
		Color           string     `json:"color"`
		FontSize        int        `json:"fontSize"`
		TextBorderColor string     `json:"textBorderColor"`
		TextBorderWidth int        `json:"textBorderWidth"`
	}
	itemStyle struct {
		Color       any     `json:"color"`
		BorderColor string  `json:"borderColor"`
		BorderWidth float64 `json:"borderWidth"`
		Opacity     float64 `json:"opacity"`
	}
	linear struct {
		Type  string `json:"type"`
		X     int    `json:"x"`
		Y     int    `json:"y"`
		X2    int    `json:"x2"`
		Y2    int    `json:"y2"`
		Stops []stop `json:"colorStops"`
	}
	stop struct {
		Offset int    `json:"offset"`
		Color  string `json:"color"`
	}
)

func (s Scatter) options() ([]byte, error) {
	var names []string
	var series []scatterSeries
	if f := s.Field; f != nil && !f.Classes {
		names = append(names, f.legend())
		series = append(series, scatterSeries{Name: f.legend(), Type: "scatter", Data: []scatterItem{}, Symbol: "rect", ItemStyle: itemStyle{
			Color:       linear{"linear", 0, 0, 1, 0, []stop{{0, style{color: shade(0)}.hex()}, {1, style{color: shade(1)}.hex()}}},
			BorderColor: "#aaa", BorderWidth: 1, Opacity: 1,
		}})
	}
	offsets := s.offsets()
	for i, g := range s.Groups {
		names = append(names, label(g.Name))
		series = append(series, g.series(offsets[i]))
	}
	b := s.box()
	x := opts.XAxis{Type: "value", Min: b.left, Max: b.right, AxisLabel: insideLabels(), AxisLine: atTheEdge(), SplitLine: &opts.SplitLine{Show: opts.Bool(false)}}
	plane := charts.NewScatter()
	plane.SetGlobalOptions(s.frame().options(names, x)...)
	plane.SetGlobalOptions(charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "item"}))
	y := &plane.YAxisList[0]
	y.Min, y.Max, y.AxisLabel, y.AxisLine = b.bottom, b.top, insideLabels(), atTheEdge()
	plane.Legend.ItemWidth = 16
	options := plane.JSON()
	options["series"] = series
	if s.Field != nil {
		y.SplitLine.Show = opts.Bool(false)
		options["backgroundColor"] = "transparent"
		picture, err := s.Field.png()
		if err != nil {
			return nil, err
		}
		options["alnbField"] = "data:image/png;base64," + base64.StdEncoding.EncodeToString(picture)
	}
	data, err := json.Marshal(options)
	if err != nil {
		return nil, fmt.Errorf("chart: options of %q: %w", s.Title, err)
	}
	return data, nil
}

// insideLabels leaves out those of an axis' ends, which are no round numbers.
func insideLabels() *opts.AxisLabel {
	labels := axisLabel()
	labels.ShowMinLabel, labels.ShowMaxLabel = opts.Bool(false), opts.Bool(false)
	return labels
}

// atTheEdge keeps an axis from crossing the other at 0.
func atTheEdge() *opts.AxisLine {
	return &opts.AxisLine{Show: opts.Bool(true), OnZero: opts.Bool(false), LineStyle: &opts.LineStyle{Color: "#666"}}
}

func (p Points) series(offsets []offset) scatterSeries {
	g := p.glyph()
	s := scatterSeries{
		Name: label(p.Name), Type: "scatter", Data: []scatterItem{}, Symbol: g.marker, SymbolSize: 2 * g.radius, KeepAspect: true,
		ItemStyle: itemStyle{Color: style{color: g.color}.hex(), BorderColor: style{color: g.edge}.hex(), BorderWidth: g.width, Opacity: 1},
	}
	if g.color.A == 0 {
		s.ItemStyle.Color = "transparent"
	}
	for i, it := range p.items() {
		point := scatterItem{Value: [2]float64{it.x, it.y}, Name: it.name, Text: it.label}
		if it.label != "" {
			point.Label = &scatterLabel{true, "inside", [2]float64{offsets[i].right, offsets[i].down}, "#000", labelSize, "#fff", 3}
		}
		s.Data = append(s.Data, point)
	}
	return s
}
