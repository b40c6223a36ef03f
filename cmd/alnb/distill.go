package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/datasets/rows"
)

func distill() *cobra.Command {
	d := model.Distill("", 0)
	var in, out string
	var seed uint64
	cmd := &cobra.Command{
		Use:   "distill --teacher DIR --in F.jsonl --layers N --out DIR",
		Short: "Make a smaller encoder of a pretrained one, without labels",
		Long: `Makes a student with fewer layers of a pretrained encoder (a folder or a name on the hub), on texts without labels. Each
line of the input is {"text"}. The student is a Hugging Face folder, to be fine-tuned as any other. Interrupted, the same
command goes on from OUT.partial.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return distillFile(cmd.Context(), d, in, out, seed) },
	}
	cmd.Flags().StringVar(&d.Teacher, "teacher", "", "folder of the pretrained model, or its name on the hub")
	cmd.Flags().StringVar(&in, "in", "-", "JSON lines to read")
	cmd.Flags().IntVar(&d.Layers, "layers", 0, "layers of the student")
	cmd.Flags().StringVar(&out, "out", "", "folder to write, which must not exist or be empty")
	cmd.Flags().IntVar(&d.Hidden, "hidden", 0, "size of the student's states (default: the teacher's)")
	cmd.Flags().IntVar(&d.Heads, "heads", 0, "the student's attention heads (default: the teacher's)")
	cmd.Flags().IntVar(&d.Intermediate, "intermediate", 0, "size of the student's inner layers (default: the teacher's)")
	cmd.Flags().BoolVar(&d.Task, "task", false, "distill what a fine-tuned teacher does: the student is fine-tuned, too")
	cmd.Flags().Float64Var(&d.Temperature, "temperature", d.Temperature, "of the distributions that are matched")
	cmd.Flags().IntVar(&d.MaxTokens, "max-tokens", d.MaxTokens, "cut longer texts")
	cmd.Flags().IntVar(&d.Training.Steps, "steps", d.Training.Steps, "training steps")
	cmd.Flags().IntVar(&d.Training.BatchSize, "batch-size", d.Training.BatchSize, "texts a step")
	cmd.Flags().Float64Var(&d.Training.LearningRate, "learning-rate", d.Training.LearningRate, "the highest")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "seed of mini-batches, masks and dropout")
	for _, name := range []string{"teacher", "layers", "out"} {
		cmd.MarkFlagRequired(name)
	}
	return cmd
}

func distillFile(ctx context.Context, d model.Distillation, in, out string, seed uint64) error {
	source := rows.Source{Kind: rows.Text, Command: "distill"}
	closer, err := source.Open(ctx, in)
	if err != nil {
		return err
	}
	defer closer.Close()
	var docs []corpus.Document
	for r, err := range source.Rows() {
		if err != nil {
			return err
		}
		docs = append(docs, corpus.Document{ID: fmt.Sprintf("in line %d", r.Line), Text: r.Text})
	}
	report := &progress{to: os.Stderr, what: "distill", unit: "steps", now: time.Now, began: time.Now()}
	result, err := d.Run(ctx, docs, out, learner.Run{Seed: seed, Progress: report.reportOf})
	if err != nil {
		return err
	}
	matched := "hidden states"
	if d.Task {
		matched = "distributions over the labels"
	}
	if result.Masked {
		matched += " and masked words"
	}
	fmt.Fprintf(os.Stderr, "teacher: %s\nmatched: %s, on %d texts; %d steps, %d of them before an interruption; loss %.4f\nstudent: %s\n",
		result.Origin, matched, len(docs), result.Steps, result.Resumed, result.Loss, out)
	return nil
}
