// Command wikigold trains the taggers on WikiGold in the set-up that docs/models.md compares with PyTorch, whose side is
// tests/reference/wikigold.py: the first 1,357 of 1,696 sentences train, the rest test. It prints one JSON line a seed.
//
//	go run ./tests/wikigold -data DATA/wikigold/wikigold.conll.txt -model minilm -seeds 1,2
//	go run ./tests/wikigold -data … -model light -glove DATA/glove/glove.6B.100d.2604words.txt -seeds 1,2
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

// trainSentences is the size of the training part.
const trainSentences = 1357

func main() {
	data := flag.String("data", "", "wikigold.conll.txt")
	kind := flag.String("model", "minilm", "minilm or light")
	checkpoint := flag.String("checkpoint", "sentence-transformers/all-MiniLM-L6-v2", "folder or name of the pretrained model")
	glove := flag.String("glove", "", "word vectors, for light")
	steps := flag.Int("steps", 0, "training steps (0: 600 for minilm, 50 epochs for light)")
	bfloat16 := flag.Bool("bfloat16", false, "compute products in bfloat16")
	save := flag.String("save", "", "folder to save the model of the last seed in")
	seeds := flag.String("seeds", "1,2", "seeds, separated by commas")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var described learner.TaggerModel
	switch *kind {
	case "minilm":
		t := model.PretrainedTagger(*checkpoint)
		t.MaxTokens, t.Training.Steps, t.Training.Bfloat16 = 128, 600, *bfloat16
		if *steps > 0 {
			t.Training.Steps = *steps
		}
		described = t
	case "light":
		l := model.CNNBiLSTMCRF(*glove)
		l.Training.Steps, l.Training.Bfloat16 = *steps, *bfloat16
		described = l
	default:
		fmt.Fprintln(os.Stderr, "wikigold: -model is minilm or light")
		os.Exit(2)
	}
	if err := run(ctx, *data, *kind, described, *seeds, *save); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, path, kind string, described learner.TaggerModel, seeds, save string) error {
	// One file holds all sentences; CoNLL wants a training and a test split.
	data, err := datasets.CoNLL{Train: path, Test: path}.LoadTagged(ctx)
	if err != nil {
		return err
	}
	train, test := data.Train[:trainSentences], data.Train[trainSentences:]
	tagger, err := described.OpenTagger(ctx, data.Types)
	if err != nil {
		return err
	}
	defer tagger.Close()
	fmt.Fprintln(os.Stderr, tagger.Origin())
	for _, field := range strings.Split(seeds, ",") {
		seed, err := strconv.ParseUint(field, 10, 64)
		if err != nil {
			return fmt.Errorf("wikigold: the seed %q is no number", field)
		}
		began := time.Now()
		trained, err := tagger.Train(ctx, train, learner.Run{Seed: seed, Progress: func(step, total int) {
			if step%100 == 0 {
				fmt.Fprintf(os.Stderr, "%s, seed %d: step %d of %d, %.0f s\n", kind, seed, step, total, time.Since(began).Seconds())
			}
		}})
		if err != nil {
			return err
		}
		took := time.Since(began)
		scores, err := score(ctx, tagger, test)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(os.Stdout).Encode(map[string]any{
			"model": kind, "seed": seed, "steps": trained.Steps, "loss": trained.Loss, "seconds": took.Seconds(), "test_seconds": (time.Since(began) - took).Seconds(),
			"precision": scores.Precision, "recall": scores.Recall, "f1": scores.F1,
		}); err != nil {
			return err
		}
	}
	if save != "" {
		return tagger.(*model.Tagger).Save(save)
	}
	return nil
}

func score(ctx context.Context, tagger learner.Tagger, test []corpus.Tagged) (eval.SpanScores, error) {
	taggings, err := tagger.Tag(ctx, test, nil)
	if err != nil {
		return eval.SpanScores{}, err
	}
	var gold, predicted [][]string
	for i, doc := range test {
		gold = append(gold, corpus.Tags(len(doc.Words), doc.Spans))
		predicted = append(predicted, taggings[i].Tags)
	}
	return eval.ScoreSpans(gold, predicted)
}
