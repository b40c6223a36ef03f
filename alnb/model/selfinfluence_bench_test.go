package model

import (
	"fmt"
	"testing"
	"time"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
)

// BenchmarkSelfInfluence compares three ways through the same 256 texts, about as long as AG News': their self-influence in
// batches, their gradients in training's mini-batches of 16 (forward and backward, without the optimizer), and the gradient and
// its norm one text at a time, each in a row as long as it needs. It reports milliseconds a document.
func BenchmarkSelfInfluence(b *testing.B) {
	const n, alone = 256, 32
	for name, bfloat16 := range map[string]bool{"float32": false, "bfloat16": true} {
		c := openBench(b, bfloat16)
		c.ready = true
		examples, made := textsLikeNews(b, c, n)
		ways := map[string]struct {
			docs int
			pass func() error
		}{
			"batched":  {n, func() error { _, err := c.SelfInfluence(b.Context(), examples, nil, nil); return err }},
			"alone":    {alone, oneByOne(b, c, made, n/alone)},
			"training": {n, backwardPass(b, c, made)},
		}
		for way, w := range ways {
			b.Run(fmt.Sprintf("%s/%s", name, way), func(b *testing.B) {
				best := time.Hour
				if err := w.pass(); err != nil { // compiles
					b.Fatal(err)
				}
				for b.Loop() {
					start := time.Now()
					if err := w.pass(); err != nil {
						b.Fatal(err)
					}
					best = min(best, time.Since(start))
				}
				b.ReportMetric(best.Seconds()*1e3/float64(w.docs), "best-ms/document")
			})
		}
	}
}

// textsLikeNews are texts of 15 to 128 tokens, 52 on average.
func textsLikeNews(b *testing.B, c *Classifier, n int) ([]corpus.Example, []example) {
	stream := keyed.Key{Purpose: "bench"}.Stream()
	var examples []corpus.Example
	for i := range n {
		text := ""
		for range min(126, max(13, int(50+20*stream.NormFloat64()))) {
			text += []string{"market ", "game ", "study ", "war ", "oil ", "team ", "web ", "deal "}[stream.IntN(8)]
		}
		examples = append(examples, corpus.Example{Document: corpus.Document{ID: fmt.Sprint(i), Text: text}, Label: i % 4})
	}
	made, err := c.gold(b.Context(), examples)
	if err != nil {
		b.Fatal(err)
	}
	for i := range made {
		made[i].weight = 1
	}
	return examples, made
}

// gradientProgram gives one number of the gradient by all weights, so that no more than that comes back.
func gradientProgram(b *testing.B, c *Classifier, one func(gradient *Node) *Node) *model.Exec {
	backend, err := Backend()
	if err != nil {
		b.Fatal(err)
	}
	p := c.programs
	program, err := model.NewExec(backend, p.variables, func(scope *model.Scope, in []*Node) *Node {
		n := len(in) - 2
		w := p.weightsIn(scope, in[0].Graph())
		loss := p.network.loss(p.precise(w), in[:n], in[n], in[n+1], Const(in[0].Graph(), float32(1)), nil)
		var weights []*Node
		for _, name := range p.trained {
			weights = append(weights, w.Of(name))
		}
		sum := loss
		for _, gradient := range Gradient(loss, weights...) {
			sum = Add(sum, one(gradient))
		}
		return sum
	})
	if err != nil {
		b.Fatal(err)
	}
	program.SetMaxCache(-1)
	b.Cleanup(program.Finalize)
	return program
}

// backwardPass goes through examples in mini-batches of 16.
func backwardPass(b *testing.B, c *Classifier, examples []example) func() error {
	program := gradientProgram(b, c, ReduceAllMax)
	shortest := shortestRow(documentsOf(examples), c.arch.limit())
	return func() error {
		for from := 0; from < len(examples); from += 16 {
			mini := c.miniBatch(examples[from:from+16], all(16), shortest, []float32{1, 1, 1, 1})
			if _, err := c.programs.run(b.Context(), program, append(mini.inputs, mini.targets, mini.weights)); err != nil {
				return err
			}
		}
		return nil
	}
}

// oneByOne goes through every so manyth example by itself.
func oneByOne(b *testing.B, c *Classifier, examples []example, every int) func() error {
	program := gradientProgram(b, c, func(gradient *Node) *Node { return ReduceAllSum(Square(gradient)) })
	return func() error {
		for i := 0; i < len(examples); i += every {
			one := examples[i : i+1]
			length := padTo(trainingLengths, tokensOf(one[0].document), c.arch.limit())
			l := onePerRow(1, 1, length)
			l.slots = slotsIn(length)
			targets, weights := c.targets(batch{docs: all(1), layout: l}, one, []float32{1, 1, 1, 1})
			inputs := append(c.arch.inputs(documentsOf(one), l), targets, weights)
			if _, err := c.programs.run(b.Context(), program, inputs); err != nil {
				return err
			}
		}
		return nil
	}
}
