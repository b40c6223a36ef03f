// Command stream scores a million made-up documents, of AG News' lengths, with a BERT of 2 layers and hidden size 128 and
// prints how long that takes and how much memory: a table row each tenth. Documents are made as they are read, the next
// tokenized while others are scored, and results dropped.
//
//	go run ./tests/bench/stream -documents 1000000
//
// The weights are random; the tokenizer is that of -model.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/pretrained"
)

func main() {
	documents := flag.Int("documents", 1_000_000, "documents to score")
	checkpoint := flag.String("model", "sentence-transformers/all-MiniLM-L6-v2", "folder or name of the model whose tokenizer is taken")
	flag.String("python", "", "not used: no peer streams") // given by make bench
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *checkpoint, *documents); err != nil {
		fmt.Fprintln(os.Stderr, "stream:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, checkpoint string, documents int) error {
	if documents < 10 {
		return fmt.Errorf("-documents is %d; it must be at least 10", documents)
	}
	from, _, err := pretrained.Find(ctx, checkpoint)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "alnb-stream-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	dir := filepath.Join(tmp, "bert-tiny")
	words, err := writeTiny(dir, from)
	if err != nil {
		return err
	}
	classifier, err := model.Load(ctx, dir, 128)
	if err != nil {
		return err
	}
	defer classifier.Close()
	fmt.Printf("%d documents, %s.\n\n", documents, classifier.Origin())
	fmt.Println("| documents | seconds | documents/s | RSS, MB | highest RSS, MB |\n|---:|---:|---:|---:|---:|")
	began := time.Now()
	done, every := 0, documents/10
	for _, err := range classifier.PredictStream(ctx, pool(words, documents), nil) {
		if err != nil {
			return err
		}
		if done++; done%every == 0 {
			now, highest, err := memory()
			if err != nil {
				return err
			}
			seconds := time.Since(began).Seconds()
			fmt.Printf("| %d | %.1f | %.0f | %d | %d |\n", done, seconds, float64(done)/seconds, now, highest)
		}
	}
	fmt.Printf("\nPrograms compiled: %d.\n", classifier.Compiled())
	return nil
}
