package chart

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// Scatter describes points in the plane by groups, over a field of values where there is one.
type Scatter struct {
	Title  string
	XLabel string
	YLabel string
	Note   string   // a sentence under the chart; may be empty
	Field  *Field   // what lies behind the points; may be nil
	Groups []Points // drawn and listed in this order, the last one on top
}

// Points is the points of one look. Those that are not finite, or beyond 1e150, are left out.
type Points struct {
	Name   string
	Look   Look
	Color  int // of Dots and Marks: which of the house's colours, 0 or more, and of Marks the marker that goes with it
	X, Y   []float64
	Names  []string // of the points, shown where one points at them; may be empty
	Labels []string // such as numbers, written beside the points; may be empty
}

// Look is how the points of a group are drawn.
type Look int

const (
	Faint Look = iota // small gray dots
	Dots              // small dots in a colour
	Marks             // large marks in a colour
	Rings             // black rings, around points of another group
)

// An item is a point that can be drawn.
type item struct {
	x, y        float64
	name, label string
}

// items returns what of a group can be drawn.
func (p Points) items() []item {
	var out []item
	for i := range min(len(p.X), len(p.Y)) {
		if !drawable(p.X[i]) || !drawable(p.Y[i]) {
			continue
		}
		it := item{x: p.X[i], y: p.Y[i]}
		if i < len(p.Names) {
			it.name = label(p.Names[i])
		}
		if i < len(p.Labels) {
			it.label = label(p.Labels[i])
		}
		out = append(out, it)
	}
	return out
}

// drawable tells whether axes can reach a number; where differences overflow, their ticks would have no end.
func drawable(x float64) bool { return math.Abs(x) <= 1e150 }

// A box is a part of the plane.
type box struct{ left, bottom, right, top float64 }

// box returns the part of the plane that is shown: the field's, else all points with a margin.
func (s Scatter) box() box {
	if s.Field != nil {
		return s.Field.box()
	}
	b := box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, g := range s.Groups {
		for _, it := range g.items() {
			b = box{min(b.left, it.x), min(b.bottom, it.y), max(b.right, it.x), max(b.top, it.y)}
		}
	}
	if b.left > b.right {
		return box{0, 0, 1, 1}
	}
	b.left, b.right = widen(b.left, b.right)
	b.bottom, b.top = widen(b.bottom, b.top)
	return b
}

// widen adds a margin to a range, so that it is none between two neighboring numbers, where ticks would have no end either.
func widen(low, high float64) (float64, float64) {
	margin := max((high-low)/20, narrowest*max(math.Abs(low), math.Abs(high)))
	if margin == 0 {
		margin = 1
	}
	return low - margin, high + margin
}

// narrowest is how small an axis' range may be, as a share of the numbers on it.
const narrowest = 1e-6

func (s Scatter) frame() frame {
	return frame{title: s.Title, xLabel: s.XLabel, yLabel: s.YLabel, note: s.Note}
}

// HTML returns the chart as a fragment of a page; see [Lines.HTML].
func (s Scatter) HTML() (template.HTML, error) { return page(s) }

// Alt says in words what the chart shows: how many points each group has, and where those with a label are.
func (s Scatter) Alt() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s. Scatter chart of %s over %s.", Visible(s.Title), Visible(s.YLabel), Visible(s.XLabel))
	if s.Field != nil {
		fmt.Fprintf(&out, " Behind the points: %s.", s.Field.alt())
	}
	for _, g := range s.Groups {
		items := g.items()
		fmt.Fprintf(&out, " %s: %d points", label(g.Name), len(items))
		separator := ": "
		for _, it := range items {
			if it.label != "" {
				fmt.Fprintf(&out, "%s%s at (%.3g, %.3g)", separator, it.label, it.x, it.y)
				separator = ", "
			}
		}
		out.WriteByte('.')
	}
	return out.String()
}
