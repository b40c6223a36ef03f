package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/spec"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/datasets/rows"
)

func queryCommand() *cobra.Command {
	var c choice
	cmd := &cobra.Command{
		Use:   "query --model DIR --strategy NAME --in F.jsonl --top N [--labeled F.jsonl] [--out F.jsonl]",
		Short: "Choose the documents that are worth a label, with a fine-tuned model",
		Long: `Chooses, of documents without a label, N that are worth one, with a fine-tuned model: a Hugging Face folder, or one that
alnb saved.

Each line of the input is {"id"?, "text"} for a classifier, {"id"?, "words": [word, ...]} for a tagger; a document without
an id gets one made of what is in it. Each line of the output is {"id", "score", "rank"}, the most informative document,
of rank 1, first; score is null where the strategy chooses documents that go together. Labeled documents, of which each
line has a "label" or "tags" or "spans", too, are needed by mahalanobis, coreset and cal. "-" is standard input or output.

The input may be a pool in shards: a folder, or the URL of a bucket, with .jsonl and .parquet files. Then scores are kept in --store, a
next query with --ups and --since scores only what was the most uncertain by them, and documents whose id is in the labeled file are left
out. With --queue workers score, a shard at a time.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context(), cmd.OutOrStdout(), os.Stderr) },
	}
	cmd.Flags().StringVar(&c.model, "model", "", "folder of the fine-tuned model")
	cmd.Flags().StringVar(&c.strategy, "strategy", "", "how to choose: "+strings.Join(strategies().Names(), ", "))
	cmd.Flags().StringVar(&c.in, "in", "-", "JSON lines to choose from")
	cmd.Flags().StringVar(&c.labeled, "labeled", "", "JSON lines with labels, which the model was trained on")
	cmd.Flags().Uint64Var(&c.seed, "seed", 1, "seed of all that is random")
	cmd.Flags().IntVar(&c.top, "top", 0, "documents to choose")
	cmd.Flags().StringVar(&c.out, "out", "-", "JSON lines to write")
	cmd.Flags().IntVar(&c.maxTokens, "max-tokens", 0, "cut longer texts (default: what the model can take)")
	cmd.Flags().BoolVar(&c.skipBad, "skip-bad", false, "report bad lines and go on")
	cmd.Flags().BoolVar(&c.ups, "ups", false, "of a pool in shards, score the part that was the most uncertain (gamma 0.1, T 0.01)")
	cmd.Flags().IntVar(&c.number, "number", 0, "of a pool in shards, the query's number, 0 for the first; 0, 1, 4 and 8 score all")
	cmd.Flags().StringVar(&c.since, "since", "", "of a pool in shards, the query before, whose scores are known")
	c.queueFlag(cmd)
	c.storeFlag(cmd)
	for _, name := range []string{"model", "strategy", "top"} {
		cmd.MarkFlagRequired(name)
	}
	return cmd
}

// choice is what the command's flags say.
type choice struct {
	model, strategy, in, labeled, out string
	seed                              uint64
	top, maxTokens                    int
	skipBad                           bool
	number                            int
	since                             string
	ups                               bool
	sweeping
}

func (c choice) run(ctx context.Context, stdout, stderr io.Writer) error {
	strategy, err := c.check()
	if err != nil {
		return err
	}
	if inShards(c.in) {
		return c.inShards(ctx, strategy, stdout)
	}
	if c.ups || c.since != "" || c.number != 0 {
		return errors.New("query: --ups, --since and --number are for a pool in shards: a folder, or the URL of a bucket")
	}
	task, err := model.TaskOf(ctx, c.model)
	if err != nil {
		return err
	}
	kind, untrained := rows.Text, any((*model.Classifier)(nil))
	if task == model.Tagging {
		kind, untrained = rows.Words, (*model.Tagger)(nil)
	}
	if err := query.Check(strategy, untrained); err != nil {
		return fmt.Errorf("%w (%s is a model for %s)", err, c.model, task)
	}
	pool, err := readPool(ctx, c.source(kind, stderr), c.in)
	if err != nil {
		return err
	}
	var labeled labeledRows
	if c.labeled != "" {
		if labeled, err = readLabeled(ctx, c.source(kind, stderr), c.labeled); err != nil {
			return err
		}
	}
	m, err := openChooser(ctx, kind, c.model, c.maxTokens)
	if err != nil {
		return err
	}
	defer m.Close()
	request := query.Request{Docs: pool.docs, Model: m, Budget: query.Docs(c.top), Key: keyed.Key{Seed: c.seed, Purpose: "query"}}
	if request.Labeled, err = labeled.of(m.Classes()); err != nil {
		return err
	}
	if len(request.Labeled) == 0 && needsLabeled(strategy) {
		return fmt.Errorf("query: there are no documents in %s that can be used, and %s compares with labeled ones", c.labeled, c.strategy)
	}
	fmt.Fprintln(stderr, "model:", m.Origin())
	if n := len(pool.docs); n < c.top {
		fmt.Fprint(stderr, c.largerThan(n))
	}
	if n := pool.among(labeled); n > 0 {
		fmt.Fprintf(stderr, "query: %d of the documents to choose from are among the labeled ones, too; leave them out, or they may be asked for again\n", n)
	}
	report := &progress{to: stderr, what: "query", unit: "documents", now: time.Now, began: time.Now()}
	request.Progress = report.report
	proposal, err := query.Propose(ctx, strategy, request)
	if err != nil {
		return err
	}
	return c.write(stdout, func(w io.Writer) error {
		_, err := w.Write(pool.appendLines(nil, proposal))
		return err
	})
}

// check finds what is wrong with the flags themselves.
func (c choice) check() (query.Strategy, error) {
	strategy, err := strategies().Decode(spec.Component{Name: c.strategy})
	switch {
	case err != nil:
		return nil, fmt.Errorf("query: %w", err)
	case c.top < 1:
		return nil, fmt.Errorf("query: --top is %d; it is a number of documents, at least 1", c.top)
	case c.maxTokens < 0:
		return nil, fmt.Errorf("query: --max-tokens is %d; it must be at least 3, or 0 for what the model can take", c.maxTokens)
	case c.number < 0:
		return nil, fmt.Errorf("query: --number is %d; it is the query's number, 0 for the first", c.number)
	case c.labeled == "" && needsLabeled(strategy):
		return nil, fmt.Errorf("query: %s compares with labeled documents; give them with --labeled", c.strategy)
	case c.in == "-" && c.labeled == "-":
		return nil, errors.New("query: only one of --in and --labeled can be standard input")
	}
	if info, err := os.Stat(c.out); err == nil && info.IsDir() {
		return nil, fmt.Errorf("query: --out is %s, which is a folder; give a file's name", c.out)
	}
	if info, err := os.Stat(filepath.Dir(c.out)); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("query: --out is %s, and there is no folder %s; make it, or give another", c.out, filepath.Dir(c.out))
	}
	return strategy, nil
}

// largerThan says that the pool has no more than n documents.
func (c choice) largerThan(n int) string {
	return fmt.Sprintf("query: the batch is larger than the pool: --top is %d, and there are %d documents; all of them are returned\n", c.top, n)
}

// needsLabeled tells whether a strategy makes no sense without labeled documents.
func needsLabeled(s query.Strategy) bool {
	switch s.(type) {
	case query.MahalanobisDistance, query.CoreSet, query.CAL:
		return true
	}
	return false
}

func (c choice) source(kind rows.Kind, stderr io.Writer) rows.Source {
	s := rows.Source{Kind: kind, Command: "query"}
	if c.skipBad {
		s.Bad = func(err error) { fmt.Fprintln(stderr, "alnb:", err, "(skipped)") }
	}
	return s
}

func (c choice) write(stdout io.Writer, into func(io.Writer) error) error {
	if c.out == "-" {
		return into(stdout)
	}
	return store.WriteStream(c.out, into)
}

// A chooser is a trained model; what a strategy asks of it, the strategy finds.
type chooser interface {
	Classes() []string
	Origin() string
	Close() error
}

func openChooser(ctx context.Context, kind rows.Kind, dir string, maxTokens int) (chooser, error) {
	if kind == rows.Words {
		return model.LoadTagger(ctx, dir, maxTokens)
	}
	return model.Load(ctx, dir, maxTokens)
}

// appendLines appends a line for each chosen document.
func (p poolRows) appendLines(out []byte, chosen query.Proposal) []byte {
	for rank, position := range chosen.Positions {
		score := []byte("null")
		if chosen.Scores != nil {
			score = appendScore(nil, chosen.Scores[position])
		}
		out = appendChosen(out, p.ids[position], score, rank)
	}
	return out
}

// appendChosen appends the line of a document, whose ID and score are JSON.
func appendChosen(out, id, score []byte, rank int) []byte {
	out = append(append(out, `{"id":`...), id...)
	out = append(append(out, `,"score":`...), score...)
	out = strconv.AppendInt(append(out, `,"rank":`...), int64(rank+1), 10)
	return append(out, "}\n"...)
}

func appendScore(out []byte, score float64) []byte {
	return strconv.AppendFloat(out, score, 'g', -1, 64)
}
