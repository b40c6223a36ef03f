package chart

import (
	"bytes"
	"image/png"
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestHistogramCounts(t *testing.T) {
	h := Histogram{Title: "t", XLabel: "score", Note: "a note", Bins: 4, Series: []Sample{
		{"all", []float64{0, 0.1, 0.25, 0.5, 0.99, 1, math.NaN()}}, {"some", []float64{0.3, 0.3}}, {"none", nil},
	}}
	b := h.Bars()
	if want := []string{"0.125", "0.375", "0.625", "0.875"}; !reflect.DeepEqual(b.Categories, want) {
		t.Errorf("bins %q", b.Categories)
	}
	if !reflect.DeepEqual(b.Series[0].Y, []float64{2, 1, 1, 2}) || !reflect.DeepEqual(b.Series[1].Y, []float64{0, 2, 0, 0}) || !reflect.DeepEqual(b.Series[2].Y, []float64{0, 0, 0, 0}) {
		t.Errorf("counts %+v", b.Series)
	}
	if b.Note != "1 values that are no numbers are left out. a note" {
		t.Error(b.Note)
	}
	for name, h := range map[string]Histogram{
		"no series": {}, "no values": {Series: []Sample{{"x", nil}}}, "one value": {Series: []Sample{{"x", []float64{3, 3}}}},
		"huge": {Series: []Sample{{"x", []float64{-1.7e308, 1.7e308}}}}, "tiny": {Series: []Sample{{"x", []float64{0, 1e-300}}}},
	} {
		total := 0.0
		for _, s := range h.Bars().Series {
			for _, y := range s.Y {
				total += y
			}
		}
		if _, err := h.Bars().HTML(); err != nil || (len(h.Series) > 0 && total != float64(len(h.Series[0].Values))) {
			t.Errorf("%s: %v, %g values", name, err, total)
		}
	}
}

func TestBarsAsPictureAndPage(t *testing.T) {
	b := Bars{Title: hostile[0], Categories: hostile, Series: []BarSeries{{hostile[2], []float64{1, 2, math.Inf(1)}}}}
	raw, err := b.PNG()
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(raw))
	if err != nil || picture.Bounds().Dx() != width*pixelDensity {
		t.Errorf("%v, %v", err, picture.Bounds())
	}
	blue := 0
	for x := range picture.Bounds().Dx() {
		for y := range picture.Bounds().Dy() {
			if r, g, bl, _ := picture.At(x, y).RGBA(); r>>8 == 0 && g>>8 == 0x72 && bl>>8 == 0xB2 {
				blue++
			}
		}
	}
	if blue < 10000 {
		t.Errorf("%d pixels have the bars' colour", blue)
	}
	page, err := b.HTML()
	if err != nil {
		t.Fatal(err)
	}
	checkEscaped(t, string(page), 1)
	if alt := b.Alt(); !strings.Contains(alt, "highest at ") || strings.ContainsAny(alt, "\u202e\x00") {
		t.Error(alt)
	}
}
