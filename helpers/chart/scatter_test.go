package chart

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"
	"testing"
)

func exampleScatter(names ...string) Scatter {
	s := Scatter{
		Title: names[0], XLabel: names[0], YLabel: names[0], Note: names[0],
		Field: &Field{Name: names[0], Right: 4, Top: 2, Columns: 4, Values: []float64{0, 1, 2, 3, 4, 5, 6, math.NaN()}},
	}
	for i, name := range names {
		x := float64(i) / 2
		s.Groups = append(s.Groups, Points{
			Name: name, Look: Look(i % 4), Color: i, X: []float64{x, x + 1, math.NaN()}, Y: []float64{0.5, 1.5, 1}, Names: []string{name}, Labels: []string{name},
		})
	}
	return s
}

func TestScatterEscapes(t *testing.T) {
	s := exampleScatter(hostile...)
	page, err := s.HTML()
	if err != nil {
		t.Fatal(err)
	}
	checkEscaped(t, string(page), 1)
	if alt := s.Alt(); strings.ContainsAny(alt, "\u202e\x00") || !strings.Contains(alt, "highest around (2.5, 1.5)") || !strings.Contains(alt, "2 points") || !strings.Contains(alt, "at (0.5, 0.5)") {
		t.Error(alt)
	}
}

func TestScatterPicture(t *testing.T) {
	for name, s := range map[string]Scatter{
		"ordinary":  exampleScatter("faint", "dots", "marks", "rings"),
		"hostile":   exampleScatter(hostile...),
		"empty":     {Title: "nothing yet"},
		"NaN":       {Groups: []Points{{X: []float64{math.NaN()}, Y: []float64{1}}}},
		"a point":   {Groups: []Points{{X: []float64{1}, Y: []float64{2}, Labels: []string{"1"}, Color: -3, Look: Marks}}},
		"neighbors": {Groups: []Points{{X: []float64{1, math.Nextafter(1, 2)}, Y: []float64{1e150, math.Nextafter(1e150, 0)}, Labels: []string{"1", "2"}}}},
		"tiny":      {Groups: []Points{{X: []float64{0, 5e-324}, Y: []float64{1e-300, 2e-300}}}},
		"huge":      {Groups: []Points{{X: []float64{-1.7e308, 1.7e308}, Y: []float64{1, 2}, Labels: []string{"1", "2"}}}},
		"one value": {Field: &Field{Right: 1, Top: 1, Columns: 1, Values: []float64{7}}},
		"no value":  {Field: &Field{Right: 1, Top: 1, Columns: 1, Values: []float64{math.NaN()}}},
		"classes":   {Field: &Field{Right: 1, Top: 1, Columns: 3, Values: []float64{0, -1, 1e300}, Classes: true}},
	} {
		if _, err := s.HTML(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if alt := s.Alt(); strings.Contains(alt, "NaN") {
			t.Errorf("%s: %s", name, alt)
		}
		if name != "ordinary" {
			continue
		}
		raw, err := s.PNG()
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string]color.NRGBA{"dots": styleOf(1).color, "marks": styleOf(2).color, "rings": {0, 0, 0, 255}, "faint": {0x55, 0x55, 0x55, 255}, "the darkest shade": shade(1)} {
			if n := count(picture, c); n < 20 {
				t.Errorf("%d pixels have the color of %s", n, what)
			}
		}
	}
}

func count(picture image.Image, c color.NRGBA) (n int) {
	for x := range picture.Bounds().Dx() {
		for y := range picture.Bounds().Dy() {
			if color.NRGBAModel.Convert(picture.At(x, y)) == c {
				n++
			}
		}
	}
	return n
}

func TestScatterOptions(t *testing.T) {
	s := exampleScatter("faint", "dots", "marks", "rings")
	raw, err := s.options()
	if err != nil {
		t.Fatal(err)
	}
	var o struct {
		AlnbField    string
		Legend       struct{ Data []string }
		Tooltip      struct{ Trigger string }
		XAxis, YAxis []struct{ Min, Max float64 }
		Series       []struct {
			Name, Type, Symbol string
			Data               []struct {
				Value      []float64
				Name, Text string
			}
			ItemStyle struct{ Color any }
		}
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(o.AlnbField, "data:image/png;base64,") || o.Tooltip.Trigger != "item" || len(o.Legend.Data) != 5 || len(o.Series) != 5 {
		t.Errorf("options: %s", raw)
	}
	if o.XAxis[0].Max != 4 || o.YAxis[0].Max != 2 || o.XAxis[0].Min != 0 {
		t.Errorf("the axes don't end where the field does: %+v %+v", o.XAxis, o.YAxis)
	}
	if o.Legend.Data[0] != "faint, 0.00 to 6.00" || len(o.Series[0].Data) != 0 {
		t.Errorf("the field's legend: %q, %+v", o.Legend.Data[0], o.Series[0])
	}
	marks, rings := o.Series[3], o.Series[4]
	if marks.Symbol != "triangle" || marks.ItemStyle.Color != "#009e73" || len(marks.Data) != 2 || marks.Data[0].Text != "marks" || marks.Data[1].Text != "" {
		t.Errorf("marks: %+v", marks)
	}
	if rings.ItemStyle.Color != "transparent" {
		t.Errorf("rings: %+v", rings)
	}
}

func TestFieldThatIsNone(t *testing.T) {
	for name, f := range map[string]Field{
		"no columns": {Right: 1, Top: 1, Values: []float64{1}}, "no values": {Right: 1, Top: 1, Columns: 1},
		"half a row": {Right: 1, Top: 1, Columns: 2, Values: []float64{1, 2, 3}}, "no width": {Top: 1, Columns: 1, Values: []float64{1}},
		"NaN": {Right: math.NaN(), Top: 1, Columns: 1, Values: []float64{1}}, "neighbors": {Left: 1, Right: math.Nextafter(1, 2), Top: 1, Columns: 1, Values: []float64{1}}, "too wide": {Left: -1.7e308, Right: 1.7e308, Top: 1, Columns: 1, Values: []float64{1}},
	} {
		s := Scatter{Field: &f}
		if _, err := s.HTML(); err == nil {
			t.Errorf("%s: drawn", name)
		}
		_ = s.Alt() // must not panic
	}
}

// Labels of points that lie close together don't lie on each other.
func TestLabelsDoNotOverlap(t *testing.T) {
	g := Points{Look: Rings}
	for i := range 8 {
		g.X, g.Y = append(g.X, 0.5+float64(i%3)/80), append(g.Y, 0.5+float64(i/3)/40)
		g.Labels = append(g.Labels, fmt.Sprint(i+1))
	}
	s := Scatter{Groups: []Points{g}, Field: &Field{Right: 1, Top: 1, Columns: 1, Values: []float64{0}}}
	offsets := s.offsets()[0]
	for i, a := range offsets {
		for j, b := range offsets[:i] {
			x := (g.X[i]-g.X[j])*(width-gridLeft-gridRight) + a.right - b.right
			y := (g.Y[j]-g.Y[i])*(height-gridTop-gridBottom) + a.down - b.down
			if math.Abs(x) < 7 && math.Abs(y) < 11 {
				t.Errorf("labels %d and %d are %g and %g pixels from each other", i+1, j+1, x, y)
			}
		}
	}
}
