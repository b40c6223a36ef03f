package eval

// A Tally counts what a model finds: the gold spans, those it predicts, and those that are right. A document of a class
// has one, and one is predicted.
type Tally struct{ Gold, Predicted, Right int }

// Plus is the tally of both together.
func (t Tally) Plus(u Tally) Tally {
	return Tally{t.Gold + u.Gold, t.Predicted + u.Predicted, t.Right + u.Right}
}

// Total is the tally of all together.
func Total(tallies []Tally) (total Tally) {
	for _, t := range tallies {
		total = total.Plus(t)
	}
	return total
}

// Times is the tally of n such documents.
func (t Tally) Times(n int) Tally { return Tally{n * t.Gold, n * t.Predicted, n * t.Right} }

// Score is 2·Right/(Gold + Predicted), and 0 where there is neither: of spans F1, of classes the accuracy.
func (t Tally) Score() float64 { return 2 * float64(t.Right) / float64(max(t.Gold+t.Predicted, 1)) }

// TallyClasses compares each document's most probable class with its gold class.
func TallyClasses(probabilities [][]float32, gold []int) []Tally {
	tallies := make([]Tally, len(gold))
	for i, row := range probabilities {
		tallies[i] = Tally{Gold: 1, Predicted: 1}
		if Best(row) == gold[i] {
			tallies[i].Right = 1
		}
	}
	return tallies
}
