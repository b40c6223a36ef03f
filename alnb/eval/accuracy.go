package eval

import "gonum.org/v1/gonum/stat"

// Accuracy is the share of documents whose most probable class is their gold class. Of classes that tie for most
// probable the first counts. It is 0 for no documents.
func Accuracy(probabilities [][]float32, gold []int) float64 {
	if len(gold) == 0 {
		return 0
	}
	right := 0
	for i, row := range probabilities {
		if Best(row) == gold[i] {
			right++
		}
	}
	return float64(right) / float64(len(gold))
}

// Best returns the most probable class, the first of those that tie.
func Best(row []float32) int {
	best := 0
	for k, p := range row {
		if p > row[best] {
			best = k
		}
	}
	return best
}

// Over returns the mean and the sample standard deviation (n−1) of a value over runs; the deviation of one run is 0.
func Over[T any](runs []T, value func(T) float64) MeanStd {
	values := make([]float64, len(runs))
	for i, run := range runs {
		values[i] = value(run)
	}
	switch len(values) {
	case 0:
		return MeanStd{}
	case 1:
		return MeanStd{Mean: values[0], N: 1}
	}
	mean, std := stat.MeanStdDev(values, nil)
	return MeanStd{Mean: mean, Std: std, N: len(values)}
}
