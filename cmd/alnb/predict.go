package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/store"
)

func predict() *cobra.Command {
	var p prediction
	cmd := &cobra.Command{
		Use:   "predict --model DIR --in F.jsonl --out F.jsonl",
		Short: "Classify texts, or tag words, with a fine-tuned model",
		Long: `Classify texts, or tag words, with a fine-tuned model: a Hugging Face folder, or one that alnb saved.

For a classifier each line of the input is {"id"?, "text"}, each line of the output {"id"?, "label", "probs": {label: p}}.
For a tagger they are {"id"?, "words": [word, ...]} and {"id"?, "tags": [tag, ...], "probs": [[p, ...], ...]}, the
probabilities of each word in the order of the model's id2label. The order of lines is kept. "-" is standard input or
output. An output file appears when all is done.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.run(cmd.Context()) },
	}
	cmd.Flags().StringVar(&p.model, "model", "", "folder of the fine-tuned model")
	cmd.Flags().StringVar(&p.in, "in", "-", "JSON lines to read")
	cmd.Flags().StringVar(&p.out, "out", "-", "JSON lines to write")
	cmd.Flags().IntVar(&p.maxTokens, "max-tokens", 0, "cut longer texts (default: what the model can take)")
	cmd.Flags().BoolVar(&p.skipBad, "skip-bad", false, "report bad lines and go on")
	cmd.MarkFlagRequired("model")
	return cmd
}

// prediction is what the command's flags say.
type prediction struct {
	model, in, out string
	maxTokens      int
	skipBad        bool
}

func (p prediction) run(ctx context.Context) error {
	if p.maxTokens < 0 {
		return fmt.Errorf("predict: --max-tokens is %d; it must be at least 3, or 0 for what the model can take", p.maxTokens)
	}
	task, err := model.TaskOf(ctx, p.model)
	if err != nil {
		return err
	}
	kind := textRow
	if task == model.Tagging {
		kind = wordsRow
	}
	source := rowSource{kind: kind, name: "standard input", command: "predict"}
	if p.skipBad {
		source.bad = func(err error) { fmt.Fprintln(os.Stderr, "alnb:", err, "(skipped)") }
	}
	if p.in == "-" {
		source.in = untilDone(ctx, os.Stdin)
	} else {
		f, err := os.Open(p.in)
		if err != nil {
			return fmt.Errorf("predict: %w", err)
		}
		defer f.Close()
		source.name = p.in
		if err := source.check(ctx, f); err != nil {
			return err
		}
		source.in = f
	}
	answering, err := p.open(ctx, kind)
	if err != nil {
		return err
	}
	defer answering.Close()
	fmt.Fprintln(os.Stderr, "model:", answering.Origin())
	report := (&progress{to: os.Stderr, what: "predict", unit: "rows", now: time.Now, began: time.Now()}).report
	if p.out == "-" {
		err = predictRows(ctx, answering, source, os.Stdout, report)
	} else {
		err = store.WriteStream(p.out, func(w io.Writer) error { return predictRows(ctx, answering, source, w, report) })
	}
	if remark := answering.remark(); err == nil && remark != "" {
		fmt.Fprintln(os.Stderr, remark)
	}
	return err
}

// A predictor answers rows. Its answers are fields of a JSON object, as they stand between its braces.
type predictor interface {
	answer(ctx context.Context, rows []row, progress func(done int)) ([][]byte, error)
}

// opened is a predictor on a model of the package.
type opened interface {
	predictor
	Origin() string
	Close() error
	remark() string // what is to be said in the end; empty: nothing
}

func (p prediction) open(ctx context.Context, kind rowKind) (opened, error) {
	if kind == wordsRow {
		tagger, err := model.LoadTagger(ctx, p.model, p.maxTokens)
		return &wordTagger{Tagger: tagger}, err
	}
	classifier, err := model.Load(ctx, p.model, p.maxTokens)
	return textClassifier{classifier}, err
}

// A chunk of rows is held in memory, and sorted by length, at a time.
const (
	chunkRows  = 4096
	chunkBytes = 32 << 20
)

// predictRows answers JSON lines, a chunk at a time; progress gets the number of rows answered so far.
func predictRows(ctx context.Context, model predictor, source rowSource, out io.Writer, progress func(rows int)) error {
	buffered := bufio.NewWriter(out)
	var chunk []row
	finished, size := 0, 0
	flush := func() error {
		answers, err := model.answer(ctx, chunk, func(done int) { progress(finished + done) })
		if err != nil {
			return err
		}
		for i, answer := range answers {
			buffered.WriteByte('{')
			if id := chunk[i].id; id != nil {
				buffered.WriteString(`"id":`)
				buffered.Write(id)
				buffered.WriteByte(',')
			}
			buffered.Write(answer)
			buffered.WriteString("}\n")
		}
		finished += len(chunk)
		chunk, size = chunk[:0], 0
		return buffered.Flush()
	}
	for r, err := range source.rows() {
		if err != nil {
			return err
		}
		chunk = append(chunk, r)
		if size += r.size; len(chunk) == chunkRows || size >= chunkBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}
