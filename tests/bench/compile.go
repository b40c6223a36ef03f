package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/model"
)

// noteCompiled notes how many programs a section compiled, and for how long, for compile's table.
func (b *bench) noteCompiled(precision, what string, programs int, seconds float64) {
	b.compiled = append(b.compiled, []string{precision + ", " + what, fmt.Sprint(programs), fmt.Sprintf("%.1f", seconds), "", ""})
}

// compile adds how long a process takes from its start to the end of the first training step, of alnb and PyTorch.
func (b *bench) compile(ctx context.Context) error {
	for _, p := range precisions {
		mine, err := b.ourFirstStep(ctx, p.bfloat16)
		if err != nil {
			return err
		}
		theirs, err := b.peersFirstStep(ctx, p.bfloat16)
		if err != nil {
			return err
		}
		say("start to first step, %s: %s %.1f s, %s %.1f s", p.name, alnbName, mine, torchName, theirs)
		b.compiled = append(b.compiled, []string{p.name + ", start to first step", "", "", fmt.Sprintf("%.1f", mine), fmt.Sprintf("%.1f", theirs)})
	}
	b.report.table("Compiling", "Programs that XLA compiled in the sections above, and about how many seconds it took in all: what steps with a "+
		"compilation took beyond the median of the others, and the first scoring beyond the median. Seconds from a process's start to the end of "+
		"its first training step: reading data and model, tokenizing the labeled documents, compiling one program.",
		[]string{"", "programs", "compiling, s", "start to first step, alnb, s", "PyTorch, s"}, b.compiled)
	return nil
}

// ourFirstStep starts this program anew.
func (b *bench) ourFirstStep(ctx context.Context, bfloat16 bool) (seconds float64, err error) {
	program, err := os.Executable()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	child := exec.CommandContext(ctx, program, "-first-step", b.start, fmt.Sprintf("-bfloat16=%t", bfloat16))
	child.Stderr = b.log
	out, err := child.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := child.Start(); err != nil {
		return 0, err
	}
	_, missing := bufio.NewReader(out).ReadString('\n')
	seconds = time.Since(began).Seconds()
	return seconds, errors.Join(missing, child.Wait())
}

// takeFirstStep is what it does: it prints a line after one step.
func takeFirstStep(ctx context.Context, start string, bfloat16 bool) error {
	w, err := newWork(ctx, 0, 0)
	if err != nil {
		return err
	}
	c, err := open(ctx, start, w.classes, bfloat16, func(t *model.Training) { t.Steps = 1 })
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Train(ctx, w.examples(w.labeled), learner.Run{Seed: seed, Progress: func(int, int) { fmt.Println("done") }})
	return err
}

// peersFirstStep starts another PyTorch.
func (b *bench) peersFirstStep(ctx context.Context, bfloat16 bool) (seconds float64, err error) {
	start, err := filepath.Abs(b.start)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	p, err := startPeer(ctx, b.python, "peer.py", b.log)
	if err != nil {
		return 0, err
	}
	defer p.close()
	if _, err := p.load(&work{documents: b.work.examples(b.work.labeled)}, start); err != nil {
		return 0, err
	}
	err = p.ask(request{"op": "open", "id": "first", "model": start, "bfloat16": bfloat16, "steps": 10, "rate": learningRate}, nil)
	if err == nil {
		err = p.ask(request{"op": "train", "id": "first", "batches": miniBatches(b.work.labeled, 1)}, nil)
	}
	return time.Since(began).Seconds(), err
}
