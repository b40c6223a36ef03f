// Command labelnoise plants wrong labels in a tenth of AG News documents, trains on them, and asks how well scores find
// them: TracIn's self-influence beside the model's confidence and chance. docs/results.md has what came out. It prints one
// JSON line a seed and model, with the area under the ROC curve of each score.
//
//	ALNB_DATA=DATA go run ./tests/labelnoise -model minilm -seeds 1,2,3
//	ALNB_DATA=DATA go run ./tests/labelnoise -model light -glove DATA/glove/glove.6B.100d.2604words.txt -seeds 1,2,3
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/doubt"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/datasets"
)

// folds are trained for the probabilities that documents get from a model that hasn't seen their label.
const folds = 3

func main() {
	kind := flag.String("model", "minilm", "minilm or light")
	checkpoint := flag.String("checkpoint", "sentence-transformers/all-MiniLM-L6-v2", "folder or name of the pretrained model")
	glove := flag.String("glove", "", "word vectors, for light")
	documents := flag.Int("documents", 2000, "the pool's first so many")
	steps := flag.Int("steps", 375, "training steps")
	share := flag.Float64("share", 0.1, "of the documents get a wrong label")
	bfloat16 := flag.Bool("bfloat16", false, "compute products in bfloat16")
	seeds := flag.String("seeds", "1,2,3", "seeds, separated by commas")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var described interface {
		learner.Model
		learner.Keeper
	}
	switch *kind {
	case "minilm":
		t := model.Pretrained(*checkpoint)
		t.MaxTokens, t.Training.Steps, t.Training.LearningRate, t.Training.Bfloat16 = 128, *steps, 5e-5, *bfloat16
		described = t
	case "light":
		l := model.CNNBiLSTMCRF(*glove)
		l.MaxTokens, l.Training.Steps = 128, *steps
		described = l
	default:
		fmt.Fprintln(os.Stderr, "labelnoise: -model is minilm or light")
		os.Exit(2)
	}
	if err := run(ctx, described.Keeping(3), *kind, *documents, *share, *seeds); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, described learner.Model, kind string, documents int, share float64, seeds string) error {
	data, err := corpus.Limit(datasets.AGNews(), documents, 1).Load(ctx)
	if err != nil {
		return err
	}
	opened, err := described.Open(ctx, data.Classes)
	if err != nil {
		return err
	}
	defer opened.Close()
	fmt.Fprintln(os.Stderr, opened.Origin())
	for _, field := range strings.Split(seeds, ",") {
		seed, err := strconv.ParseUint(field, 10, 64)
		if err != nil {
			return fmt.Errorf("labelnoise: the seed %q is no number", field)
		}
		noisy, wrong := plant(data, share, seed)
		n := noise{opened.(*model.Classifier), noisy, wrong, seed}
		found, err := n.measure(ctx)
		if err != nil {
			return err
		}
		found["model"], found["seed"], found["documents"], found["wrong"] = kind, seed, len(noisy), count(wrong)
		if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
			return err
		}
	}
	return nil
}

// plant gives a share of the documents another class, any of the others.
func plant(data *corpus.Dataset, share float64, seed uint64) (noisy []corpus.Example, wrong []bool) {
	noisy, wrong = slices.Clone(data.Train), make([]bool, len(data.Train))
	stream := keyed.Key{Seed: seed, Purpose: "label noise"}.Stream()
	for _, i := range stream.Perm(len(noisy))[:int(math.Round(share*float64(len(noisy))))] {
		noisy[i].Label = (noisy[i].Label + 1 + stream.IntN(len(data.Classes)-1)) % len(data.Classes)
		wrong[i] = true
	}
	return noisy, wrong
}

// noise is a model, and documents of which some labels are wrong.
type noise struct {
	*model.Classifier
	noisy []corpus.Example
	wrong []bool
	seed  uint64
}

// measure returns the area under the ROC curve of each score, and seconds.
func (n noise) measure(ctx context.Context) (map[string]any, error) {
	began := time.Now()
	if _, err := n.Train(ctx, n.noisy, learner.Run{Seed: n.seed}); err != nil {
		return nil, err
	}
	trained := time.Now()
	tracin, steps := make([]float64, len(n.noisy)), n.Checkpoints()
	out := map[string]any{"checkpoints": steps}
	for _, step := range steps {
		if err := n.Restore(step); err != nil {
			return nil, err
		}
		norms, err := n.SelfInfluence(ctx, n.noisy, nil, nil)
		if err != nil {
			return nil, err
		}
		for i, norm := range norms {
			tracin[i] += norm / float64(len(steps))
		}
		out[fmt.Sprintf("auc_step_%d", step)] = n.area(norms)
	}
	scored := time.Now()
	own, sure, err := n.confidence(ctx, n.noisy, n.noisy)
	if err != nil {
		return nil, err
	}
	out["auc_tracin"], out["auc_own_label"], out["auc_confidence"] = n.area(tracin), n.area(own), n.area(sure)
	if out["auc_own_label_unseen"], out["auc_confidence_unseen"], err = n.unseen(ctx); err != nil {
		return nil, err
	}
	random := make([]float64, len(n.noisy))
	for i, x := range n.noisy {
		random[i] = keyed.Key{Seed: n.seed, Purpose: "random score", ID: x.ID}.Float64()
	}
	out["auc_random"] = n.area(random)
	out["train_s"], out["tracin_s"] = trained.Sub(began).Seconds(), scored.Sub(trained).Seconds()
	return out, nil
}

// confidence scores documents by the model at hand: own is how little it believes their label, sure how little it believes any.
func (n noise) confidence(ctx context.Context, docs, labels []corpus.Example) (own, sure []float64, err error) {
	asked := make([]corpus.Document, len(docs))
	for i, x := range docs {
		asked[i] = x.Document
	}
	rows, err := n.Probabilities(ctx, asked, nil)
	for i, row := range rows {
		own = append(own, 1-float64(row[labels[i].Label]))
		sure = append(sure, 1-float64(slices.Max(row)))
	}
	return own, sure, err
}

// unseen is confidence of models that haven't been trained on the document: how suspected label errors are found.
func (n noise) unseen(ctx context.Context) (ownArea, sureArea float64, err error) {
	labels := make([]int, len(n.noisy))
	for i, x := range n.noisy {
		labels[i] = x.Label
	}
	own, sure := make([]float64, len(n.noisy)), make([]float64, len(n.noisy))
	for f, fold := range doubt.Folds(labels, folds, keyed.Key{Seed: n.seed, Purpose: "folds"}) {
		var rest, held []corpus.Example
		for i, x := range n.noisy {
			if slices.Contains(fold, i) {
				held = append(held, x)
			} else {
				rest = append(rest, x)
			}
		}
		if _, err := n.Train(ctx, rest, learner.Run{Seed: n.seed + uint64(f)}); err != nil {
			return 0, 0, err
		}
		a, b, err := n.confidence(ctx, held, held)
		if err != nil {
			return 0, 0, err
		}
		for i, position := range fold {
			own[position], sure[position] = a[i], b[i]
		}
	}
	return n.area(own), n.area(sure), nil
}

// area is that under the ROC curve: the probability that a wrong label scores above a right one.
func (n noise) area(scores []float64) float64 {
	area, _ := eval.ROCArea(scores, n.wrong)
	return area
}

func count(which []bool) (n int) {
	for _, yes := range which {
		if yes {
			n++
		}
	}
	return n
}
