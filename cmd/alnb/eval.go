package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/datasets"
	"github.com/alnb/alnb/datasets/rows"
)

func evalCommand() *cobra.Command {
	var gold, predicted string
	cmd := &cobra.Command{
		Use:   "eval --gold F.conll --pred F.conll",
		Short: "Score predicted tags against gold tags: strict span precision, recall and F1",
		Long: `Scores predicted tags against gold tags: strict span precision, recall and F1, overall and by type, as seqeval's default.

Both files have a word a line, its tag in the last column, and blank lines between documents. "-" is standard input, for
one of the two. The scores go to standard output, as JSON.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return evalFiles(cmd.Context(), gold, predicted, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&gold, "gold", "", "file of columns with the gold tags")
	cmd.Flags().StringVar(&predicted, "pred", "", "file of columns with the predicted tags")
	cmd.MarkFlagRequired("gold")
	cmd.MarkFlagRequired("pred")
	return cmd
}

func evalFiles(ctx context.Context, gold, predicted string, out io.Writer) error {
	if gold == "-" && predicted == "-" {
		return errors.New("eval: only one of --gold and --pred can be standard input")
	}
	want, err := readTags(ctx, gold)
	if err != nil {
		return err
	}
	got, err := readTags(ctx, predicted)
	if err != nil {
		return err
	}
	if err := sameWords(want, got); err != nil {
		return err
	}
	scores, err := eval.ScoreSpans(want.tags(), got.tags())
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(scores)
}

// A tagFile is a file with tags, read.
type tagFile struct {
	name string // what errors call it
	docs []datasets.ColumnTags
}

func (f tagFile) tags() [][]string {
	tags := make([][]string, len(f.docs))
	for i, doc := range f.docs {
		tags[i] = doc.Tags
	}
	return tags
}

func readTags(ctx context.Context, path string) (tagFile, error) {
	file := tagFile{name: path}
	var in io.Reader
	if path == "-" {
		file.name, in = "standard input", rows.UntilDone(ctx, os.Stdin)
	} else {
		f, err := os.Open(path)
		if err != nil {
			return tagFile{}, fmt.Errorf("eval: %w", err)
		}
		defer f.Close()
		in = f
	}
	var err error
	if file.docs, err = datasets.ReadColumnTags(in); err != nil {
		return tagFile{}, fmt.Errorf("eval: %s, %w", file.name, err)
	}
	if len(file.docs) == 0 {
		return tagFile{}, fmt.Errorf("eval: %s has no words in it", file.name)
	}
	return file, nil
}

// sameWords tells where the predictions are not about the gold file's documents.
func sameWords(gold, predicted tagFile) error {
	for i := range min(len(gold.docs), len(predicted.docs)) {
		want, got := gold.docs[i], predicted.docs[i]
		for j := range min(len(want.Words), len(got.Words)) {
			if want.Words[j] != got.Words[j] {
				return fmt.Errorf("eval: %s, line %d: the word is %q; in %s, line %d, it is %q",
					predicted.name, got.Lines[j], got.Words[j], gold.name, want.Lines[j], want.Words[j])
			}
		}
		if len(want.Tags) != len(got.Tags) {
			return fmt.Errorf("eval: %s: the document that begins in line %d has %d words; in %s, line %d, it has %d",
				predicted.name, got.Lines[0], len(got.Tags), gold.name, want.Lines[0], len(want.Tags))
		}
	}
	short, long := gold, predicted
	if len(predicted.docs) < len(gold.docs) {
		short, long = predicted, gold
	}
	if n := len(short.docs); n < len(long.docs) {
		return fmt.Errorf("eval: %s ends after %d documents; %s has %d, the next begins in line %d",
			short.name, n, long.name, len(long.docs), long.docs[n].Lines[0])
	}
	return nil
}
