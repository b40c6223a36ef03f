package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/store"
)

func predict() *cobra.Command {
	var dir, in, out string
	var maxTokens int
	cmd := &cobra.Command{
		Use:   "predict --model DIR --in F.jsonl --out F.jsonl",
		Short: "Classify texts with a fine-tuned model",
		Long: `Classify texts with a fine-tuned model, a Hugging Face folder.

Each line of the input is {"id"?, "text"}, each line of the output {"id"?, "label", "probs": {label: p}}, in the same
order. "-" is standard input or output. An output file appears when all is done.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return predictFiles(cmd.Context(), dir, in, out, maxTokens)
		},
	}
	cmd.Flags().StringVar(&dir, "model", "", "folder of the fine-tuned model")
	cmd.Flags().StringVar(&in, "in", "-", "JSON lines to read")
	cmd.Flags().StringVar(&out, "out", "-", "JSON lines to write")
	cmd.Flags().IntVar(&maxTokens, "max-tokens", 0, "cut longer texts (default: what the model can take)")
	cmd.MarkFlagRequired("model")
	return cmd
}

func predictFiles(ctx context.Context, dir, in, out string, maxTokens int) error {
	var input io.Reader
	name := "standard input"
	if in == "-" {
		input = untilDone(ctx, os.Stdin)
	} else {
		f, err := os.Open(in)
		if err != nil {
			return fmt.Errorf("predict: %w", err)
		}
		defer f.Close()
		if err := checkRows(ctx, f, in); err != nil {
			return err
		}
		input, name = f, in
	}
	classifier, err := model.Load(ctx, dir, maxTokens)
	if err != nil {
		return err
	}
	defer classifier.Close()
	fmt.Fprintln(os.Stderr, "model:", classifier.Origin())
	p := &progress{to: os.Stderr, what: "predict", now: time.Now, began: time.Now()}
	if out == "-" {
		return predictRows(ctx, classifier, input, name, os.Stdout, p.report)
	}
	return store.WriteStream(out, func(w io.Writer) error { return predictRows(ctx, classifier, input, name, w, p.report) })
}

// predictor is what predictRows needs of a model.
type predictor interface {
	Classes() []string
	Probabilities(ctx context.Context, docs []corpus.Document, progress func(done int)) ([][]float32, error)
}

// A chunk of rows is held in memory, and sorted by length, at a time.
const (
	chunkRows  = 4096
	chunkBytes = 32 << 20
)

// predictRows classifies JSON lines, a chunk at a time; progress gets the number of rows classified so far.
func predictRows(ctx context.Context, model predictor, in io.Reader, name string, out io.Writer, progress func(rows int)) error {
	buffered := bufio.NewWriter(out)
	var chunk []row
	finished, size := 0, 0
	flush := func() error {
		docs := make([]corpus.Document, len(chunk))
		for i, r := range chunk {
			docs[i] = corpus.Document{ID: fmt.Sprintf("in line %d", r.line), Text: r.text}
		}
		probabilities, err := model.Probabilities(ctx, docs, func(done int) { progress(finished + done) })
		if err != nil {
			return err
		}
		for i, p := range probabilities {
			if err := writePrediction(buffered, chunk[i].id, model.Classes(), p); err != nil {
				return err
			}
		}
		finished += len(chunk)
		chunk, size = chunk[:0], 0
		return buffered.Flush()
	}
	for r, err := range rows(in, name) {
		if err != nil {
			return err
		}
		chunk = append(chunk, r)
		if size += len(r.text); len(chunk) == chunkRows || size >= chunkBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// writePrediction writes one row, its probabilities in the order of the classes.
func writePrediction(w *bufio.Writer, id json.RawMessage, classes []string, row []float32) error {
	w.WriteByte('{')
	if id != nil {
		w.WriteString(`"id":`)
		w.Write(id)
		w.WriteByte(',')
	}
	label, err := json.Marshal(classes[eval.Best(row)])
	if err != nil {
		return err
	}
	w.WriteString(`"label":`)
	w.Write(label)
	w.WriteString(`,"probs":{`)
	for k, p := range row {
		class, err := json.Marshal(classes[k])
		if err != nil {
			return err
		}
		if k > 0 {
			w.WriteByte(',')
		}
		w.Write(class)
		fmt.Fprintf(w, ":%g", p)
	}
	_, err = w.WriteString("}}\n")
	return err
}
