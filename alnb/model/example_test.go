package model_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/datasets"
)

// Fine-tunes a model, keeps it as a Hugging Face folder, and classifies with what was kept.
func ExampleTransformer_Fit() {
	ctx := context.Background()
	data, err := datasets.Synthetic{Train: 400, Test: 100, Seed: 1}.Load(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	tiny := model.Pretrained("testdata/tiny-bert") // or a name on the hub
	tiny.MaxTokens, tiny.Training.Steps, tiny.Training.LearningRate = 32, 100, 2e-3
	trained, err := tiny.Fit(ctx, data.Classes, data.Train, learner.Run{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer trained.Close()

	parent, _ := os.MkdirTemp("", "alnb")
	defer os.RemoveAll(parent)
	dir := filepath.Join(parent, "topics")
	if err := trained.Save(dir); err != nil {
		fmt.Println(err)
		return
	}
	kept, err := model.Load(ctx, dir, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer kept.Close()
	rows, err := kept.Probabilities(ctx, []corpus.Document{data.Test[0].Document}, nil)
	fmt.Println(kept.Classes(), len(rows), err)
	// Output: [World Sports Business Sci/Tech] 1 <nil>
}
