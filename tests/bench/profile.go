package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// kinds are what a processor does while alnb trains and scores.
var kinds = []string{"matrix kernels, float32", "matrix kernels, bfloat16", "the rest of XLA's library", "compiled code",
	"kernel, clearing pages", "kernel, other", "Go", "C library and other"}

// profiles adds where the time goes that alnb computes for, on documents of exactly 128 tokens.
func (b *bench) profiles(ctx context.Context) error {
	header := []string{""}
	rows := make([][]string, len(kinds))
	for i, kind := range kinds {
		rows[i] = []string{kind}
	}
	add := func(name string, work func() error) error {
		shares, err := profile(ctx, b.dir, work)
		if err != nil {
			return err
		}
		header = append(header, name)
		for i, kind := range kinds {
			rows[i] = append(rows[i], fmt.Sprintf("%.0f %%", 100*shares[kind]))
		}
		return nil
	}
	if _, err := exec.LookPath("perf"); err != nil {
		say("no profile: %v", err)
		return nil
	}
	documents := b.work.exactly[128]
	for _, p := range precisions {
		t, err := b.startTraining(ctx, p.bfloat16, documents)
		if err != nil {
			return err
		}
		defer t.stop()
		if _, err := t.take(10); err != nil { // compiles, and gets its memory from the system
			return err
		}
		if err := add("training, "+p.name, func() error { _, err := t.take(2 * b.sizes.exactly.steps); return err }); err != nil {
			return err
		}
	}
	scorers, _, close, err := b.scorers(ctx)
	if err != nil {
		return err
	}
	defer close()
	for i, p := range precisions {
		if _, err := scorers[2*i].score(documents); err != nil { // compiles
			return err
		}
		if err := add("scoring, "+p.name, func() error { _, err := scorers[2*i].score(documents); return err }); err != nil {
			return err
		}
	}
	b.report.table("Where alnb's processor time goes", "Of what this process computed on documents of exactly 128 tokens, sampled by perf. "+
		"XLA's library comes without symbols: matrix kernels are those parts that are fused multiplications and additions.", header, rows)
	return nil
}

// profile runs work under `perf record` and returns the share of each of kinds in what this process computed.
func profile(ctx context.Context, dir string, work func() error) (map[string]float64, error) {
	file := filepath.Join(dir, "perf.data")
	record := exec.CommandContext(ctx, "perf", "record", "-e", "cpu-clock", "-F", "499", "-o", file, "-p", strconv.Itoa(os.Getpid()))
	if err := record.Start(); err != nil {
		return nil, fmt.Errorf("bench: perf record: %w", err)
	}
	time.Sleep(500 * time.Millisecond) // it attaches to all threads
	err := work()
	record.Process.Signal(syscall.SIGINT)
	record.Wait() // its status is that of the signal
	if err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, "perf", "report", "-i", file, "--stdio", "-q", "-F", "overhead,dso,symbol", "-t", "|").Output()
	if err != nil {
		return nil, fmt.Errorf("bench: perf report: %w", err)
	}
	return shares(string(out))
}

// shares adds up a perf report: lines of percent, object, and symbol or address.
func shares(report string) (map[string]float64, error) {
	total, byKind := 0.0, make(map[string]float64)
	var plugin library
	for line := range strings.Lines(report) {
		fields := strings.Split(line, "|")
		if len(fields) < 3 {
			continue
		}
		percent, err := strconv.ParseFloat(strings.Trim(fields[0], " %"), 64)
		if err != nil {
			continue
		}
		object, symbol := strings.TrimSpace(fields[1]), strings.TrimSpace(fields[2])
		if strings.Contains(object, "pjrt") && plugin.file == nil {
			if plugin, err = openLibrary(object); err != nil {
				return nil, err
			}
		}
		byKind[kindOf(object, symbol, plugin)] += percent
		total += percent
	}
	for kind := range byKind {
		byKind[kind] /= total
	}
	return byKind, nil
}

func kindOf(object, symbol string, plugin library) string {
	switch {
	case object == "[kernel.kallsyms]" && strings.Contains(symbol, "clear_"):
		return "kernel, clearing pages"
	case object == "[kernel.kallsyms]":
		return "kernel, other"
	case strings.HasPrefix(object, "[JIT]") || strings.Contains(object, "anon"):
		return "compiled code"
	case object == filepath.Base(os.Args[0]):
		return "Go"
	case strings.Contains(object, "pjrt"):
		_, hex, _ := strings.Cut(symbol, "0x")
		if offset, err := strconv.ParseInt(hex, 16, 64); err == nil {
			if precision := plugin.kernelAt(offset); precision != "" {
				return "matrix kernels, " + precision
			}
		}
		return "the rest of XLA's library"
	}
	return "C library and other"
}
