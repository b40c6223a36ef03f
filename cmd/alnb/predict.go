package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

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
	input, name := io.Reader(os.Stdin), "standard input"
	if in != "-" {
		f, err := os.Open(in)
		if err != nil {
			return fmt.Errorf("predict: %w", err)
		}
		defer f.Close()
		input, name = f, in
	}
	classifier, err := model.Load(ctx, dir, maxTokens)
	if err != nil {
		return err
	}
	defer classifier.Close()
	fmt.Fprintln(os.Stderr, "model:", classifier.Origin())
	if out == "-" {
		return predictRows(ctx, classifier, input, name, os.Stdout)
	}
	return store.WriteStream(out, func(w io.Writer) error { return predictRows(ctx, classifier, input, name, w) })
}

// predictor is what predictRows needs of a model.
type predictor interface {
	Classes() []string
	Probabilities(ctx context.Context, docs []corpus.Document, progress func(done int)) ([][]float32, error)
}

// chunk is how many rows are held in memory, and sorted by length, at a time.
const chunk = 4096

// maxRow is the longest line taken, in bytes.
const maxRow = 64 << 20

// predictRows classifies JSON lines, a chunk at a time.
func predictRows(ctx context.Context, model predictor, in io.Reader, name string, out io.Writer) error {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(make([]byte, 1<<16), maxRow)
	buffered := bufio.NewWriter(out)
	var docs []corpus.Document
	var ids []json.RawMessage
	flush := func() error {
		rows, err := model.Probabilities(ctx, docs, nil)
		if err != nil {
			return err
		}
		for i, row := range rows {
			if err := writePrediction(buffered, ids[i], model.Classes(), row); err != nil {
				return err
			}
		}
		docs, ids = docs[:0], ids[:0]
		return buffered.Flush()
	}
	line := 0
	for scanner.Scan() {
		line++
		var row struct {
			ID   json.RawMessage `json:"id"`
			Text *string         `json:"text"`
		}
		if err := json.Unmarshal(scanner.Bytes(), &row); err != nil {
			return fmt.Errorf("predict: %s, line %d is not a JSON object: %w", name, line, err)
		}
		if row.Text == nil {
			return fmt.Errorf("predict: %s, line %d has no \"text\"", name, line)
		}
		docs = append(docs, corpus.Document{ID: string(row.ID), Text: corpus.Clean(*row.Text)})
		ids = append(ids, row.ID)
		if len(docs) == chunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("predict: %s, line %d is longer than %d bytes", name, line+1, maxRow)
	} else if err != nil {
		return fmt.Errorf("predict: read %s: %w", name, err)
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
