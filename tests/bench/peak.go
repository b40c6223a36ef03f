package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/alnb/alnb/alnb/pretrained"
)

// products are the shapes of bare matrix products that are measured: m, k and n of [m, k] × [k, n].
var products = [][]int{{1024, 384, 1536}, {2048, 2048, 2048}}

// peak compares what training and scoring documents of exactly 64 and 128 tokens reach with the fastest bare matrix
// product of this machine.
func (b *bench) peak(ctx context.Context) error {
	config, err := pretrained.ReadConfig(filepath.Join(b.start, "config.json"))
	if err != nil {
		return err
	}
	peaks, err := b.peaks(ctx)
	if err != nil {
		return err
	}
	var rows [][]string
	meter := newMeter(map[string]int{torchName: b.torch.process.Process.Pid})
	for _, tokens := range []int{64, 128} {
		full, real := needed(config, len(b.work.classes), tokens)/1e9, computed(config, len(b.work.classes), tokens)/1e9
		row := func(what string, precision int, mine, theirs float64) { // documents a second
			peak := peaks[precision]
			show := func(gflops float64) string { return fmt.Sprintf("%.0f (%.0f %%)", gflops, 100*gflops/peak) }
			rows = append(rows, []string{fmt.Sprintf("%s, %d tokens, %s", what, tokens, precisions[precision].name), fmt.Sprintf("%.0f", peak),
				show(mine * full), show(mine * real), show(theirs * full), fmt.Sprintf("%.2f", mine/theirs)})
		}
		speeds, err := b.trainExactly(ctx, tokens, meter)
		if err != nil {
			return err
		}
		for i := range precisions {
			row("training", i, 3*batchSize*median(speeds[2*i]), 3*batchSize*median(speeds[2*i+1]))
		}
		scorers, _, close, err := b.scorers(ctx)
		if err != nil {
			return err
		}
		speeds, _, _, err = inTurn(scorers, b.work.exactly[tokens], b.sizes.exactly.counted, meter)
		close()
		if err != nil {
			return err
		}
		for i := range precisions {
			row("scoring", i, median(speeds[2*i]), median(speeds[2*i+1]))
		}
	}
	b.report.table("Share of the machine's peak", "GFLOP/s of the matrix products (the formula stands in tests/bench/flops.go), and their share of the "+
		"fastest bare product: for the whole model's operations, as PyTorch computes them, and for those that alnb computes, since it computes "+
		"the last layer for the first token only. Made-up documents of exactly so many tokens, so that nothing is padding. "+meter.String(),
		[]string{"", "peak", "alnb, whole model", "alnb, computed", torchName, "speed, ratio"}, rows)
	return nil
}

// trainExactly trains on documents of so many tokens, in turn, and returns each side's steps a second.
func (b *bench) trainExactly(ctx context.Context, tokens int, m *meter) ([][]float64, error) {
	documents := b.work.exactly[tokens]
	var sides []side
	for _, p := range precisions {
		t, err := b.startTraining(ctx, p.bfloat16, documents)
		if err != nil {
			return nil, err
		}
		defer t.stop()
		id := "exactly " + p.name
		if err := b.openPeer(id, b.start, p.bfloat16, b.sizes.steps); err != nil {
			return nil, err
		}
		sides = append(sides, side{alnbName + " " + p.name, t.take},
			peerSide(torchName+" "+p.name, b.torch, id, miniBatches(documents, b.sizes.exactly.total())))
	}
	taken, err := alternate(sides, b.sizes.exactly, m)
	return b.sizes.exactly.speeds(taken), err
}

// peaks measures bare products in both precisions with PyTorch and XLA, and returns the fastest of each precision.
func (b *bench) peaks(ctx context.Context) ([]float64, error) {
	xla, err := xlaProducts(ctx)
	if err != nil {
		return nil, err
	}
	peaks := make([]float64, len(precisions))
	var rows [][]string
	for i, p := range precisions {
		for _, shape := range products {
			theirs, err := b.torch.product(shape, p.bfloat16)
			if err != nil {
				return nil, err
			}
			name := fmt.Sprintf("%dx%dx%d/%s", shape[0], shape[1], shape[2], p.name)
			ours := xla[name]
			say("product %s: XLA %.0f GFLOP/s, PyTorch %.0f", name, ours, theirs)
			rows = append(rows, []string{name, fmt.Sprintf("%.0f", ours), fmt.Sprintf("%.0f", theirs)})
			peaks[i] = max(peaks[i], ours, theirs)
		}
	}
	b.report.table("Bare matrix products", "GFLOP/s; the larger of each precision is the peak below.", []string{"", "XLA", torchName}, rows)
	return peaks, nil
}

// speedLine is a line of BenchmarkProduct's output.
var speedLine = regexp.MustCompile(`^BenchmarkProduct/(\S+?)(?:-\d+)?\s.*?([0-9.e+]+) GFLOP/s`)

// xlaProducts runs BenchmarkProduct, and returns GFLOP/s by its names. It is a test since only package model and what
// belongs to it may depend on GoMLX.
func xlaProducts(ctx context.Context) (map[string]float64, error) {
	test := exec.CommandContext(ctx, "go", "test", "./"+scripts, "-run", "xxx", "-bench", "Product", "-benchtime", "2s")
	test.Stderr = os.Stderr
	out, err := test.Output()
	if err != nil {
		return nil, fmt.Errorf("bench: XLA's products: %w\n%s", err, out)
	}
	speeds := make(map[string]float64)
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		if match := speedLine.FindStringSubmatch(lines.Text()); match != nil {
			if speeds[match[1]], err = strconv.ParseFloat(match[2], 64); err != nil {
				return nil, err
			}
		}
	}
	return speeds, nil
}
