package eval

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/alnb/alnb/alnb/keyed"
)

// A Difference says by how much an arm's score is above another's, on the same test documents and with the same seeds.
type Difference struct {
	Arm     string  `json:"arm"`
	Against string  `json:"against"`
	Round   int     `json:"round"`
	Mean    float64 `json:"mean"` // of the score minus the other's, over seeds
	Low     float64 `json:"low"`  // the 95 % interval of Mean, see PairedDifference
	High    float64 `json:"high"`
	Seeds   int     `json:"seeds"`
	Test    int     `json:"test"` // documents in the test split
}

// draws is how often PairedDifference draws.
const draws = 10_000

// PairedDifference compares the scores (see Tally) of two arms, of which it is given a tally for each seed and test
// document, [seed][document].
//
// The interval is a paired bootstrap's (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13): seeds
// and documents are drawn with replacement, 10,000 times, the same for both arms and each drawn document for all drawn
// seeds; it reaches from the 2.5th to the 97.5th percentile of the mean differences. So it holds what another test split
// and other seeds would change. One seed says nothing of the latter, and two or three say little.
func PairedDifference(arm, against [][]Tally, key keyed.Key) (Difference, error) {
	if len(arm) == 0 || len(arm) != len(against) {
		return Difference{}, fmt.Errorf("eval: a paired difference needs the same seeds of both arms, and has %d and %d", len(arm), len(against))
	}
	documents := len(arm[0])
	for seed := range arm {
		if len(arm[seed]) != documents || len(against[seed]) != documents {
			return Difference{}, fmt.Errorf("eval: a paired difference needs the same test documents in all seeds of both arms, and has "+
				"%d in the first seed, %d and %d in another", documents, len(arm[seed]), len(against[seed]))
		}
	}
	once := make([]int, documents)
	for i := range once {
		once[i] = 1
	}
	mean := func(of []float64) float64 { return stat.Mean(of, nil) }
	drawn := make([]float64, draws)
	stream := key.Stream()
	for i := range drawn {
		differences := scoreDifferences(arm, against, resampled(stream, documents))
		again := make([]float64, len(differences))
		for s := range again {
			again[s] = differences[stream.IntN(len(differences))]
		}
		drawn[i] = mean(again)
	}
	slices.Sort(drawn)
	return Difference{
		Mean:  mean(scoreDifferences(arm, against, once)),
		Low:   stat.Quantile(0.025, stat.Empirical, drawn, nil),
		High:  stat.Quantile(0.975, stat.Empirical, drawn, nil),
		Seeds: len(arm), Test: documents,
	}, nil
}

// resampled draws as many documents as there are, and returns how often each was drawn.
func resampled(stream *rand.Rand, documents int) []int {
	times := make([]int, documents)
	for range documents {
		times[stream.IntN(documents)]++
	}
	return times
}

// scoreDifferences returns each seed's, with each document counted so many times.
func scoreDifferences(arm, against [][]Tally, times []int) []float64 {
	differences := make([]float64, len(arm))
	for seed := range arm {
		var a, b Tally
		for i, n := range times {
			a, b = a.Plus(arm[seed][i].Times(n)), b.Plus(against[seed][i].Times(n))
		}
		differences[seed] = a.Score() - b.Score()
	}
	return differences
}
