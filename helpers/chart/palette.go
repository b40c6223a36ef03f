package chart

import (
	"fmt"
	"image/color"
)

// bandOpacity is how much of what lies behind a band it covers.
const bandOpacity = 0.18

// A style tells one line from the others by colour, marker and dashes, so that it is still told apart in print and by
// colour-blind eyes.
type style struct {
	color  color.NRGBA
	marker string // ECharts' word: circle, rect, triangle or diamond
	dash   string // ECharts' word: solid, dashed or dotted
}

// styleOf returns the style of the i-th line. The colours are Okabe and Ito's, in an order whose first pairs differ
// most (https://jfly.uni-koeln.de/color/).
func styleOf(i int) style {
	colors := [...]color.NRGBA{
		{0x00, 0x72, 0xB2, 0xFF}, // blue
		{0xD5, 0x5E, 0x00, 0xFF}, // vermilion
		{0x00, 0x9E, 0x73, 0xFF}, // bluish green
		{0xCC, 0x79, 0xA7, 0xFF}, // reddish purple
		{0xE6, 0x9F, 0x00, 0xFF}, // orange
		{0x56, 0xB4, 0xE9, 0xFF}, // sky blue
		{0x00, 0x00, 0x00, 0xFF}, // black
	}
	markers := [...]string{"circle", "rect", "triangle", "diamond"}
	dashes := [...]string{"solid", "dashed", "dotted"}
	return style{colors[i%len(colors)], markers[i%len(markers)], dashes[i%len(dashes)]}
}

func (s style) hex() string { return fmt.Sprintf("#%02x%02x%02x", s.color.R, s.color.G, s.color.B) }

// band returns the colour of the line's band.
func (s style) band() color.NRGBA {
	c := s.color
	c.A = 46 // bandOpacity of 255
	return c
}
