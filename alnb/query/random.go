package query

import "context"

// Random asks for documents drawn uniformly: the baseline every strategy has to beat. It asks nothing of the model and
// costs a hash a document.
type Random struct{}

// Name implements Strategy.
func (Random) Name() string { return "random" }

// Score implements Scorer: random has none, and the tie of all documents is broken at random.
func (Random) Score(context.Context, Request) ([]float64, error) { return nil, nil }
