package chart

import (
	"bytes"
	"fmt"
	"image/color"
	"slices"

	"golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

const (
	// pixelDensity is how many image pixels make a CSS pixel, so that pictures are sharp on dense screens.
	pixelDensity = 2
	// cssPixel is a CSS pixel on paper.
	cssPixel = vg.Inch / 96
)

// PNG draws the chart as a picture of width × height CSS pixels, in the colours, markers and dashes of the ECharts
// version. Its fonts cover Latin, Greek and Cyrillic; other scripts show as boxes.
func (l Lines) PNG() ([]byte, error) {
	p := newPlot(l.frame())
	bands, lines, err := l.plotters()
	if err != nil {
		return nil, fmt.Errorf("chart: picture of %q: %w", l.Title, err)
	}
	p.Add(bands...)
	p.Add(lines...)
	if l.Log {
		spread(&p.X)
		spread(&p.Y)
	}
	var entries []legendEntry
	for i, s := range l.Series {
		line, glyph := strokes(s.style(i))
		entries = append(entries, legendEntry{name: label(s.Name), sample: func(page draw.Canvas, x, y vg.Length) {
			page.StrokeLine2(line, x, y, x+sampleWidth, y)
			page.DrawGlyph(glyph, vg.Point{X: x + sampleWidth/2, Y: y})
		}})
	}
	return render(p, l.Title, entries)
}

// newPlot returns a plot with titles, axes and grid, and nothing in it.
func newPlot(f frame) *plot.Plot {
	p := plot.New()
	p.Title.Text = Visible(f.title)
	p.Title.TextStyle = sans(p.Title.TextStyle, 16, gray(0x22))
	p.Title.TextStyle.Font.Weight = font.WeightBold
	p.X.Label.Text = Visible(f.xLabel)
	p.Y.Label.Text = Visible(f.yLabel)
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle = sans(axis.Label.TextStyle, 14, gray(0x33))
		axis.Label.Padding = 6 * cssPixel
		axis.Tick.Label = sans(axis.Tick.Label, 13, gray(0x33))
		axis.Tick.Marker = plot.TickerFunc(labeledTicks)
		if f.log {
			axis.Scale, axis.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
		}
		axis.Tick.Length = 5 * cssPixel
		axis.Tick.Color, axis.Color = gray(0x66), gray(0x66)
	}
	grid := plotter.NewGrid()
	grid.Vertical.Color = nil
	grid.Horizontal = draw.LineStyle{Color: gray(0xE6), Width: cssPixel}
	p.Add(grid)
	return p
}

// render draws the plot with its legend.
func render(p *plot.Plot, title string, entries []legendEntry) ([]byte, error) {
	canvas := vgimg.PngCanvas{Canvas: vgimg.NewWith(
		vgimg.UseWH(width*cssPixel, height*cssPixel), vgimg.UseDPI(96*pixelDensity), vgimg.UseBackgroundColor(color.White))}
	page := draw.Crop(draw.New(canvas), 8*cssPixel, -20*cssPixel, 8*cssPixel, -10*cssPixel)
	legend := newLegend(entries, page.Max.X-page.Min.X)
	p.Title.Padding = legend.height() + 16*cssPixel
	p.Draw(page)
	legend.draw(page, page.Max.Y-p.Title.TextStyle.Height(p.Title.Text)-10*cssPixel)
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("chart: picture of %q: %w", title, err)
	}
	return b.Bytes(), nil
}

// spread gives a logarithmic axis a width where it has none: gonum's way would reach below 0.
func spread(axis *plot.Axis) {
	switch {
	case axis.Min > axis.Max:
		axis.Min, axis.Max = 1, 10
	case axis.Min == axis.Max:
		axis.Min, axis.Max = axis.Min/10, axis.Max*10
	}
}

// plotters returns what is drawn below and what above.
func (l Lines) plotters() (bands, lines []plot.Plotter, err error) {
	for i, s := range l.Series {
		points := l.points(s)
		if len(points) == 0 {
			continue
		}
		xys, edge := make(plotter.XYs, len(points)), make(plotter.XYs, 2*len(points))
		for j, p := range points {
			xys[j] = plotter.XY{X: p.x, Y: p.y}
			edge[j] = plotter.XY{X: p.x, Y: p.y + p.std}
			edge[len(edge)-1-j] = plotter.XY{X: p.x, Y: p.y - p.std}
		}
		if banded(points) {
			band, err := plotter.NewPolygon(edge)
			if err != nil {
				return nil, nil, err
			}
			band.Color = s.style(i).band()
			band.LineStyle.Width = 0
			bands = append(bands, band)
		}
		line, markers, err := plotter.NewLinePoints(xys)
		if err != nil {
			return nil, nil, err
		}
		line.LineStyle, markers.GlyphStyle = strokes(s.style(i))
		lines = append(lines, line, markers)
	}
	return bands, lines, nil
}

// strokes translates a style from ECharts' words.
func strokes(s style) (draw.LineStyle, draw.GlyphStyle) {
	line := draw.LineStyle{Color: s.color, Width: 2.5 * cssPixel}
	switch s.dash {
	case "dashed":
		line.Dashes = []vg.Length{8 * cssPixel, 5 * cssPixel}
	case "dotted":
		line.Dashes = []vg.Length{2.5 * cssPixel, 4 * cssPixel}
	}
	glyph := draw.GlyphStyle{Color: s.color, Radius: 5 * cssPixel, Shape: draw.CircleGlyph{}}
	switch s.marker {
	case "rect":
		glyph.Shape = draw.BoxGlyph{}
	case "triangle":
		glyph.Shape = draw.PyramidGlyph{}
	case "diamond":
		glyph.Shape = diamond{}
	}
	return line, glyph
}

// diamond is a filled glyph that gonum lacks.
type diamond struct{}

func (diamond) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	r := sty.Radius * 1.2
	c.FillPolygon(sty.Color, []vg.Point{{X: at.X, Y: at.Y + r}, {X: at.X + r, Y: at.Y}, {X: at.X, Y: at.Y - r}, {X: at.X - r, Y: at.Y}})
}

// labeledTicks are gonum's ticks without the small ones between them.
func labeledTicks(low, high float64) []plot.Tick {
	return slices.DeleteFunc(plot.DefaultTicks{}.Ticks(low, high), plot.Tick.IsMinor)
}

// sans returns a style in an upright sans serif font of a size in CSS pixels.
func sans(s text.Style, size vg.Length, c color.Color) text.Style {
	s.Font.Variant = "Sans"
	s.Font.Size = size * cssPixel
	s.Color = c
	return s
}

func gray(level uint8) color.Color { return color.Gray{Y: level} }
