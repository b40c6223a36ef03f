package model

import (
	"fmt"
	"testing"

	"github.com/alnb/alnb/alnb/keyed"
)

func openBench(b *testing.B) *Classifier {
	b.Helper()
	spec := Pretrained(minilm)
	spec.MaxTokens = 128
	e, err := spec.open(b.Context(), Classification, []string{"a", "b", "c", "d"})
	if err != nil {
		b.Skipf("NOT MEASURED: %v; run make setup", err)
	}
	b.Cleanup(func() { e.Close() })
	if err := e.programs.reset(e.startingWeights(1)); err != nil {
		b.Fatal(err)
	}
	return &Classifier{e}
}

func randomRows(size, length int) []document {
	rows := make([]document, size)
	stream := keyed.Key{Purpose: "bench"}.Stream()
	for i := range rows {
		rows[i].ids = make([]int32, length)
		for k := range rows[i].ids {
			rows[i].ids[k] = int32(1000 + stream.IntN(20000))
		}
	}
	return rows
}

func all(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// BenchmarkTrainingStep is one step of MiniLM on 16 rows of the given length.
func BenchmarkTrainingStep(b *testing.B) {
	c := openBench(b)
	for _, length := range []int{64, 96, 128} {
		var examples []example
		for _, doc := range randomRows(16, length) {
			examples = append(examples, example{document: doc, targets: oneHot(4)[:1], weight: 1})
		}
		mini := c.miniBatch(examples, all(16), []float32{1, 1, 1, 1})
		mini.temperature, mini.rate, mini.number = 1, 1e-6, 1
		step := func() {
			if _, err := c.programs.step(b.Context(), mini); err != nil {
				b.Fatal(err)
			}
		}
		b.Run(fmt.Sprint(length), func(b *testing.B) {
			step() // compiles
			for b.Loop() {
				step()
			}
			b.ReportMetric(float64(16*length*b.N)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}

// BenchmarkScoring is one batch of MiniLM.
func BenchmarkScoring(b *testing.B) {
	c := openBench(b)
	for _, length := range []int{32, 64, 128} {
		size := scoringRows(length)
		inputs := c.arch.inputs(randomRows(size, length), size, length)
		score := func() {
			if _, err := c.programs.predict(b.Context(), inputs); err != nil {
				b.Fatal(err)
			}
		}
		b.Run(fmt.Sprint(length), func(b *testing.B) {
			score() // compiles
			for b.Loop() {
				score()
			}
			b.ReportMetric(float64(size*length*b.N)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}
