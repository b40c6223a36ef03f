package stop_test

import (
	"fmt"

	"github.com/alnb/alnb/alnb/stop"
)

// history has four models' predictions of ten texts, of which the last two models differ in none.
var history = []stop.Round{
	{Number: 0, Labels: 20, Predicted: []int{0, 0, 0, 1, 1, 2, 2, 0, 0, 0}},
	{Number: 1, Labels: 40, Predicted: []int{0, 1, 0, 1, 1, 2, 2, 0, 2, 1}},
	{Number: 2, Labels: 60, Predicted: []int{0, 1, 0, 1, 1, 2, 2, 0, 1, 1}},
	{Number: 3, Labels: 80, Predicted: []int{0, 1, 0, 1, 1, 2, 2, 0, 1, 1}},
}

// Asks several criteria; it is for the reader to weigh what they say.
func ExampleAdvise() {
	criteria := []stop.Criterion{
		stop.Budget{Labels: 500}, stop.ClassificationChange{}, stop.KappaAverage{Window: 2}, stop.TargetScore{Score: 0.9},
	}
	all, err := stop.Advise(criteria, history)
	if err != nil {
		fmt.Println(err)
	}
	for _, advice := range all {
		fmt.Println(advice.Criterion, advice.Stop, advice.Known)
		fmt.Println(" ", advice.Evidence)
	}
	// Output:
	// budget false true
	//   There are 80 labels of a budget of 500.
	// classification-change true true
	//   0 of 10 predictions changed from round 2 to round 3, a share of 0; 0 may.
	// kappa-average false true
	//   Kappa from model to model up to round 3 was 0.8462, 1 on 10 predictions; the mean is 0.9231, 0.99 or more is stable.
	// target-score false false
	//   There is no metric on a test split from round 3.
}

// Of tags, O is left out, as it is of span F1: here tag 0.
func ExampleDeltaF() {
	advice, err := stop.DeltaF{Window: 1, Positive: []int{1, 2}}.Advise(history)
	fmt.Println(advice.Stop, advice.Value, err)
	// Output: true 0 <nil>
}

// The first prediction says nothing of two classes, the second is sure.
func ExampleMeanEntropy() {
	uncertainty, err := stop.MeanEntropy([][]float64{{0.5, 0.5}, {1, 0}})
	fmt.Println(*uncertainty, err)
	// Output: 0.5 <nil>
}
