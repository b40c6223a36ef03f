package model

import (
	"fmt"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/keyed"
)

func openBench(b *testing.B, bfloat16 bool) *Classifier {
	b.Helper()
	spec := Pretrained(minilm)
	spec.MaxTokens, spec.Training.Bfloat16 = 128, bfloat16
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

// precisions runs a benchmark in both.
func precisions(b *testing.B, lengths []int, run func(b *testing.B, c *Classifier, length int) func()) {
	for name, bfloat16 := range map[string]bool{"float32": false, "bfloat16": true} {
		for _, length := range lengths {
			b.Run(fmt.Sprintf("%s/%d", name, length), func(b *testing.B) {
				once := run(b, openBench(b, bfloat16), length)
				once() // compiles
				once()
				best := time.Hour
				for b.Loop() {
					start := time.Now()
					once()
					best = min(best, time.Since(start))
				}
				b.ReportMetric(best.Seconds()*1e3, "best-ms")
			})
		}
	}
}

// BenchmarkTrainingStep is one step of MiniLM on 1024 tokens: documents of the given length.
func BenchmarkTrainingStep(b *testing.B) {
	precisions(b, []int{64, 128}, func(b *testing.B, c *Classifier, length int) func() {
		var examples []example
		for _, doc := range randomRows(1024/length, length) {
			examples = append(examples, example{document: doc, targets: oneHot(4)[:1], weight: 1})
		}
		mini := c.miniBatch(examples, all(len(examples)), shortestRow(documentsOf(examples), 128), []float32{1, 1, 1, 1})
		mini.temperature, mini.rate, mini.number = 1, 1e-6, 1
		return func() {
			if _, err := c.programs.step(b.Context(), mini); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkScoring is one batch of MiniLM, 2048 tokens: documents of the given length.
func BenchmarkScoring(b *testing.B) {
	precisions(b, []int{64, 128}, func(b *testing.B, c *Classifier, length int) func() {
		docs := randomRows(c.arch.atOnce()/length, length)
		batch := scoringBatches(docs, c.arch)[0]
		inputs := c.arch.inputs(at(docs, batch.docs), batch.layout)
		return func() {
			if _, err := c.programs.read(b.Context(), predictions, inputs); err != nil {
				b.Fatal(err)
			}
		}
	})
}
