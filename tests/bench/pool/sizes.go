package main

import (
	"context"
	"fmt"

	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/alnb/subsample"
	"github.com/alnb/alnb/helpers/chart"
)

// sizes shows what a query costs on pools of several sizes, in a table, and in a picture where a file is named. The picture
// goes on to a million documents: as steeply as between the two largest pools, and for Deadline level.
func (m *measured) sizes(ctx context.Context, seconds float64, picture string) error {
	samplers := []subsample.Sampler{subsample.Full{}, subsample.UPS{Gamma: 0.1, T: 0.01}, subsample.Deadline{Seconds: seconds}}
	lines := chart.Lines{
		Title: "What a query costs", XLabel: "documents in the pool", YLabel: "seconds", Log: true,
		Series: []chart.Series{{Name: "all"}, {Name: "UPS"}, {Name: fmt.Sprintf("Deadline(%g s)", seconds)}},
	}
	fmt.Printf("| pool | full, s | UPS, s | Deadline(%g s), s |\n|---:|---:|---:|---:|\n", seconds)
	for _, n := range m.poolSizes() {
		for i, sampler := range samplers {
			_, _, wall, err := m.sample(ctx, sampler, n, 2)
			if err != nil {
				return err
			}
			s := &lines.Series[i]
			s.X, s.Y = append(s.X, float64(n)), append(s.Y, wall)
		}
		last := len(lines.Series[0].Y) - 1
		fmt.Printf("| %d | %.2f | %.2f | %.2f |\n", n, lines.Series[0].Y[last], lines.Series[1].Y[last], lines.Series[2].Y[last])
	}
	lines.Note = fmt.Sprintf("Measured up to %d documents, computed beyond.", len(m.pool))
	for i, sampler := range samplers {
		s := lines.Series[i]
		slope := steepness(s)
		if _, bounded := sampler.(subsample.Deadline); bounded {
			slope = 0
		}
		beyond := extrapolated(s, slope)
		beyond.Name = s.Name + ", computed"
		s.Name += fmt.Sprintf(": %.2f s for 1,000", 1000*slope)
		lines.Series[i] = s
		lines.Series = append(lines.Series, beyond)
		fmt.Printf("\n%s; a million documents would take %.4g s.", s.Name, beyond.Y[len(beyond.Y)-1])
	}
	fmt.Println()
	if picture == "" {
		return nil
	}
	png, err := lines.PNG()
	if err != nil {
		return err
	}
	return store.WriteFile(picture, png)
}

// poolSizes are 1,000, five times that and so on, and the whole pool; at least two.
func (m *measured) poolSizes() []int {
	var sizes []int
	for n := min(1000, len(m.pool)/5); n < len(m.pool); n *= 5 {
		sizes = append(sizes, n)
	}
	return append(sizes, len(m.pool))
}

// steepness is the seconds for each document more, between the last two pools.
func steepness(s chart.Series) float64 {
	last := len(s.X) - 1
	return (s.Y[last] - s.Y[last-1]) / (s.X[last] - s.X[last-1])
}

// extrapolated goes on from the last pool to a million documents.
func extrapolated(s chart.Series, slope float64) chart.Series {
	last := len(s.X) - 1
	var beyond chart.Series
	for x := s.X[last]; ; x = min(2*x, 1e6) {
		beyond.X, beyond.Y = append(beyond.X, x), append(beyond.Y, s.Y[last]+slope*(x-s.X[last]))
		if x >= 1e6 {
			return beyond
		}
	}
}
