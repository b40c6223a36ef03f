package stop

import (
	"cmp"
	"strconv"
	"strings"
)

// number writes x with four significant figures, or with as many as it takes to be on its own side of the limit: 0.98999
// must not read as the 0.99 that it falls short of.
func number(x, limit float64) string {
	for figures := 4; figures < 17; figures++ {
		short := strconv.FormatFloat(x, 'g', figures, 64)
		if shown, err := strconv.ParseFloat(short, 64); err == nil && cmp.Compare(shown, limit) == cmp.Compare(x, limit) {
			return short
		}
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// list writes numbers one after the other.
func list(numbers []float64, limit float64) string {
	all := make([]string, len(numbers))
	for i, x := range numbers {
		all[i] = number(x, limit)
	}
	return strings.Join(all, ", ")
}

// last names the rounds that a criterion looks at.
func last(rounds int) string {
	if rounds == 1 {
		return "the last round"
	}
	return "each of the last " + strconv.Itoa(rounds) + " rounds"
}
