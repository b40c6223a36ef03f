// Command light measures the CNN-BiLSTM-CRF against PyTorch's on WikiGold, with the paper's sizes: blocks of 20 training
// steps on the same mini-batches and passes over all 1,696 sentences, by turns, ours and each peer's. It prints a table.
//
//	ALNB_DATA=DIR go run ./tests/bench/light -python V/bin/python
//
// The peers are peer_light.py on one and two threads, with packed and with padded sequences. docs/benchmarks.md says what
// came out.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/datasets"
)

const (
	trainSentences = 1357
	blockSteps     = 20
	seed           = 1
)

func main() {
	python := flag.String("python", "", "Python with torch, for the peers; empty measures ours alone")
	blocks := flag.Int("blocks", 8, "blocks of 20 training steps")
	passes := flag.Int("passes", 5, "passes over all sentences")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *python, os.Getenv("ALNB_DATA"), *blocks, *passes); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, python, data string, blocks, passes int) error {
	wikigold := filepath.Join(data, "wikigold", "wikigold.conll.txt")
	glove := filepath.Join(data, "glove", "glove.6B.100d.2604words.txt")
	sentences, err := datasets.CoNLL{Train: wikigold, Test: wikigold}.LoadTagged(ctx)
	if err != nil {
		return err
	}
	var peers []*peer
	if python != "" {
		for _, options := range [][]string{{"--threads", "1"}, {"--threads", "2"}, {"--threads", "1", "--packed"}, {"--threads", "2", "--packed"}} {
			p, err := startPeer(ctx, python, append(options, "--data", wikigold, "--weights", glove)...)
			if err != nil {
				return err
			}
			defer p.close()
			peers = append(peers, p)
		}
	}
	spec := model.CNNBiLSTMCRF(glove)
	spec.Training.Steps, spec.Training.Constant = blocks*blockSteps, true
	tagger, err := spec.OpenTagger(ctx, sentences.Types)
	if err != nil {
		return err
	}
	defer tagger.Close()
	steps, err := training(ctx, tagger, peers, sentences.Train[:trainSentences], spec.Training)
	if err != nil {
		return err
	}
	report("training steps/s", steps, peers)
	read, err := tagging(ctx, tagger, peers, sentences.Train, passes)
	if err != nil {
		return err
	}
	report("tagged sentences/s", read, peers)
	return nil
}

// training returns steps/s in each block: ours, then each peer's. What compiles has run before.
func training(ctx context.Context, tagger learner.Tagger, peers []*peer, docs []corpus.Tagged, t model.Training) (rates [][]float64, err error) {
	if _, err := tagger.Train(ctx, docs, learner.Run{Seed: seed}); err != nil {
		return nil, err
	}
	batches := miniBatches(len(docs), t.BatchSize, t.Steps)
	rates = make([][]float64, 1+len(peers))
	var failed error
	began := time.Now()
	_, err = tagger.Train(ctx, docs, learner.Run{Seed: seed, Progress: func(step, _ int) {
		if step%blockSteps != 0 || failed != nil {
			return
		}
		rates[0] = append(rates[0], blockSteps/time.Since(began).Seconds())
		for i, p := range peers {
			seconds, err := p.ask("train", batches[step-blockSteps:step])
			if err != nil {
				failed = err
				return
			}
			rates[1+i] = append(rates[1+i], blockSteps/seconds)
		}
		began = time.Now()
	}})
	if failed != nil {
		return nil, failed
	}
	return rates, err
}

// miniBatches are those that the training takes, as row numbers.
func miniBatches(n, size, steps int) (batches [][]int) {
	var order []int
	for epoch := 0; len(order) < size*steps; epoch++ {
		order = append(order, keyed.Key{Seed: seed, Purpose: "mini-batches", Round: epoch}.Stream().Perm(n)...)
	}
	for batch := range slices.Chunk(order[:size*steps], size) {
		batches = append(batches, batch)
	}
	return batches
}

// tagging returns sentences/s in each pass: ours with marginals, paths and their log-probabilities, then each peer's with
// paths alone, and with all of it.
func tagging(ctx context.Context, tagger learner.Tagger, peers []*peer, docs []corpus.Tagged, passes int) (rates [][]float64, err error) {
	rows := make([]int, len(docs))
	for i := range rows {
		rows[i] = i
	}
	rates = make([][]float64, 1+2*len(peers))
	for pass := range 1 + passes { // the first compiles, and looks words up
		began := time.Now()
		if _, err := tagger.Tag(ctx, docs, nil); err != nil {
			return nil, err
		}
		seconds := []float64{time.Since(began).Seconds()}
		for _, request := range []string{"tag", "score"} {
			for _, p := range peers {
				took, err := p.ask(request, rows)
				if err != nil {
					return nil, err
				}
				seconds = append(seconds, took)
			}
		}
		for i, s := range seconds {
			if pass > 0 {
				rates[i] = append(rates[i], float64(len(docs))/s)
			}
		}
	}
	return rates, nil
}

// report prints the median of each row of rates, its range, and how many times as fast ours, the first, is.
func report(title string, rates [][]float64, peers []*peer) {
	for i, row := range rates {
		slices.Sort(row)
		name, median := "alnb", row[len(row)/2]
		if i > 0 {
			name = peers[(i-1)%len(peers)].name
		}
		if i > len(peers) {
			name += ", with marginals"
		}
		ours := rates[0][len(rates[0])/2]
		fmt.Printf("%-20s %-45s %8.2f  (%.2f to %.2f)  %.2f ×\n", title, name, median, row[0], row[len(row)-1], ours/median)
	}
}
