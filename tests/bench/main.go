// Command bench runs active learning on AG News in the set-up that docs/benchmarks.md compares with other libraries:
// least confident, 50 + 3 × 50 labels, 200 steps of 16 from MiniLM, texts cut to 128 tokens. It prints one JSON line a
// round and writes the labeled sets as row numbers of train_5000.csv, for another library to train on.
//
//	ALNB_DATA=DIR go run ./tests/bench -dir out/bench -replay out/replay.json
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/datasets"
)

func main() {
	dir := flag.String("dir", "out/bench", "the run's folder")
	replay := flag.String("replay", "out/replay.json", "file to write the labeled sets to")
	checkpoint := flag.String("model", "sentence-transformers/all-MiniLM-L6-v2", "folder or name of the pretrained model")
	steps := flag.Int("steps", 200, "training steps a round")
	rounds := flag.Int("rounds", 3, "queries")
	seed := flag.Uint64("seed", 1, "seed")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *dir, *replay, *checkpoint, *steps, *rounds, *seed); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir, replay, checkpoint string, steps, rounds int, seed uint64) error {
	minilm := model.Pretrained(checkpoint)
	minilm.MaxTokens = 128
	minilm.Training.Steps, minilm.Training.LearningRate = steps, 5e-5
	experiment := alnb.Experiment{
		Data:  corpus.Limit(datasets.AGNews(), 5000, 2000),
		Arms:  []alnb.Arm{{Name: "LC", Acquisition: minilm, Strategy: query.LeastConfident{}}},
		Start: alnb.Docs(50), Batch: alnb.Docs(50), Rounds: rounds, Seeds: []uint64{seed},
	}
	data, err := experiment.Data.Load(ctx)
	if err != nil {
		return err
	}
	results, err := experiment.Run(ctx, dir, alnb.RunOptions{Progress: func(p alnb.Progress) {
		if p.Note != "" {
			fmt.Fprintln(os.Stderr, p.Note)
		}
	}})
	if err != nil {
		return err
	}
	rowOf := make(map[string]int, len(data.Train))
	for row, e := range data.Train {
		rowOf[e.ID] = row
	}
	var sets [][]int
	timings := results.Timings()
	for i, l := range results.Labelings() {
		rows := make([]int, len(l.IDs))
		for k, id := range l.IDs {
			rows[k] = rowOf[id]
		}
		sets = append(sets, rows)
		t := timings[i]
		line := map[string]any{
			"round": l.Round, "labeled": len(l.IDs), "accuracy": l.Accuracy,
			"train_s": t.Train.Mean, "steps_per_s": t.Steps / t.Train.Mean,
		}
		if t.Score.Mean > 0 {
			line["query_s"], line["pool_docs_per_s"] = t.Score.Mean, t.Scored/t.Score.Mean
		}
		if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
			return err
		}
	}
	raw, err := json.Marshal(sets)
	if err != nil {
		return err
	}
	return store.WriteFile(replay, raw)
}
