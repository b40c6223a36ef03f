package chart

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"strconv"
)

// Field is a value for each cell of a grid over a part of the plane: a score, drawn from white to dark, or a class.
type Field struct {
	Name                     string // what the values are
	Left, Bottom, Right, Top float64
	Columns                  int       // cells in a row
	Values                   []float64 // row by row, from left to right, the lowest row first; those that are not finite stay white
	Classes                  bool      // values are the numbers of colours, as in Points.Color
}

func (f *Field) box() box { return box{f.Left, f.Bottom, f.Right, f.Top} }

func (f *Field) check() error {
	if f.Columns <= 0 || len(f.Values) == 0 || len(f.Values)%f.Columns != 0 {
		return fmt.Errorf("chart: field %q has %d values in rows of %d", f.Name, len(f.Values), f.Columns)
	}
	if !wide(f.Left, f.Right) || !wide(f.Bottom, f.Top) {
		return fmt.Errorf("chart: field %q reaches from (%g, %g) to (%g, %g)", f.Name, f.Left, f.Bottom, f.Right, f.Top)
	}
	return nil
}

// wide tells whether there is an axis from low to high.
func wide(low, high float64) bool {
	return drawable(low) && drawable(high) && high-low > narrowest*max(math.Abs(low), math.Abs(high))
}

// limits returns the least and the largest value.
func (f *Field) limits() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range f.Values {
		if finite(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	if low > high {
		return 0, 0
	}
	return low, high
}

// legend is what the legend says of the values; a field of classes has the colours of the points.
func (f *Field) legend() string {
	low, high := f.limits()
	text := func(x float64) string { return fmt.Sprintf("%.3g", x) }
	if size := high - low; size >= 1e-4 && max(math.Abs(low), math.Abs(high)) < 1e6 {
		decimals := max(0, 2-int(math.Floor(math.Log10(size)))) // so that three digits tell one end from the other
		text = func(x float64) string { return strconv.FormatFloat(x, 'f', decimals, 64) }
	}
	return fmt.Sprintf("%s, %s to %s", label(f.Name), text(low), text(high))
}

func (f *Field) alt() string {
	if f.Classes {
		return label(f.Name)
	}
	best, top := 0, math.Inf(-1)
	for i, v := range f.Values {
		if finite(v) && v > top {
			best, top = i, v
		}
	}
	rows := len(f.Values) / max(1, f.Columns)
	x := f.Left + (float64(best%max(1, f.Columns))+0.5)*(f.Right-f.Left)/float64(max(1, f.Columns))
	y := f.Bottom + (float64(best/max(1, f.Columns))+0.5)*(f.Top-f.Bottom)/float64(max(1, rows))
	return fmt.Sprintf("%s, highest around (%.3g, %.3g)", f.legend(), x, y)
}

// shade is the colour of a value between 0 and 1, white at 0. Marks in the house's colours stand out from all of them.
func shade(share float64) color.NRGBA {
	white, dark := [3]float64{0xFF, 0xFF, 0xFF}, [3]float64{0x9C, 0xA3, 0xB4}
	var c [3]uint8
	for i := range c {
		c[i] = uint8(math.Round(white[i] + share*(dark[i]-white[i])))
	}
	return color.NRGBA{c[0], c[1], c[2], 0xFF}
}

// picture draws a pixel a cell.
func (f *Field) picture() image.Image {
	rows := len(f.Values) / f.Columns
	picture := image.NewNRGBA(image.Rect(0, 0, f.Columns, rows))
	low, high := f.limits()
	for i, v := range f.Values {
		c := color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF}
		switch {
		case !finite(v):
		case f.Classes:
			c = pale(styleOf(int(max(0, min(v, 1e6)))).color)
		case high > low:
			c = shade((v/2 - low/2) / (high/2 - low/2))
		}
		picture.SetNRGBA(i%f.Columns, rows-1-i/f.Columns, c)
	}
	return picture
}

// pale is a colour on white, seen through as much as a band.
func pale(c color.NRGBA) color.NRGBA {
	mix := func(x uint8) uint8 { return uint8(math.Round(255 + bandOpacity*(float64(x)-255))) }
	return color.NRGBA{mix(c.R), mix(c.G), mix(c.B), 0xFF}
}

func (f *Field) png() ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, f.picture()); err != nil {
		return nil, fmt.Errorf("chart: picture of field %q: %w", f.Name, err)
	}
	return b.Bytes(), nil
}
