// Command tokens measures tokenization on AG News with MiniLM's tokenizer, texts cut to 128 tokens: beside Python's
// tokenizers, by turns; the cache of ids on disk; and what tokenization costs while MiniLM scores. It prints tables.
//
//	ALNB_DATA=DIR go run ./tests/bench/tokens -python V/bin/python
//
// The peer is peer_tokens.py, tokenizers' encode_batch with its threads. Without -python ours is measured alone.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/alnb/alnb/alnb/pretrained"
	"github.com/alnb/alnb/alnb/tokenize"
	"github.com/alnb/alnb/datasets"
)

const maxTokens = 128

func main() {
	python := flag.String("python", os.Getenv("ALNB_BENCH_PYTHON"), "Python with tokenizers; $ALNB_BENCH_PYTHON; empty leaves the peer out")
	checkpoint := flag.String("model", "sentence-transformers/all-MiniLM-L6-v2", "folder or name of the model")
	passes := flag.Int("passes", 5, "passes of each side")
	scored := flag.Int("scored", 2000, "documents to score, with and without tokenization beside; 0 leaves that out")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *python, *checkpoint, *passes, *scored); err != nil {
		fmt.Fprintln(os.Stderr, "tokens:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, python, checkpoint string, passes, scored int) error {
	dir, _, err := pretrained.Find(ctx, checkpoint)
	if err != nil {
		return err
	}
	data, err := datasets.AGNews().Load(ctx)
	if err != nil {
		return err
	}
	var texts []string
	for _, e := range append(data.Train, data.Test...) {
		texts = append(texts, e.Text)
	}
	fmt.Printf("%d documents of AG News, %d processors.\n\n", len(texts), runtime.GOMAXPROCS(0))
	if err := alone(ctx, python, dir, texts, passes); err != nil {
		return err
	}
	if err := cached(ctx, dir, texts); err != nil {
		return err
	}
	if scored == 0 {
		return nil
	}
	return beside(ctx, checkpoint, texts[:min(scored, len(texts))], passes)
}

// alone prints the speed of tokenization: of a tokenizer that has just been opened, of one that knows the words, and of
// the peer.
func alone(ctx context.Context, python, dir string, texts []string, passes int) error {
	var fresh, warm, single []float64
	var peer map[string][]float64
	for range passes {
		tokenizer, err := tokenize.OpenFolder(dir, maxTokens)
		if err != nil {
			return err
		}
		for _, into := range []*[]float64{&fresh, &warm} {
			began := time.Now()
			if _, err := tokenizer.EncodeTexts(ctx, texts); err != nil {
				return err
			}
			*into = append(*into, float64(len(texts))/time.Since(began).Seconds())
		}
		began := time.Now()
		for _, text := range texts {
			if _, err := tokenizer.EncodeText(text); err != nil {
				return err
			}
		}
		single = append(single, float64(len(texts))/time.Since(began).Seconds())
		if err := tokenizer.Close(); err != nil {
			return err
		}
		if python != "" {
			if peer, err = addPeer(ctx, peer, python, dir); err != nil {
				return err
			}
		}
	}
	fmt.Println("| tokenization | documents/s, median | best |\n|---|---:|---:|")
	row("alnb, first pass", fresh)
	row("alnb, words known", warm)
	row("alnb, words known, one goroutine", single)
	for _, method := range []string{"encode_batch", "encode_batch_fast"} {
		if rates := peer[method]; rates != nil {
			row("tokenizers' "+method, rates)
		}
	}
	fmt.Println()
	for method, rates := range peer {
		fmt.Printf("First pass over %s: %.2f. Words known: %.2f.\n", method, median(fresh)/median(rates), median(warm)/median(rates))
	}
	fmt.Println()
	return nil
}

func row(what string, rates []float64) {
	fmt.Printf("| %s | %.0f | %.0f |\n", what, median(rates), slices.Max(rates))
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// tempDir is a folder for what a measurement writes.
func tempDir() (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp("", "alnb-tokens-*")
	return filepath.Clean(dir), func() { os.RemoveAll(dir) }, err
}
