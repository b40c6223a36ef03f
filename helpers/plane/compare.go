package plane

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/gonum/floats"

	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/helpers/chart"
)

// Compare asks each strategy for a batch and describes the batches in a table. It says how they differ, and not which is
// better.
func (s Scene) Compare(ctx context.Context, budget query.Budget, strategies ...query.Strategy) (chart.Table, error) {
	t := chart.Table{
		Caption: "What the batches are like",
		Columns: []chart.Column{{Name: "strategy"}, {Name: "uncertainty", Numbers: true}, {Name: "spread", Numbers: true},
			{Name: "classes", Numbers: true}, {Name: "new class", Numbers: true}, {Name: "far away", Numbers: true}},
		Note: "Uncertainty: the mean of 1 − max p in the batch. Spread: the mean distance between two of its documents. Classes: " +
			"those that an annotator would give it. New class: its documents of classes without a label. Far away: its documents " +
			"that lie far from most others.",
	}
	for _, strategy := range strategies {
		p, err := s.Ask(ctx, strategy, budget)
		if err != nil {
			return t, err
		}
		row, err := s.describe(p.Positions)
		if err != nil {
			return t, err
		}
		t.Rows = append(t.Rows, append([]string{strategy.Name()}, row...))
	}
	return t, nil
}

// describe returns the table's columns for a batch.
func (s Scene) describe(batch []int) ([]string, error) {
	known := make(map[int]bool)
	for _, l := range s.Labeled {
		known[l.Class] = true
	}
	classes := make(map[int]bool)
	uncertainty, spread, unknown, far := 0.0, 0.0, 0, 0
	pool, err := points(s.Pool)
	if err != nil {
		return nil, err
	}
	for i, position := range batch {
		class := s.gold[s.Pool[position].ID]
		classes[class] = true
		if !known[class] {
			unknown++
		}
		if lonely(pool, position) {
			far++
		}
		uncertainty += (1 - floats.Max(s.Model.predict(s.Model.head, s.Model.encode(pool[position])))) / float64(len(batch))
		for _, other := range batch[:i] {
			spread += distance(pool[position], pool[other]) / float64(len(batch)*(len(batch)-1)/2)
		}
	}
	return []string{fmt.Sprintf("%.2f", uncertainty), fmt.Sprintf("%.2f", spread), strconv.Itoa(len(classes)), strconv.Itoa(unknown), strconv.Itoa(far)}, nil
}

// lonely tells whether fewer than one in twenty of the pool is within 1.5 of a point.
func lonely(pool []Point, position int) bool {
	near := 0
	for _, p := range pool {
		if distance(p, pool[position]) < 1.5 {
			near++
		}
	}
	return near < len(pool)/20
}

func distance(a, b Point) float64 { return math.Hypot(a.X-b.X, a.Y-b.Y) }
