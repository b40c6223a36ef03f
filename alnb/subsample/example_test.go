package subsample_test

import (
	"context"
	"fmt"
	"math"

	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/subsample"
)

// score stands for a model that reads the documents.
func score(_ context.Context, positions []int) ([]float64, error) {
	return make([]float64, len(positions)), nil
}

// The third query of an experiment scores what was uncertain before, and what nobody scored yet.
func ExampleUPS() {
	pool := subsample.Pool{
		IDs:   []string{"a", "b", "c", "d", "e"},
		Stale: []float64{0.1, 0.7, math.NaN(), 0.6, 0.2},
		Query: 2,
		Key:   keyed.Key{Seed: 1, Round: 2},
	}
	ups := subsample.UPS{Gamma: 0.2, T: 0.001, FullQueries: []int{0, 1}}
	sample, err := ups.Sample(context.Background(), pool, score)
	fmt.Println(sample.Positions, sample.Full, err)
	// Output: [1 2] false <nil>
}

// Half of this query lies in the most uncertain fifth of the pool by the previous model, and all of it in the upper half.
func ExampleContainment() {
	previous := []float64{0.1, 0.9, 0.3, 0.2, 0.8, 0.4, 0.7, 0.5, 0.6, 0.0}
	fmt.Println(subsample.Containment([]int{4, 8}, previous, []float64{0.1, 0.2, 0.5}))
	// Output: [0 0.5 1]
}

func ExampleExpectedShare() {
	ups := subsample.DefaultUPS()
	fmt.Printf("%.2f\n", subsample.ExpectedShare(ups.Gamma, ups.T))
	// Output: 0.11
}

// A person waits for half a second at most.
func ExampleDeadline() {
	pool := subsample.Pool{IDs: []string{"a", "b", "c"}, Stale: []float64{0.1, 0.7, 0.2}, Budget: 1}
	sample, err := subsample.Deadline{Seconds: 0.5}.Sample(context.Background(), pool, score)
	fmt.Println(sample.Full, sample.Late, err)
	// Output: true false <nil>
}
