// Command bench measures alnb beside PyTorch and small-text in one sitting, on the same work: MiniLM on AG News, in
// turns, so that ratios hold on any machine. It prints tables as Markdown and keeps all numbers as JSON.
//
//	make bench
//	go run ./tests/bench -python PYTHON -quick -only scoring   # a minute or two; says little
//	go run ./tests/bench -python PYTHON -only training,scoring
//
// All of it takes about three quarters of an hour.
//
// With -replay it runs active learning by itself and writes the labeled sets, for another library to train on:
//
//	ALNB_DATA=DIR go run ./tests/bench -replay out/replay.json
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/pretrained"
)

// scripts is the folder of the Python sides; bench runs in the checkout's root.
const scripts = "tests/bench"

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// options are the command's flags.
type options struct {
	python, smallText string
	dir, model        string
	only              []string
	sizes             sizes
}

func main() {
	var o options
	var r replayFlags
	quick := flag.Bool("quick", false, "do little of everything, to see that it works")
	only := flag.String("only", strings.Join(sectionNames(), ","), "the sections to run, separated by commas")
	flag.StringVar(&o.python, "python", os.Getenv("ALNB_BENCH_PYTHON"), "Python with tests/bench/requirements.txt; $ALNB_BENCH_PYTHON")
	flag.StringVar(&o.smallText, "small-text", os.Getenv("ALNB_BENCH_SMALL_TEXT"), "folder of the transformers that small-text needs; $ALNB_BENCH_SMALL_TEXT; empty leaves small-text out")
	flag.StringVar(&o.dir, "dir", "out/bench", "folder for what is written")
	flag.StringVar(&o.model, "model", "sentence-transformers/all-MiniLM-L6-v2", "folder or name of the pretrained model")
	first := flag.String("first-step", "", "take one training step from this folder, in bfloat16 with -bfloat16, and say so; for bench itself")
	bfloat16 := flag.Bool("bfloat16", false, "with -first-step: the precision")
	flag.StringVar(&r.file, "replay", "", "run active learning alone, and write the labeled sets to this file")
	flag.IntVar(&r.steps, "steps", 200, "with -replay: training steps a round")
	flag.IntVar(&r.rounds, "rounds", 3, "with -replay: queries")
	flag.Uint64Var(&r.seed, "seed", 1, "with -replay: seed")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o.only, o.sizes = strings.Split(*only, ","), full
	if *quick {
		o.sizes = little
	}
	var err error
	switch {
	case r.file != "":
		err = replay(ctx, o.dir, o.model, r)
	case *first != "":
		err = takeFirstStep(ctx, *first, *bfloat16)
	default:
		err = run(ctx, o)
	}
	if err != nil {
		say("%v", err)
		os.Exit(1)
	}
}

// sizes say how much is measured.
type sizes struct {
	steps     int // of a whole training
	training  blocks
	pool      int // AG News documents scored
	scorings  int
	exactly   blocks // at exactly 64 and 128 tokens
	madeUp    int    // documents of each length
	epochs    int    // small-text's
	smallPool int    // documents that small-text scores

	roundPool, roundSteps, roundSeeds int // of whole rounds
}

var (
	full   = sizes{200, blocks{2, 8, 10}, 2000, 5, blocks{1, 4, 5}, 256, 5, 2000, 5000, 100, 2}
	little = sizes{12, blocks{1, 2, 3}, 160, 2, blocks{1, 2, 2}, 64, 1, 64, 300, 6, 1}
)

// bench is a sitting.
type bench struct {
	options
	work        *work
	tokens      []int // of each document
	torch       *peer
	log         *os.File
	report      *report
	classifiers map[bool]*model.Classifier // by whether they compute in bfloat16
	compiled    [][]string                 // rows of the table of compilations

	start, noDropout, trained string // model folders
}

// sections are the parts of a sitting, in order.
var sections = []struct {
	name string
	run  func(*bench, context.Context) error
}{
	{"training", (*bench).training},
	{"scoring", (*bench).scoring},
	{"small-text", (*bench).small},
	{"round", (*bench).round},
	{"peak", (*bench).peak},
	{"profile", (*bench).profiles},
	{"compile", (*bench).compile},
}

func sectionNames() []string {
	var all []string
	for _, s := range sections {
		all = append(all, s.name)
	}
	return all
}

func run(ctx context.Context, o options) error {
	for _, name := range o.only {
		if !slices.Contains(sectionNames(), name) {
			return fmt.Errorf("bench: there is no section %q; there are %q", name, sectionNames())
		}
	}
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer b.close()
	for _, s := range sections {
		if slices.Contains(o.only, s.name) {
			say("%s", s.name)
			if err := s.run(b, ctx); err != nil {
				return err
			}
		}
	}
	path, err := b.report.save(o.dir)
	if err != nil {
		return err
	}
	say("all numbers: %s", path)
	return b.report.write(os.Stdout)
}

func newBench(ctx context.Context, o options) (*bench, error) {
	if o.python == "" {
		return nil, fmt.Errorf("bench: -python and $ALNB_BENCH_PYTHON name no Python; %s/requirements.txt says how to make one", scripts)
	}
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return nil, err
	}
	b := &bench{options: o, report: &report{data: make(map[string]any)}, classifiers: make(map[bool]*model.Classifier),
		trained: filepath.Join(o.dir, fmt.Sprintf("trained-%d", o.sizes.steps))}
	var err error
	if b.log, err = os.Create(filepath.Join(o.dir, "peers.log")); err != nil {
		return nil, err
	}
	if b.work, err = newWork(ctx, max(o.sizes.pool, o.sizes.smallPool), o.sizes.madeUp); err != nil {
		return nil, err
	}
	say("%s starts; what it says goes to %s", o.python, b.log.Name())
	if b.torch, err = startPeer(ctx, o.python, "peer.py", b.log); err != nil {
		return nil, fmt.Errorf("%w\nPython needs what %s/requirements.txt lists; its head says how to install that", err, scripts)
	}
	b.report.head = heading(b.torch)
	dir, _, err := pretrained.Find(ctx, o.model)
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	if b.tokens, err = b.torch.load(b.work, dir); err != nil {
		return nil, err
	}
	for length, rows := range b.work.exactly {
		for _, row := range rows {
			if b.tokens[row] != length {
				return nil, fmt.Errorf("bench: a made-up document has %d tokens, not %d; take an English, uncased model", b.tokens[row], length)
			}
		}
	}
	if slices.Contains(o.only, "training") {
		if err := os.RemoveAll(b.trained); err != nil {
			return nil, err
		}
	}
	b.start, b.noDropout, err = starts(ctx, o.dir, dir, b.work)
	return b, err
}

func (b *bench) close() {
	for _, c := range b.classifiers {
		c.Close()
	}
	b.torch.close()
	b.log.Close()
}
