package eval

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/alnb/alnb/alnb/keyed"
)

// rightOf is what a model of classes found, that is right on a share of the documents.
func rightOf(stream *rand.Rand, share float64, documents int) []Tally {
	tallies := make([]Tally, documents)
	for i := range tallies {
		tallies[i] = Tally{Gold: 1, Predicted: 1}
		if stream.Float64() < share {
			tallies[i].Right = 1
		}
	}
	return tallies
}

func TestPairedDifferenceOfOneSeed(t *testing.T) {
	stream := keyed.Key{Purpose: "test"}.Stream()
	a, b := rightOf(stream, 0.9, 2000), rightOf(stream, 0.85, 2000)
	d, err := PairedDifference([][]Tally{a}, [][]Tally{b}, keyed.Key{})
	if err != nil {
		t.Fatal(err)
	}
	// For one seed the bootstrap's interval is, but for its draws, that of the mean of the differences.
	var sum, squares float64
	for i := range a {
		x := float64(a[i].Right - b[i].Right)
		sum, squares = sum+x, squares+x*x
	}
	mean := sum / 2000
	half := 1.96 * math.Sqrt((squares/2000-mean*mean)/2000)
	if d.Mean != mean && math.Abs(d.Mean-mean) > 1e-15 || math.Abs(d.Low-(mean-half)) > 0.05*half || math.Abs(d.High-(mean+half)) > 0.05*half {
		t.Errorf("%+v, want %g ± %g", d, mean, half)
	}
	if d.Seeds != 1 || d.Test != 2000 {
		t.Errorf("%+v", d)
	}
	if again, _ := PairedDifference([][]Tally{a}, [][]Tally{b}, keyed.Key{}); again != d {
		t.Error("the same key gave another interval")
	}
}

func TestPairedDifferenceOfSeeds(t *testing.T) {
	stream := keyed.Key{Purpose: "test"}.Stream()
	same := rightOf(stream, 0.5, 300)
	all, none := rightOf(stream, 1, 300), rightOf(stream, 0, 300)
	for _, test := range []struct {
		name           string
		arm, against   [][]Tally
		mean, low, hig float64
	}{
		{"equal arms", [][]Tally{same, all}, [][]Tally{same, all}, 0, 0, 0},
		{"seeds that differ alone", [][]Tally{all, none}, [][]Tally{none, none}, 0.5, 0, 1},
		{"seeds that agree", [][]Tally{all, all}, [][]Tally{none, none}, 1, 1, 1},
	} {
		d, err := PairedDifference(test.arm, test.against, keyed.Key{})
		if err != nil || d.Mean != test.mean || d.Low != test.low || d.High != test.hig || d.Seeds != 2 {
			t.Errorf("%s: %+v, %v", test.name, d, err)
		}
	}
}

func TestPairedDifferenceRefuses(t *testing.T) {
	one := [][]Tally{make([]Tally, 3)}
	for _, test := range [][2][][]Tally{{nil, nil}, {one, nil}, {one, {make([]Tally, 2)}}, {{one[0], nil}, {one[0], one[0]}}} {
		if _, err := PairedDifference(test[0], test[1], keyed.Key{}); err == nil {
			t.Errorf("%v is compared", test)
		}
	}
}

func TestTalliesAddUpToTheScore(t *testing.T) {
	gold := [][]string{{"B-PER", "I-PER", "O"}, {"O", "B-LOC"}, {}, {"B-PER"}}
	predicted := [][]string{{"B-PER", "I-PER", "B-LOC"}, {"B-LOC", "B-LOC"}, {}, {"O"}}
	tallies, err := TallySpans(gold, predicted)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []Tally{{1, 2, 1}, {1, 2, 1}, {}, {1, 0, 0}} {
		if tallies[i] != want {
			t.Errorf("document %d: %+v, want %+v", i, tallies[i], want)
		}
	}
	sum := Total(tallies)
	scores, err := ScoreSpans(gold, predicted)
	if err != nil || math.Abs(sum.Score()-scores.F1) > 1e-15 || sum.SpanScore() != scores.SpanScore {
		t.Errorf("%g and %+v, want %+v", sum.Score(), sum.SpanScore(), scores.SpanScore)
	}
	if _, err := TallySpans(gold, predicted[:3]); err == nil {
		t.Error("a document without predicted tags is compared")
	}
	rows := [][]float32{{0.2, 0.8}, {0.5, 0.5}}
	classes := TallyClasses(rows, []int{1, 1})
	if got := classes[0].Plus(classes[1]).Score(); got != Accuracy(rows, []int{1, 1}) || got != 0.5 {
		t.Error(got)
	}
	if got := (Tally{}).Score(); got != 0 {
		t.Error(got)
	}
}
