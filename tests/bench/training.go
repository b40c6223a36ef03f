package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"

	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/model"
)

// The sides' names begin with these.
const (
	alnbName  = "alnb"
	torchName = "PyTorch"
	smallName = "small-text"
)

var precisions = []struct {
	name     string
	bfloat16 bool
	goal     float64 // of training, against PyTorch in the same precision
}{{"float32", false, 1.3}, {"bfloat16", true, 1.0}}

// training compares training on AG News with PyTorch's in both precisions, and keeps the model that alnb trained in
// float32 in folder trained.
func (b *bench) training(ctx context.Context) error {
	if err := b.losses(ctx); err != nil {
		return err
	}
	var sides []side
	var ours []*training
	for _, p := range precisions {
		t, err := b.startTraining(ctx, p.bfloat16, b.work.labeled)
		if err != nil {
			return err
		}
		defer t.stop()
		ours = append(ours, t)
		id := "training " + p.name
		if err := b.openPeer(id, b.start, p.bfloat16, b.sizes.steps); err != nil {
			return err
		}
		defer b.torch.ask(request{"op": "close", "id": id}, nil)
		sides = append(sides, side{alnbName + " " + p.name, t.take},
			peerSide(torchName+" "+p.name, b.torch, id, miniBatches(b.work.labeled, b.sizes.steps)))
	}
	meter := newMeter(map[string]int{torchName: b.torch.process.Process.Pid})
	taken, err := alternate(sides, b.sizes.training, meter)
	if err != nil {
		return err
	}
	speeds := b.sizes.training.speeds(taken)
	var rows [][]string
	for i, p := range precisions {
		mine, theirs := speeds[2*i], speeds[2*i+1]
		rows = append(rows, []string{p.name, spread(mine, "%.2f"), spread(theirs, "%.2f"), ratio(median(mine)/median(theirs), p.goal)})
		programs, seconds := compiling(taken[2*i])
		b.noteCompiled(p.name, "training", programs, seconds)
	}
	b.report.table("Training", fmt.Sprintf("AG News, mini-batches of %d of %d labeled documents, at most %d tokens, AdamW, weight decay 0.01, "+
		"clipping at 1, warm-up over 10 %% of %d steps, then linear decay, dropout as config.json says; the same mini-batches; "+
		"steps a second, the median (least to most) of %d blocks of %d steps, taken in turn. %s",
		batchSize, labeledSize, maxTokens, b.sizes.steps, b.sizes.training.counted, b.sizes.training.steps, meter),
		[]string{"", alnbName, torchName, "ratio"}, rows)
	b.report.data["training"] = map[string]any{"sides": names(sides), "steps_per_s": speeds}
	say("the rest of the %d steps", b.sizes.steps)
	if err := ours[0].finish(); err != nil {
		return err
	}
	return b.keep(ours[0].classifier)
}

func names(sides []side) []string {
	out := make([]string, len(sides))
	for i, s := range sides {
		out[i] = s.name
	}
	return out
}

// startTraining makes ready for a training on rows from the start all sides have.
func (b *bench) startTraining(ctx context.Context, bfloat16 bool, rows []int) (*training, error) {
	c, err := b.classifier(ctx, bfloat16)
	if err != nil {
		return nil, err
	}
	return startTraining(ctx, c, b.work.examples(rows)), nil
}

// classifier is the one of a precision, opened at the first call.
func (b *bench) classifier(ctx context.Context, bfloat16 bool) (*model.Classifier, error) {
	if c, ok := b.classifiers[bfloat16]; ok {
		return c, nil
	}
	c, err := open(ctx, b.start, b.work.classes, bfloat16, func(t *model.Training) { t.Steps = b.sizes.steps })
	if err == nil {
		b.classifiers[bfloat16] = c
	}
	return c, err
}

func (b *bench) openPeer(id, dir string, bfloat16 bool, steps int) error {
	path, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	return b.torch.ask(request{"op": "open", "id": id, "model": path, "bfloat16": bfloat16, "steps": steps, "rate": learningRate}, nil)
}

// losses compares the loss of the last step of short trainings without dropout: same weights, same mini-batches, same
// schedule, so it must be the same.
func (b *bench) losses(ctx context.Context) error {
	var rows [][]string
	worst := 0.0
	for _, p := range precisions {
		for _, steps := range []int{1, 10} {
			say("loss of step %d, %s", steps, p.name)
			c, err := open(ctx, b.noDropout, b.work.classes, p.bfloat16, func(t *model.Training) { t.Steps = steps })
			if err != nil {
				return err
			}
			trained, err := c.Train(ctx, b.work.examples(b.work.labeled), learner.Run{Seed: seed})
			c.Close()
			if err != nil {
				return err
			}
			if err := b.openPeer("loss", b.noDropout, p.bfloat16, steps); err != nil {
				return err
			}
			var answer struct{ Losses []float64 }
			if err := b.torch.ask(request{"op": "train", "id": "loss", "batches": miniBatches(b.work.labeled, steps)}, &answer); err != nil {
				return err
			}
			theirs := answer.Losses[steps-1]
			difference := math.Abs(trained.Loss - theirs)
			if !p.bfloat16 {
				worst = max(worst, difference)
			}
			rows = append(rows, []string{p.name, fmt.Sprint(steps), fmt.Sprintf("%.6f", trained.Loss), fmt.Sprintf("%.6f", theirs), fmt.Sprintf("%.1e", difference)})
		}
	}
	b.report.table("Equal losses", "The loss of the last step of a training without dropout, on the same mini-batches from the same weights.",
		[]string{"", "steps", alnbName, torchName, "difference"}, rows)
	if worst > 1e-3 {
		return fmt.Errorf("bench: the float32 losses differ by %.1e: the two sides don't do the same work, and no ratio counts", worst)
	}
	return nil
}
