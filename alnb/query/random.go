package query

import "context"

// Random asks for documents drawn uniformly: the baseline every strategy has to beat.
type Random struct{}

// Name implements Strategy.
func (Random) Name() string { return "random" }

// Score implements Strategy: random has none, and Top breaks the tie at random.
func (Random) Score(context.Context, Request) ([]float64, error) { return nil, nil }
