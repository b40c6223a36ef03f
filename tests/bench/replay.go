package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/datasets"
)

// replayFlags are those of an active-learning run.
type replayFlags struct {
	file   string
	steps  int
	rounds int
	seed   uint64
}

// replay runs active learning on AG News: least confident, 50 + 3 × 50 labels. It prints one JSON line a round and
// writes the labeled sets as row numbers of train_5000.csv, for another library to train on.
func replay(ctx context.Context, dir, checkpoint string, f replayFlags) error {
	minilm := model.Pretrained(checkpoint)
	minilm.MaxTokens = maxTokens
	minilm.Training.Steps, minilm.Training.LearningRate = f.steps, learningRate
	experiment := alnb.Experiment{
		Data:  corpus.Limit(datasets.AGNews(), 5000, 2000),
		Arms:  []alnb.Arm{{Name: "LC", Acquisition: minilm, Strategy: query.LeastConfident{}}},
		Start: alnb.Docs(50), Batch: alnb.Docs(50), Rounds: f.rounds, Seeds: []uint64{f.seed},
	}
	data, err := experiment.Data.Load(ctx)
	if err != nil {
		return err
	}
	results, err := experiment.Run(ctx, filepath.Join(dir, "replay"), alnb.RunOptions{Progress: func(p alnb.Progress) {
		if p.Note != "" {
			say("%s", p.Note)
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
			"round": l.Round, "labeled": len(l.IDs), "accuracy": l.Value,
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
		return fmt.Errorf("bench: %w", err)
	}
	return store.WriteFile(f.file, raw)
}
