// Command distilled compares a distilled encoder with its teacher, as docs/models.md does: each is fine-tuned on the AG
// News pool and scored on the test split. It prints one JSON line a model and seed.
//
//	alnb distill --teacher sentence-transformers/all-MiniLM-L6-v2 --in pool.jsonl --layers 3 --out out/minilm-3
//	ALNB_DATA=DATA go run ./tests/distilled -seeds 1,2 sentence-transformers/all-MiniLM-L6-v2 out/minilm-3
//
// With -texts it only prints the pool as JSON lines, for alnb distill.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/datasets"
)

func main() {
	texts := flag.Bool("texts", false, "print the pool's texts and end")
	steps := flag.Int("steps", 200, "training steps")
	labeled := flag.Int("labeled", 500, "documents of the pool to train on, the first ones")
	seeds := flag.String("seeds", "1", "seeds, separated by commas")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	data, err := corpus.Limit(datasets.AGNews(), 5000, 2000).Load(ctx)
	if err == nil && *texts {
		err = printTexts(data)
	} else if err == nil {
		for _, checkpoint := range flag.Args() {
			if err = compare(ctx, data, checkpoint, *steps, *labeled, *seeds); err != nil {
				break
			}
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func printTexts(data *corpus.Dataset) error {
	out := json.NewEncoder(os.Stdout)
	for _, e := range data.Train {
		if err := out.Encode(map[string]string{"text": e.Text}); err != nil {
			return err
		}
	}
	return nil
}

func compare(ctx context.Context, data *corpus.Dataset, checkpoint string, steps, labeled int, seeds string) error {
	spec := model.Pretrained(checkpoint)
	spec.MaxTokens, spec.Training.Steps, spec.Training.LearningRate = 128, steps, 5e-5
	classifier, err := spec.Open(ctx, data.Classes)
	if err != nil {
		return err
	}
	defer classifier.Close()
	fmt.Fprintln(os.Stderr, classifier.Origin())
	docs, gold := make([]corpus.Document, len(data.Test)), make([]int, len(data.Test))
	for i, e := range data.Test {
		docs[i], gold[i] = e.Document, e.Label
	}
	// The first training and scoring compile the programs.
	for i, field := range strings.Split("0,"+seeds, ",") {
		seed, err := strconv.ParseUint(field, 10, 64)
		if err != nil {
			return fmt.Errorf("distilled: the seed %q is no number", field)
		}
		began := time.Now()
		trained, err := classifier.Train(ctx, data.Train[:labeled], learner.Run{Seed: seed})
		if err != nil {
			return err
		}
		took := time.Since(began)
		rows, err := classifier.Probabilities(ctx, docs, nil)
		if err != nil {
			return err
		}
		if i == 0 {
			continue
		}
		if err := json.NewEncoder(os.Stdout).Encode(map[string]any{
			"checkpoint": checkpoint, "seed": seed, "labeled": labeled, "accuracy": eval.Accuracy(rows, gold),
			"steps_per_s": float64(trained.Steps) / took.Seconds(), "docs_per_s": float64(len(docs)) / (time.Since(began) - took).Seconds(),
		}); err != nil {
			return err
		}
	}
	return nil
}
