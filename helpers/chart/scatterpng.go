package chart

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// PNG draws the chart as a picture; see [Lines.PNG].
func (s Scatter) PNG() ([]byte, error) {
	p := newPlot(s.frame())
	b := s.box()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = b.left, b.right, b.bottom, b.top
	var entries []legendEntry
	if f := s.Field; f != nil {
		if err := f.check(); err != nil {
			return nil, err
		}
		p.Add(plotter.NewImage(f.picture(), b.left, b.bottom, b.right, b.top))
		if !f.Classes {
			entries = append(entries, legendEntry{name: f.legend(), sample: gradient})
		}
	}
	offsets := s.offsets()
	for i, g := range s.Groups {
		glyph := g.glyph()
		p.Add(group{g.items(), glyph, offsets[i]})
		entries = append(entries, legendEntry{name: label(g.Name), sample: func(page draw.Canvas, x, y vg.Length) {
			glyph.draw(page, vg.Point{X: x + sampleWidth/2, Y: y})
		}})
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = b.left, b.right, b.bottom, b.top
	png, err := render(p, s.Title, entries)
	if err != nil {
		return nil, fmt.Errorf("chart: picture of %q: %w", s.Title, err)
	}
	return png, nil
}

// gradient is a field's sample in the legend.
func gradient(page draw.Canvas, x, y vg.Length) {
	const steps = 17
	half := rowHeight / 4
	for i := range steps {
		left, right := x+sampleWidth*vg.Length(i)/steps, x+sampleWidth*vg.Length(i+1)/steps
		page.FillPolygon(shade(float64(i)/(steps-1)), []vg.Point{{X: left, Y: y - half}, {X: right, Y: y - half}, {X: right, Y: y + half}, {X: left, Y: y + half}})
	}
	page.StrokeLines(draw.LineStyle{Color: gray(0xAA), Width: cssPixel}, []vg.Point{
		{X: x, Y: y - half}, {X: x + sampleWidth, Y: y - half}, {X: x + sampleWidth, Y: y + half}, {X: x, Y: y + half}, {X: x, Y: y - half}})
}

// glyph is how a point is drawn, in CSS pixels.
type glyph struct {
	color  color.NRGBA // of the inside; invisible for a ring
	edge   color.NRGBA
	width  float64 // of the edge
	radius float64 // without the edge
	marker string
}

func (p Points) glyph() glyph {
	style, white := styleOf(max(0, p.Color)), color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF}
	switch p.Look {
	case Dots:
		return glyph{style.color, white, 0.75, 3, "circle"}
	case Marks:
		return glyph{style.color, white, 1.5, 6, style.marker}
	case Rings:
		return glyph{color.NRGBA{}, color.NRGBA{0, 0, 0, 0xFF}, 2, 7, "circle"}
	}
	return glyph{color.NRGBA{0x55, 0x55, 0x55, 0xFF}, white, 0.75, 2.5, "circle"}
}

func (g glyph) draw(page draw.Canvas, at vg.Point) {
	if g.color.A == 0 {
		page.SetLineStyle(draw.LineStyle{Color: g.edge, Width: vg.Length(g.width) * cssPixel})
		var ring vg.Path
		radius := vg.Length(g.radius) * cssPixel
		ring.Move(vg.Point{X: at.X + radius, Y: at.Y})
		ring.Arc(at, radius, 0, 2*math.Pi)
		ring.Close()
		page.Stroke(ring)
		return
	}
	_, inside := strokes(style{color: g.color, marker: g.marker})
	outside := inside
	inside.Radius = vg.Length(g.radius) * cssPixel
	outside.Radius, outside.Color = inside.Radius+vg.Length(g.width)*cssPixel, g.edge
	page.DrawGlyph(outside, at)
	page.DrawGlyph(inside, at)
}

// group draws the points of a group.
type group struct {
	items   []item
	glyph   glyph
	offsets []offset // of their labels
}

// Plot implements plot.Plotter.
func (g group) Plot(page draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&page)
	style := sans(plot.NewLegend().TextStyle, labelSize, gray(0))
	style.XAlign, style.YAlign = text.XCenter, text.YCenter
	for _, it := range g.items {
		g.glyph.draw(page, vg.Point{X: x(it.x), Y: y(it.y)})
	}
	for i, it := range g.items {
		if it.label == "" {
			continue
		}
		at := vg.Point{X: x(it.x) + vg.Length(g.offsets[i].right)*cssPixel, Y: y(it.y) - vg.Length(g.offsets[i].down)*cssPixel}
		halo := style
		halo.Color = gray(0xFF)
		for angle := 0.0; angle < 2*math.Pi; angle += math.Pi / 4 {
			page.FillText(halo, vg.Point{X: at.X + vg.Length(1.5*math.Cos(angle))*cssPixel, Y: at.Y + vg.Length(1.5*math.Sin(angle))*cssPixel}, it.label)
		}
		page.FillText(style, at, it.label)
	}
}
