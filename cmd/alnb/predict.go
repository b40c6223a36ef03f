package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/datasets/rows"
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
output. An output file appears when all is done; until then its lines grow in OUT.partial, and a command that was
interrupted, even killed, goes on from there when it is given again.

IN may be a pool in shards, a folder or the URL of a bucket with .jsonl and .parquet files; OUT is one then, too, with a file of answers
for each shard. With --queue workers do that, a shard at a time, else this command; shards that are done aren't done again.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.run(cmd.Context()) },
	}
	cmd.Flags().StringVar(&p.model, "model", "", "folder of the fine-tuned model")
	cmd.Flags().StringVar(&p.in, "in", "-", "JSON lines to read")
	cmd.Flags().StringVar(&p.out, "out", "-", "JSON lines to write")
	cmd.Flags().IntVar(&p.maxTokens, "max-tokens", 0, "cut longer texts (default: what the model can take)")
	cmd.Flags().BoolVar(&p.skipBad, "skip-bad", false, "report bad lines and go on")
	cmd.Flags().BoolVar(&p.restart, "restart", false, "begin anew where an interrupted command left a part")
	p.queueFlag(cmd)
	p.storeFlag(cmd)
	cmd.MarkFlagRequired("model")
	return cmd
}

// prediction is what the command's flags say.
type prediction struct {
	model, in, out string
	maxTokens      int
	skipBad        bool
	restart        bool
	sweeping
}

func (p prediction) run(ctx context.Context) error {
	if p.maxTokens < 0 {
		return fmt.Errorf("predict: --max-tokens is %d; it must be at least 3, or 0 for what the model can take", p.maxTokens)
	}
	if inShards(p.in) {
		return p.inShards(ctx)
	}
	task, err := model.TaskOf(ctx, p.model)
	if err != nil {
		return err
	}
	kind := rows.Text
	if task == model.Tagging {
		kind = rows.Words
	}
	source := rows.Source{Kind: kind, Name: "standard input", Command: "predict"}
	if p.skipBad {
		source.Bad = func(err error) { fmt.Fprintln(os.Stderr, "alnb:", err, "(skipped)") }
	}
	pause := pauseOf(os.Stdin)
	if p.in == "-" {
		source.In = rows.UntilDone(ctx, os.Stdin)
	} else {
		f, err := os.Open(p.in)
		if err != nil {
			return fmt.Errorf("predict: %w", err)
		}
		defer f.Close()
		source.Name = p.in
		if err := source.Check(ctx, f); err != nil {
			return err
		}
		source.In, pause = f, pauseOf(f)
	}
	answering, err := p.open(ctx, kind)
	if err != nil {
		return err
	}
	defer answering.Close()
	fmt.Fprintln(os.Stderr, "model:", answering.Origin())
	chunks := inChunks(source)
	if p.intoStream() {
		chunks = asTheyCome(source, pause)
	}
	if err := p.answer(ctx, answering, chunks); err != nil {
		return err
	}
	sayCut(*answering.cut())
	return nil
}

func sayCut(cut cuts) {
	if cut.Documents > 0 {
		fmt.Fprintf(os.Stderr, "cut: documents: %d, words: %d; these words, past the model's limit, are tagged O\n", cut.Documents, cut.Words)
	}
}

// intoStream tells whether the answers go where somebody may wait for them, and not into a file, whose chunks depend on the rows alone.
func (p prediction) intoStream() bool {
	info, err := os.Stat(p.out)
	return p.out == "-" || err == nil && !info.Mode().IsRegular()
}

// answer writes the answers to where they are to go.
func (p prediction) answer(ctx context.Context, answering opened, chunks iter.Seq2[[]rows.Row, error]) error {
	report := &progress{to: os.Stderr, what: "predict", unit: "rows", now: time.Now, began: time.Now()}
	into := func(w io.Writer) error {
		return predictRows(ctx, answering, chunks, report, func(a answered) error {
			_, err := w.Write(a.appendLines(nil))
			return err
		})
	}
	if p.out == "-" {
		return into(os.Stdout)
	}
	if p.intoStream() {
		return store.WriteStream(p.out, into)
	}
	return p.intoFile(ctx, answering, chunks, report)
}

// intoFile writes a file, and goes on with it where an earlier command was interrupted.
func (p prediction) intoFile(ctx context.Context, answering opened, chunks iter.Seq2[[]rows.Row, error], report *progress) error {
	out := p.out
	if target, err := filepath.EvalSymlinks(out); err == nil {
		out = target
	}
	made, err := p.made(ctx, answering.Origin())
	if err != nil {
		return err
	}
	part, err := openPartial(out, made, p.restart)
	if err != nil {
		return err
	}
	if report.first = part.state.Rows; report.first > 0 {
		fmt.Fprintf(os.Stderr, "predict: %d rows are answered in %s; going on after them\n", report.first, part.dir)
	}
	*answering.cut() = part.state.Cut
	err = predictRows(ctx, answering, part.rest(chunks), report, func(a answered) error { return part.keep(a, *answering.cut()) })
	if err == nil {
		return part.finish()
	}
	rows, failed := part.suspend()
	if rows > 0 && failed == nil {
		fmt.Fprintf(os.Stderr, "predict: %d rows are kept in %s; the same command goes on after them\n", rows, part.dir)
	}
	return errors.Join(err, failed)
}

// opened is a predictor on a model of the package.
type opened interface {
	predictor
	Origin() string
	Close() error
	cut() *cuts
}

func (p prediction) open(ctx context.Context, kind rows.Kind) (opened, error) {
	if kind == rows.Words {
		tagger, err := model.LoadTagger(ctx, p.model, p.maxTokens)
		return &wordTagger{Tagger: tagger}, err
	}
	classifier, err := model.Load(ctx, p.model, p.maxTokens)
	return textClassifier{classifier}, err
}

// predictRows answers rows, a chunk at a time, in order.
func predictRows(ctx context.Context, model predictor, chunks iter.Seq2[[]rows.Row, error], report *progress, keep func(answered) error) error {
	finished := report.first
	for a, err := range model.answers(ctx, chunks, func(done int) { report.report(finished + done) }) {
		if err == nil {
			err = keep(a)
		}
		if err != nil {
			return err
		}
		finished += len(a.rows)
	}
	return nil
}
