package chart

import "math"

// labelSize is the height of a label's letters in CSS pixels.
const labelSize = 13

// The part of a chart that lies between its axes, in CSS pixels.
const (
	gridLeft, gridRight = 72, 28
	gridTop, gridBottom = 76, 58
)

// An offset is how far a label's middle is from its point, in CSS pixels.
type offset struct{ right, down float64 }

// offsets says for each item of each group where its label goes: as near as it doesn't lie over another label, over
// another point that has one, or outside.
func (s Scatter) offsets() [][]offset {
	b := s.box()
	type place struct{ x, y, half, high float64 } // its middle and half of its size
	var taken []place
	at := func(it item) (x, y float64) {
		return (it.x - b.left) / (b.right - b.left) * (width - gridLeft - gridRight), (b.top - it.y) / (b.top - b.bottom) * (height - gridTop - gridBottom)
	}
	for _, g := range s.Groups {
		for _, it := range g.items() {
			if it.label != "" {
				x, y := at(it)
				taken = append(taken, place{x, y, 7, 7})
			}
		}
	}
	out := make([][]offset, len(s.Groups))
	for i, g := range s.Groups {
		for _, it := range g.items() {
			if it.label == "" {
				out[i] = append(out[i], offset{})
				continue
			}
			x, y := at(it)
			best, least := place{}, math.Inf(1)
			for step := range 24 { // eight directions, each farther away than the last eight
				away := 16 + 10*float64(step/8)
				angle := math.Pi/4*float64(step%8) - math.Pi/4
				p := place{x: x + away*math.Cos(angle), y: y + away*math.Sin(angle), half: 4 * float64(len([]rune(it.label))), high: 6}
				covered := 0.0
				for _, other := range taken {
					covered += max(0, p.half+other.half-math.Abs(p.x-other.x)) * max(0, p.high+other.high-math.Abs(p.y-other.y))
				}
				if p.x < p.half || p.y < p.high || p.x > width-gridLeft-gridRight-p.half || p.y > height-gridTop-gridBottom-p.high {
					covered += 1000
				}
				if covered < least {
					best, least = p, covered
				}
			}
			taken = append(taken, best)
			out[i] = append(out[i], offset{math.Round(best.x - x), math.Round(best.y - y)})
		}
	}
	return out
}
