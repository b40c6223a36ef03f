package main

import (
	"context"
	"fmt"
	"path/filepath"
)

// small compares with small-text: whole trainings and scoring, small-text before and after alnb. It trains in float32.
func (b *bench) small(ctx context.Context) error {
	if b.smallText == "" {
		say("small-text is left out: -small-text and $ALNB_BENCH_SMALL_TEXT name no folder; %s/requirements.txt says how to make it", scripts)
		return nil
	}
	p, err := startPeer(ctx, b.python, "peer_smalltext.py", b.log, "PYTHONPATH="+b.smallText)
	if err != nil {
		return err
	}
	defer p.close()
	start, err := filepath.Abs(b.start)
	if err != nil {
		return err
	}
	if _, err := p.load(b.work, start); err != nil {
		return err
	}
	b.report.head = heading(b.torch, p)
	pool := b.work.pool[:b.sizes.smallPool]
	meter := newMeter(map[string]int{smallName: p.process.Process.Pid, torchName: b.torch.process.Process.Pid})
	var speeds, scorings [3][]float64 // of small-text and of alnb in the precisions
	theirs := func() error {
		var answer struct {
			Seconds float64
			Steps   int
		}
		meter.begin()
		defer meter.end(smallName)
		if err := p.ask(request{"op": "train", "model": start, "rows": b.work.labeled, "epochs": b.sizes.epochs, "rate": learningRate}, &answer); err != nil {
			return err
		}
		out, err := p.score("", pool)
		speeds[0] = append(speeds[0], float64(answer.Steps)/answer.Seconds)
		scorings[0] = append(scorings[0], float64(len(pool))/out.Seconds)
		say("%s: %.2f steps/s, %.1f documents/s", smallName, float64(answer.Steps)/answer.Seconds, float64(len(pool))/out.Seconds)
		return err
	}
	if err := theirs(); err != nil {
		return err
	}
	steps := min(b.sizes.steps, b.sizes.epochs*labeledSize/batchSize)
	for i, precision := range precisions {
		speed, err := b.freshSpeed(ctx, precision.bfloat16, steps, meter)
		if err != nil {
			return err
		}
		speeds[i+1] = append(speeds[i+1], speed)
		c, err := openTrained(ctx, start, b.work, precision.bfloat16)
		if err != nil {
			return err
		}
		defer c.Close()
		ours := scorer{alnbName, func(rows []int) (scored, error) { return score(ctx, c, b.work.docs(rows)) }}
		documents, _, _, err := inTurn([]scorer{ours}, pool, 2, meter)
		if err != nil {
			return err
		}
		scorings[i+1] = documents[0]
	}
	if err := theirs(); err != nil {
		return err
	}
	var rows [][]string
	for i, goals := range []struct{ training, scoring float64 }{{2.2, 5}, {2.8, 5}} {
		rows = append(rows, []string{
			precisions[i].name,
			spread(speeds[i+1], "%.2f"), spread(speeds[0], "%.2f"), ratio(median(speeds[i+1])/median(speeds[0]), goals.training),
			spread(scorings[i+1], "%.1f"), spread(scorings[0], "%.1f"), ratio(median(scorings[i+1])/median(scorings[0]), goals.scoring),
		})
	}
	b.report.table("small-text", fmt.Sprintf("small-text computes in float32, whichever precision alnb has. Training on the same %d labeled documents "+
		"(small-text holds a tenth of them out) for %d epochs, and scoring %d documents; small-text before and after alnb, as whole trainings; "+
		"alnb's steps leave out those that compile. %s",
		labeledSize, b.sizes.epochs, len(pool), meter),
		[]string{"alnb in", "steps/s, alnb", smallName, "ratio", "documents/s, alnb", smallName, "ratio"}, rows)
	b.report.data["small-text"] = map[string]any{"sides": []string{smallName, "alnb float32", "alnb bfloat16"}, "steps_per_s": speeds, "documents_per_s": scorings}
	return nil
}

// freshSpeed is the speed of alnb's training on the labeled documents, steps that compile left out.
func (b *bench) freshSpeed(ctx context.Context, bfloat16 bool, steps int, m *meter) (float64, error) {
	t, err := b.startTraining(ctx, bfloat16, b.work.labeled)
	if err != nil {
		return 0, err
	}
	defer t.stop()
	m.begin()
	defer m.end(alnbName)
	taken, err := t.take(steps)
	if err != nil {
		return 0, err
	}
	kept := taken[:0]
	for _, s := range taken {
		if s.compiled == 0 {
			kept = append(kept, s)
		}
	}
	say("%s: %.2f steps/s", alnbName, speed(kept))
	return speed(kept), nil
}
