// Command pool measures what a query costs on a large pool: AG News' 5,000 texts, tiled, and one frozen MiniLM in bfloat16
// that was trained on 100 of them. It prints tables for docs/benchmarks.md:
//
//   - UPS beside scoring everything: the share of the documents it scores, and its seconds for each padded token.
//   - Deadline: how late its queries are, and how much of the full query's choice they have, beside a random subset of
//     the same size.
//   - the cost of a query against the size of the pool.
//
// It takes a quarter of an hour with 50,000 documents:
//
//	ALNB_DATA=DIR go run ./tests/bench/pool -documents 50000
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/datasets"
)

const (
	seed      = 1
	batchSize = 50  // documents a query
	labeled   = 100 // that the model is trained on
	steps     = 100
	maxTokens = 128
)

func main() {
	documents := flag.Int("documents", 50_000, "documents in the pool")
	seconds := flag.Float64("deadline", 5, "seconds of Deadline")
	queries := flag.Int("queries", 20, "queries with Deadline")
	picture := flag.String("picture", "", "with sizes: draw them into this PNG file")
	only := flag.String("only", "ups,deadline,sizes", "the tables to make, separated by commas")
	flag.String("python", "", "not used: no peer has this") // given by make bench
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *documents, *seconds, *queries, *picture, strings.Split(*only, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "pool:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, documents int, seconds float64, queries int, picture string, only []string) error {
	data, err := datasets.AGNews().Load(ctx)
	if err != nil {
		return err
	}
	if documents < 10*batchSize || labeled+1 > len(data.Train) {
		return fmt.Errorf("-documents is %d; it must be at least %d", documents, 10*batchSize)
	}
	spec := model.Pretrained("sentence-transformers/all-MiniLM-L6-v2")
	spec.MaxTokens = maxTokens
	spec.Training.Steps, spec.Training.LearningRate, spec.Training.Bfloat16 = steps, 5e-5, true
	classifier, err := spec.Fit(ctx, data.Classes, data.Train[:labeled], learner.Run{Seed: seed})
	if err != nil {
		return err
	}
	defer classifier.Close()
	m := &measured{classifier: classifier, pool: tile(data.Train[labeled:], documents)}
	if err := m.full(ctx); err != nil {
		return err
	}
	for _, table := range []struct {
		name string
		make func() error
	}{
		{"ups", func() error { return m.ups(ctx) }},
		{"deadline", func() error { return m.deadline(ctx, seconds, queries) }},
		{"sizes", func() error { return m.sizes(ctx, seconds, picture) }},
	} {
		if !slices.Contains(only, table.name) {
			continue
		}
		if err := table.make(); err != nil {
			return err
		}
	}
	return nil
}

// tile returns n documents: the examples' texts, again and again.
func tile(examples []corpus.Example, n int) []corpus.Document {
	pool := make([]corpus.Document, n)
	for i := range pool {
		e := examples[i%len(examples)]
		pool[i] = corpus.Document{ID: e.ID + "/" + strconv.Itoa(i/len(examples)), Text: e.Text}
	}
	return pool
}

// key is that of a round.
func key(round int) keyed.Key { return keyed.Key{Seed: seed, Purpose: "bench", Round: round} }

// choice is what LeastConfident asks for, of documents with these scores.
func choice(ctx context.Context, docs []corpus.Document, scores []float64) (map[string]bool, error) {
	ranking, err := query.Ranking(docs, scores, key(0))
	if err != nil {
		return nil, err
	}
	chosen := make(map[string]bool, batchSize)
	for _, position := range ranking[:min(batchSize, len(ranking))] {
		chosen[docs[position].ID] = true
	}
	return chosen, ctx.Err()
}
