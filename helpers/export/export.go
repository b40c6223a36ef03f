// Package export writes what a session gave: labels into files, and its last model into a folder.
package export

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/datasets"
)

// Documents writes all documents with what people said about them, in a form of datasets.Forms; and with what a model says,
// where predictions are given: see alnb.Session.Predict.
func Documents(ctx context.Context, w io.Writer, s *alnb.Session, form string, predictions []corpus.Prediction) error {
	labels := datasets.Labels{Spans: s.About().Spans}
	if predictions != nil { // probabilities are in the order of the model's classes
		_, trained, err := s.LastModel(ctx)
		if err != nil {
			return err
		}
		labels.Classes = trained.Metrics.Classes
	} else {
		classes, err := s.Classes(ctx)
		if err != nil {
			return err
		}
		for _, class := range classes {
			labels.Classes = append(labels.Classes, class.Name)
		}
	}
	return datasets.Write(w, form, labels, s.Judged(ctx, predictions))
}

// Model copies the session's last model, a folder in Hugging Face's form, to the folder out, which must not exist or be empty,
// and writes its model card.
func Model(ctx context.Context, s *alnb.Session, out string) error {
	from, _, err := s.LastModel(ctx)
	if err != nil {
		return err
	}
	card, err := modelCard(ctx, s)
	if err != nil {
		return err
	}
	return store.WriteDir(out, func(tmp string) error {
		entries, err := os.ReadDir(from)
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
		for _, entry := range entries {
			if err := copyFile(filepath.Join(from, entry.Name()), filepath.Join(tmp, entry.Name())); err != nil {
				return err
			}
		}
		return store.WriteFile(filepath.Join(tmp, cardFile), card)
	})
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer in.Close()
	return store.WriteStream(to, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
}
