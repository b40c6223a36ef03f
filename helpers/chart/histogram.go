package chart

import (
	"fmt"
	"math"
	"slices"
)

// Histogram describes how values are distributed.
type Histogram struct {
	Title  string
	XLabel string // what the values are
	Note   string
	Series []Sample
	Bins   int // of equal width over the range of all values; 0 is 20
}

// Sample is the values of one colour. Those that are not finite are left out, and counted in the note.
type Sample struct {
	Name   string
	Values []float64
}

// Bars counts the values in each bin: [low, high), the last one [low, high].
func (h Histogram) Bars() Bars {
	bins := h.Bins
	if bins <= 0 {
		bins = 20
	}
	low, high, left := math.Inf(1), math.Inf(-1), 0
	for _, s := range h.Series {
		for _, v := range s.Values {
			if !finite(v) {
				left++
				continue
			}
			low, high = min(low, v), max(high, v)
		}
	}
	b := Bars{Title: h.Title, XLabel: h.XLabel, YLabel: "count", Note: h.Note}
	if left > 0 {
		b.Note = fmt.Sprintf("%d values that are no numbers are left out. %s", left, h.Note)
	}
	if low > high { // there are no values
		low, high, bins = 0, 0, 0
	} else if low == high {
		bins = 1
	}
	width := high/float64(max(1, bins)) - low/float64(max(1, bins)) // the difference itself may be too large
	for i := range bins {
		b.Categories = append(b.Categories, fmt.Sprintf("%.3g", low+(float64(i)+0.5)*width))
	}
	for _, s := range h.Series {
		counts := make([]float64, bins)
		for _, v := range s.Values {
			if finite(v) {
				i := 0
				if width > 0 {
					i = max(0, min(int(v/width-low/width), bins-1))
				}
				counts[i]++
			}
		}
		b.Series = append(b.Series, BarSeries{Name: s.Name, Y: slices.Clip(counts)})
	}
	return b
}
