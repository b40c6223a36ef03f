package eval

import "slices"

// LabelsToReach returns how many labels a learning curve needs to reach a score, for the first time and by its mean: labels are
// counted in words for tagging, else in documents, and between two rounds the curve is a straight line. ok is false where it
// doesn't reach the score. most says that it takes so many at the most: the curve's first point is above the score, and no model was
// evaluated with fewer. Points of which not all seeds are finished are left out: their means are those of others.
func LabelsToReach(c Curve, score float64) (labels float64, most, ok bool) {
	points := wholePoints(c)
	for i, p := range points {
		if !(p.Mean >= score) {
			continue
		}
		x := float64(p.Labels())
		if i == 0 {
			return x, p.Mean > score, true
		}
		before := points[i-1]
		from := float64(before.Labels())
		return from + (x-from)*(score-before.Mean)/(p.Mean-before.Mean), false, true
	}
	return 0, false, false
}

// wholePoints are those that as many seeds have finished as any.
func wholePoints(c Curve) []Point {
	seeds := 0
	for _, p := range c.Points {
		seeds = max(seeds, p.Seeds)
	}
	return slices.DeleteFunc(slices.Clone(c.Points), func(p Point) bool { return p.Seeds < seeds })
}
