package model

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
)

func sample(t *testing.T, c *Classifier, docs []corpus.Document, samples int, seed uint64) [][][]float32 {
	t.Helper()
	out, err := c.DropoutProbabilities(t.Context(), docs, samples, seed, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, rows := range out {
		if len(rows) != samples {
			t.Fatalf("document %d has %d samples, want %d", i, len(rows), samples)
		}
		for _, row := range rows {
			if sum := total(row); len(row) != len(c.classes) || !(math.Abs(sum-1) <= 1e-5) {
				t.Fatalf("document %d: %v", i, row)
			}
		}
	}
	return out
}

// sameSamples tells whether two calls gave the same for all documents.
func sameSamples(a, b [][][]float32) bool { return slices.EqualFunc(a, b, same) }

// mean is the samples' mean, a document a row.
func mean(samples [][][]float32) [][]float32 {
	out := make([][]float32, len(samples))
	for i, rows := range samples {
		out[i] = make([]float32, len(rows[0]))
		for _, row := range rows {
			for k, p := range row {
				out[i][k] += p / float32(len(rows))
			}
		}
	}
	return out
}

// samplers are trained classifiers with dropout, by architecture, and documents of many lengths in several batches.
func samplers(t *testing.T, run func(t *testing.T, c *Classifier, docs []corpus.Document)) {
	t.Run("transformer", func(t *testing.T) {
		examples, docs := topics(t, 300)
		c := openTiny(t, quick)
		train(t, c, examples, 1)
		run(t, c, docs)
	})
	t.Run("light", func(t *testing.T) {
		examples, docs := kinds(300, 1)
		c, err := smallLight(t).Fit(t.Context(), namedTypes, examples, learner.Run{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		run(t, c, docs)
	})
}

func TestDropoutSamples(t *testing.T) {
	samplers(t, func(t *testing.T, c *Classifier, docs []corpus.Document) {
		encoded, err := c.encode(t.Context(), docs)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(scoringBatches(encoded, c.arch)); n < 2 {
			t.Fatalf("%d batch", n)
		}
		first := sample(t, c, docs, 3, 1)
		if !sameSamples(first, sample(t, c, docs, 3, 1)) {
			t.Error("the same seed gave other numbers")
		}
		if sameSamples(first, sample(t, c, docs, 3, 2)) {
			t.Error("another seed gave the same numbers")
		}
		for i, rows := range first {
			if slices.Equal(rows[0], rows[1]) || slices.Equal(rows[1], rows[2]) || slices.Equal(rows[0], rows[2]) {
				t.Errorf("document %d: two samples are the same, %v", i, rows)
			}
		}
		for i, rows := range sample(t, c, docs, 5, 1) {
			if !same(rows[:3], first[i]) {
				t.Fatalf("document %d: the first 3 of 5 samples aren't those of 3", i)
			}
		}
		shuffled, order := slices.Clone(docs), rand.New(rand.NewPCG(1, 2)).Perm(len(docs))
		for i, from := range order {
			shuffled[i] = docs[from]
		}
		for i, rows := range sample(t, c, shuffled, 3, 1) {
			if !same(rows, first[order[i]]) {
				t.Fatalf("document %s has other samples in another order", shuffled[i].ID)
			}
		}
	})
}

// Copies of one text are independent draws wherever they lie, in one batch or in several.
func TestDropoutDrawsAreIndependent(t *testing.T) {
	samplers(t, func(t *testing.T, c *Classifier, docs []corpus.Document) {
		copies := make([]corpus.Document, 600)
		for i := range copies {
			copies[i] = corpus.Document{ID: docs[0].ID + strings.Repeat("'", i), Text: docs[0].Text}
		}
		drawn := make(map[float32]int)
		samples := sample(t, c, copies, 2, 1)
		for _, rows := range samples {
			for _, row := range rows {
				drawn[row[0]]++
			}
		}
		if n := len(drawn); n < 1000 { // a few may be the same by chance
			t.Errorf("%d copies with 2 samples have %d distinct probabilities", len(copies), n)
		}

		// Two halves of the draws have the same mean, within five standard errors.
		var sums, squares [2]float64
		for i, rows := range samples {
			for _, row := range rows {
				sums[i%2] += float64(row[0])
				squares[i%2] += float64(row[0]) * float64(row[0])
			}
		}
		n := float64(len(copies))
		a, b := sums[0]/n, sums[1]/n
		deviation := math.Sqrt((squares[0]/n - a*a + squares[1]/n - b*b) / n)
		if t.Logf("means %.4f and %.4f, standard error %.4f; without dropout %.4f", a, b, deviation, score(t, c, copies[:1])[0][0]); !(math.Abs(a-b) <= 5*deviation) {
			t.Errorf("the means of two halves are %g and %g, with a standard error of %g", a, b, deviation)
		}
	})
}

// Without dropout each sample is the probabilities; with it, the mean of many is near.
func TestDropoutSamplesLieAroundTheProbabilities(t *testing.T) {
	for _, family := range []string{"bert", "distilbert", "electra", "xlnet"} {
		s := openFamily(t, family+"-classification", Classification) // has no dropout
		c, docs := &Classifier{s.engine}, textsOf(s.want.Texts)
		slices.SortFunc(docs, func(a, b corpus.Document) int { return strings.Compare(a.ID, b.ID) }) // as they are laid out
		want := score(t, c, docs)
		for i, rows := range sample(t, c, docs, 2, 1) {
			if !slices.Equal(rows[0], want[i]) || !slices.Equal(rows[1], want[i]) {
				t.Errorf("%s, text %d: %v, without dropout %v", family, i, rows, want[i])
			}
		}
	}
	samplers(t, func(t *testing.T, c *Classifier, docs []corpus.Document) {
		docs = docs[:50]
		want, off := score(t, c, docs), 0.0
		for i, row := range mean(sample(t, c, docs, 200, 1)) {
			off += furthest(row, want[i]) / float64(len(docs))
		}
		if t.Logf("the mean of 200 samples is off by %.3f", off); !(off <= 0.1) {
			t.Errorf("the mean of 200 samples is off by %g in the mean over texts", off)
		}
	})
}

func TestDropoutSamplesOnDevices(t *testing.T) {
	_, docs := topics(t, 50)
	run := func(devices int) ([][][]float32, [][]float32) {
		c := openTiny(t, func(s *Transformer) { quick(s); s.Training.Devices = devices })
		adopt(t, c)
		return sample(t, c, docs, 2, 1), embed(t, c, docs)
	}
	samples, reads := run(1)
	showDevices(t, 2)
	shared, sharedReads := run(2)
	for i := range docs {
		if off := far(samples[i], shared[i]); !(off <= 1e-5) {
			t.Errorf("text %d: samples are off by %g", i, off)
		}
	}
	if off := far(reads, sharedReads); !(off <= 1e-5) {
		t.Errorf("embeddings are off by %g", off)
	}
}

func TestDropoutNeedsSamples(t *testing.T) {
	_, docs := topics(t, 3)
	c := openTiny(t, quick)
	adopt(t, c)
	if _, err := c.DropoutProbabilities(t.Context(), docs, 0, 1, nil); err == nil || !strings.Contains(err.Error(), "0 samples were asked for") {
		t.Errorf("no samples: %v", err)
	}
	if out := sample(t, c, nil, 2, 1); len(out) != 0 {
		t.Errorf("of no documents there are the samples %v", out)
	}
}
