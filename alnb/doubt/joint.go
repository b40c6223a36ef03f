package doubt

// A Joint estimates how given and true classes go together.
//
// The model is confident of class j for a document where p_j reaches the threshold
//
//	t_j = mean of p_j over the documents labeled j
//
// and, of all classes that reach theirs, p_j is the highest. The confident joint counts these,
//
//	C_ij = #{documents labeled i for which the model is confident of j}
//
// and calibrated, so that its rows sum to the shares of the labels, it estimates the distribution of given and true class:
//
//	Q_ij = (C_ij / Σ_j C_ij) · n_i / n
//
// for n_i documents labeled i of n (the paper's equations 1 to 3). A document for which the model is confident of nothing
// isn't counted.
//
// Where the paper is silent: a class that no document is labeled with has no threshold, and nothing is suspected of it; of
// classes with the same highest probability, the given one is taken, then the first; and a probability reaches a threshold
// that is 1e-9 above it, so that rounding of the mean suspects nobody.
type Joint struct {
	Thresholds []float64   `json:"thresholds"` // t_j; 2, which nothing reaches, for a class that no document is labeled with
	Counts     [][]int     `json:"counts"`     // C, [given][true]
	Shares     [][]float64 `json:"shares"`     // Q, [given][true]; their sum is 1
}

// slack is what a threshold may be above a probability that reaches it.
const slack = 1e-9

// Estimate makes the joint of documents with their labels and their probabilities, as [Rank.Suspects] takes them.
func Estimate(labels []int, probabilities [][]float64) (Joint, error) {
	if err := check(labels, probabilities, document); err != nil {
		return Joint{}, err
	}
	return estimate(labels, probabilities), nil
}

func estimate(labels []int, probabilities [][]float64) Joint {
	classes := 0
	if len(probabilities) > 0 {
		classes = len(probabilities[0])
	}
	j := Joint{Thresholds: make([]float64, classes), Counts: make([][]int, classes), Shares: make([][]float64, classes)}
	labeled := make([]int, classes)
	for i, row := range probabilities {
		labeled[labels[i]]++
		j.Thresholds[labels[i]] += row[labels[i]]
	}
	for class, n := range labeled {
		if n == 0 {
			j.Thresholds[class] = 2
		} else {
			j.Thresholds[class] /= float64(n)
		}
		j.Counts[class], j.Shares[class] = make([]int, classes), make([]float64, classes)
	}
	for i, row := range probabilities {
		if class := j.confident(labels[i], row); class >= 0 {
			j.Counts[labels[i]][class]++
		}
	}
	for given, counts := range j.Counts {
		sum := 0
		for _, n := range counts {
			sum += n
		}
		// Of a class with documents, the one with the highest p_j reaches the mean: the sum is 0 only where there are none.
		for class, n := range counts {
			j.Shares[given][class] = float64(n*labeled[given]) / float64(max(1, sum)*len(labels))
		}
	}
	return j
}

// confident is the class that the model is confident of for a document of a given class; −1 where there is none.
func (j Joint) confident(given int, row []float64) int {
	best := -1
	for class, p := range row {
		if p >= j.Thresholds[class]-slack && (best < 0 || p > row[best] || p == row[best] && class == given) {
			best = class
		}
	}
	return best
}

// Wrong is the estimated share of labels that are wrong, in [0, 1]: 1 − Σ_i Q_ii.
func (j Joint) Wrong() float64 {
	wrong := 0.0
	for given, shares := range j.Shares {
		for class, share := range shares {
			if class != given {
				wrong += share
			}
		}
	}
	return wrong
}
