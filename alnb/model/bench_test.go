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
	c, err := newClassifier(b.Context(), spec, []string{"a", "b", "c", "d"})
	if err != nil {
		b.Skipf("NOT MEASURED: %v; run make setup", err)
	}
	b.Cleanup(func() { c.Close() })
	for _, name := range c.fresh {
		c.initial[name] = initialWeight(name, c.shapes[name], 0.02, 1)
	}
	if err := c.programs.reset(c.initial); err != nil {
		b.Fatal(err)
	}
	return c
}

func randomRows(size, length int) [][]int32 {
	rows := make([][]int32, size)
	stream := keyed.Key{Purpose: "bench"}.Stream()
	for i := range rows {
		rows[i] = make([]int32, length)
		for k := range rows[i] {
			rows[i][k] = int32(1000 + stream.IntN(20000))
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
		batch := newBatch(randomRows(16, length), all(16), 16, length, 0)
		step := func() {
			if _, err := c.programs.step(b.Context(), batch, make([]int32, 16), []float32{1e-6, 0.1, 0.03}, []uint32{1, 2}); err != nil {
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
		size := max(4, scoringTokens/length)
		batch := newBatch(randomRows(size, length), all(size), size, length, 0)
		score := func() {
			if _, err := c.programs.probabilities(b.Context(), batch); err != nil {
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
