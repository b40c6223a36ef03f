package doubt

import (
	"cmp"
	"encoding/json"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/keyed"
)

// ranked is a suspect as the reference has it.
type ranked Suspect

// UnmarshalJSON reads [position, given, suggested, confidence].
func (r *ranked) UnmarshalJSON(raw []byte) error {
	var fields [4]float64
	err := json.Unmarshal(raw, &fields)
	*r = ranked{int(fields[0]), int(fields[1]), int(fields[2]), fields[3]}
	return err
}

// rankedDocument is a document with suspects as the reference has it.
type rankedDocument struct {
	position   int
	confidence float64
	words      []ranked
}

// UnmarshalJSON reads [position, confidence, words].
func (r *rankedDocument) UnmarshalJSON(raw []byte) error {
	var parts [3]json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil {
		return err
	}
	for i, into := range []any{&r.position, &r.confidence, &r.words} {
		if err := json.Unmarshal(parts[i], into); err != nil {
			return err
		}
	}
	return nil
}

// reference is what tests/reference/make_doubt.py wrote.
type reference struct {
	Cases []struct {
		Name           string
		Labels         []int
		Probabilities  [][]float64
		Thresholds     []float64
		Counts         [][]int
		Shares         [][]float64
		Margin         []ranked
		SelfConfidence []ranked `json:"self_confidence"`
	}
	Tagged struct {
		Tags           [][]int
		Probabilities  [][][]float64
		Margin         []rankedDocument
		SelfConfidence []rankedDocument `json:"self_confidence"`
	}
}

func readReference(t *testing.T) reference {
	t.Helper()
	raw, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9 }

// same tells whether suspects are those of the reference, in its order.
func same(got []Suspect, want []ranked) bool {
	return slices.EqualFunc(got, want, func(g Suspect, w ranked) bool {
		return g.Position == w.Position && g.Given == w.Given && g.Suggested == w.Suggested && near(g.Confidence, w.Confidence)
	})
}

func TestSuspectsAreTheReferences(t *testing.T) {
	all := 0
	for _, c := range readReference(t).Cases {
		joint, err := Estimate(c.Labels, c.Probabilities)
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		if !slices.EqualFunc(joint.Thresholds, c.Thresholds, near) {
			t.Errorf("%s: thresholds %v, want %v", c.Name, joint.Thresholds, c.Thresholds)
		}
		if !reflect.DeepEqual(joint.Counts, c.Counts) {
			t.Errorf("%s: confident joint %v, want %v", c.Name, joint.Counts, c.Counts)
		}
		row := func(a, b []float64) bool { return slices.EqualFunc(a, b, near) }
		if !slices.EqualFunc(joint.Shares, c.Shares, row) {
			t.Errorf("%s: joint %v, want %v", c.Name, joint.Shares, c.Shares)
		}
		for _, by := range []struct {
			rank Rank
			want []ranked
		}{{Margin, c.Margin}, {"", c.Margin}, {SelfConfidence, c.SelfConfidence}} {
			got, err := by.rank.Suspects(c.Labels, c.Probabilities)
			if err != nil || !same(got, by.want) {
				t.Errorf("%s: by %q: %v, %v; want %v", c.Name, by.rank, got, err, by.want)
			}
		}
		all += len(c.Margin)
	}
	if all < 100 {
		t.Errorf("the reference has %d suspects", all)
	}
}

func TestSuspectTagsAreTheReferences(t *testing.T) {
	c := readReference(t).Tagged
	for _, by := range []struct {
		rank Rank
		want []rankedDocument
	}{{Margin, c.Margin}, {SelfConfidence, c.SelfConfidence}} {
		got, err := by.rank.SuspectTags(c.Tags, c.Probabilities)
		if err != nil || len(by.want) < 5 || !slices.EqualFunc(got, by.want, func(g SuspectDocument, w rankedDocument) bool {
			return g.Position == w.position && near(g.Confidence, w.confidence) && same(g.Words, w.words)
		}) {
			t.Errorf("by %s: %v, %v; want %v", by.rank, got, err, by.want)
		}
	}
}

// cloud is documents of four classes as points in a plane, of which a tenth have a wrong label.
type cloud struct {
	points [][2]float64
	labels []int
	wrong  []bool
}

const classes = 4

func newCloud(n int, key keyed.Key) cloud {
	stream := key.Stream()
	c := cloud{points: make([][2]float64, n), labels: make([]int, n), wrong: make([]bool, n)}
	for i := range n {
		class := min(stream.IntN(classes+2), classes-1) // the last class is the most frequent
		angle := 2 * math.Pi * float64(class) / classes
		c.points[i] = [2]float64{3*math.Cos(angle) + stream.NormFloat64(), 3*math.Sin(angle) + stream.NormFloat64()}
		c.labels[i] = class
	}
	for _, i := range stream.Perm(n)[:n/10] {
		c.wrong[i], c.labels[i] = true, (c.labels[i]+1+stream.IntN(classes-1))%classes
	}
	return c
}

// outOfFold has each document's probabilities from a model that is trained on the other folds: the means of the classes,
// wrong labels and all, around which points are taken to be normal.
func (c cloud) outOfFold(k int, key keyed.Key) [][]float64 {
	rows := make([][]float64, len(c.labels))
	for _, fold := range Folds(c.labels, k, key) {
		var sums [classes][2]float64
		var counts [classes]float64
		for i, label := range c.labels {
			if _, held := slices.BinarySearch(fold, i); !held {
				sums[label][0] += c.points[i][0]
				sums[label][1] += c.points[i][1]
				counts[label]++
			}
		}
		for _, i := range fold {
			rows[i] = make([]float64, classes)
			total := 0.0
			for class, sum := range sums {
				x, y := c.points[i][0]-sum[0]/counts[class], c.points[i][1]-sum[1]/counts[class]
				rows[i][class] = counts[class] * math.Exp(-(x*x+y*y)/2)
				total += rows[i][class]
			}
			for class := range rows[i] {
				rows[i][class] /= total
			}
		}
	}
	return rows
}

// areaUnderROC is the probability that a document with a wrong label has a higher score than one with a right label; a tie
// counts half.
func areaUnderROC(scores []float64, wrong []bool) float64 {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(scores[a], scores[b]) })
	var above, right, bad float64
	for start := 0; start < len(order); {
		end, tiedRight, tiedBad := start, 0.0, 0.0
		for ; end < len(order) && scores[order[end]] == scores[order[start]]; end++ {
			if wrong[order[end]] {
				tiedBad++
			} else {
				tiedRight++
			}
		}
		above += tiedBad * (right + tiedRight/2)
		right, bad, start = right+tiedRight, bad+tiedBad, end
	}
	return above / (right * bad)
}

func TestPlantedErrorsAreFound(t *testing.T) {
	for seed := range uint64(3) {
		c := newCloud(2000, keyed.Key{Seed: seed, Purpose: "points"})
		rows := c.outOfFold(5, keyed.Key{Seed: seed, Purpose: "folds"})
		for _, rank := range []Rank{Margin, SelfConfidence} {
			suspects, err := rank.Suspects(c.labels, rows)
			if err != nil {
				t.Fatal(err)
			}
			scores, found := make([]float64, len(rows)), 0 // those that aren't suspects are last
			first := 0
			for i, s := range suspects {
				scores[s.Position] = s.Confidence
				if c.wrong[s.Position] {
					found++
					if i < 100 {
						first++
					}
				}
			}
			area, precision, recall := areaUnderROC(scores, c.wrong), float64(found)/float64(len(suspects)), float64(found)/200
			t.Logf("seed %d, by %s: area %.3f, %d suspects, precision %.3f, recall %.3f, %d of the first 100", seed, rank, area,
				len(suspects), precision, recall, first)
			if area < 0.9 || precision < 0.7 || recall < 0.8 || first < 95 {
				t.Errorf("seed %d, by %s: area %.3f, precision %.3f, recall %.3f, %d of the first 100", seed, rank, area, precision,
					recall, first)
			}
		}
		joint, err := Estimate(c.labels, rows)
		if err != nil || math.Abs(joint.Wrong()-0.1) > 0.03 {
			t.Errorf("seed %d: an estimated share of %.3f is wrong, %v", seed, joint.Wrong(), err)
		}
	}
}

func TestAreaUnderROC(t *testing.T) {
	wrong := []bool{false, true, false, true}
	for _, test := range []struct {
		scores []float64
		want   float64
	}{
		{[]float64{1, 3, 2, 4}, 1}, {[]float64{4, 1, 3, 2}, 0}, {[]float64{1, 1, 1, 1}, 0.5},
		{[]float64{1, 2, 3, 4}, 0.75}, {[]float64{0, 0, 0, 1}, 0.75},
	} {
		if got := areaUnderROC(test.scores, wrong); got != test.want {
			t.Errorf("%v: %g, want %g", test.scores, got, test.want)
		}
	}
}

func TestNothingToSuspect(t *testing.T) {
	for _, test := range []struct {
		labels        []int
		probabilities [][]float64
	}{{nil, nil}, {[]int{}, [][]float64{}}, {[]int{0, 0}, [][]float64{{1}, {1}}}, {[]int{1}, [][]float64{{0.9, 0.1}}}} {
		suspects, err := Suspects(test.labels, test.probabilities)
		if len(suspects) != 0 || err != nil {
			t.Errorf("%v: %v, %v", test.labels, suspects, err)
		}
		joint, err := Estimate(test.labels, test.probabilities)
		if joint.Wrong() != 0 || err != nil {
			t.Errorf("%v: %v, %v", test.labels, joint, err)
		}
	}
	docs, err := SuspectTags([][]int{{}, {7}}, [][][]float64{{}, {nil}})
	if len(docs) != 0 || err != nil {
		t.Errorf("%v, %v", docs, err)
	}
}

func TestRefused(t *testing.T) {
	good, nan, inf := []float64{0.5, 0.5}, math.NaN(), math.Inf(1)
	for _, test := range []struct {
		labels        []int
		probabilities [][]float64
		want          string
	}{
		{[]int{0}, nil, "there are 1 labels, and probabilities for 0"},
		{[]int{0, 1}, [][]float64{good, {1}}, "document at position 1 has 1 probabilities, and the document at position 0 has 2"},
		{[]int{0, 2}, [][]float64{good, good},
			"document at position 1 is labeled with class 2, and has probabilities for 2 classes"},
		{[]int{-1, 0}, [][]float64{good, good}, "document at position 0 is labeled with class -1"},
		{[]int{0}, [][]float64{{}}, "document at position 0 is labeled with class 0, and has probabilities for 0 classes"},
		{[]int{0, 0}, [][]float64{good, {nan, 0.5}}, "document at position 1 has the probability NaN for class 0"},
		{[]int{0, 0}, [][]float64{good, {0, inf}}, "document at position 1 has the probability +Inf for class 1"},
		{[]int{0, 0}, [][]float64{good, {0, math.Inf(-1)}}, "document at position 1 has the probability -Inf for class 1"},
		{[]int{0}, [][]float64{{-0.5, 1.5}}, "document at position 0 has the probability -0.5 for class 0"},
		{[]int{0}, [][]float64{{0.25, 0.25}}, "probabilities of the document at position 0 sum to 0.5"},
	} {
		for _, ask := range []func() error{
			func() error { _, err := Suspects(test.labels, test.probabilities); return err },
			func() error { _, err := Estimate(test.labels, test.probabilities); return err },
		} {
			if err := ask(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, %v: %v, want %q", test.labels, test.probabilities, err, test.want)
			}
		}
	}
	for _, test := range []struct {
		tags          [][]int
		probabilities [][][]float64
		want          string
	}{
		{[][]int{{0}}, nil, "there are tags of 1 documents, and probabilities for 0"},
		{[][]int{{0}, {0, 1}}, [][][]float64{{good}, {good}}, "document at position 1 has 2 tags, and probabilities for 1 words"},
		{[][]int{{0}, {0, 2}}, [][][]float64{{good}, {nil, good}},
			"word at position 1 of the document at position 1 is labeled with class 2"},
		{[][]int{{0}, {0, 1}}, [][][]float64{{good}, {good, {nan, 1}}},
			"word at position 1 of the document at position 1 has the probability NaN"},
	} {
		if _, err := SuspectTags(test.tags, test.probabilities); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v, want %q", test.tags, err, test.want)
		}
	}
	if _, err := Rank("loss").Suspects(nil, nil); err == nil || !strings.Contains(err.Error(), `no rank "loss"`) {
		t.Error(err)
	}
	if _, err := Rank("loss").SuspectTags(nil, nil); err == nil {
		t.Error("a rank that isn't there is taken")
	}
}
