package main

import (
	"context"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/datasets"
	"github.com/alnb/alnb/helpers/export"
)

// huggingFace is the form of a model; the others are those of documents.
const huggingFace = "hf"

func exportCommand() *cobra.Command {
	var e exporting
	cmd := &cobra.Command{
		Use:   "export DIR --out OUT --format " + huggingFace + "|" + strings.Join(datasets.Forms(), "|"),
		Short: "Write a session's labels into a file, or its last model into a folder",
		Long: `With "hf" OUT becomes a folder with the session's last model in Hugging Face's form and a model card. With any other format it
is a file with all documents and what people said about them; "-" is standard output. --predictions adds what the last model
says about each.`,
		Args: cobra.ExactArgs(1),
		RunE: onSession(func(ctx context.Context, s *alnb.Session) error { return e.run(ctx, s) }),
	}
	cmd.Flags().StringVar(&e.out, "out", "", "the file or folder to write")
	cmd.Flags().StringVar(&e.format, "format", huggingFace, "what to write, and how")
	cmd.Flags().BoolVar(&e.predictions, "predictions", false, "with documents: what the last model says about each")
	cmd.MarkFlagRequired("out")
	return cmd
}

// exporting is what the command's flags say.
type exporting struct {
	out, format string
	predictions bool
}

func (e exporting) run(ctx context.Context, s *alnb.Session) error {
	if e.format == huggingFace {
		return export.Model(ctx, s, e.out)
	}
	var predictions []corpus.Prediction
	if e.predictions {
		p := progress{to: os.Stderr, what: "export", unit: "documents", now: time.Now}
		var err error
		if predictions, err = s.Predict(ctx, p.reportOf); err != nil {
			return err
		}
	}
	write := func(w io.Writer) error { return export.Documents(ctx, w, s, e.format, predictions) }
	if e.out == "-" {
		return write(os.Stdout)
	}
	return store.WriteStream(e.out, write)
}
