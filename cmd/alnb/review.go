package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/helpers/report"
)

func reviewCommand() *cobra.Command {
	var r reviewing
	cmd := &cobra.Command{
		Use:   "review DIR",
		Short: "Find labels of a session that may be wrong, and have people look at them again",
		Long: `Trains models on parts of what is labeled, prints the documents whose labels they doubt, the most doubtful first, and has the
labeling page show those again. It trains, so it needs the session for itself: end "alnb serve" before, and start it after.`,
		Args: cobra.ExactArgs(1),
		RunE: onSession(func(ctx context.Context, s *alnb.Session) error { return r.run(ctx, s) }),
	}
	cmd.Flags().IntVar(&r.folds, "folds", 5, "how many models are trained, each without so large a part of the labels")
	cmd.Flags().IntVar(&r.top, "top", 0, "look again at so many at most; 0 stands for all")
	return cmd
}

// reviewing is what the command's flags say.
type reviewing struct{ folds, top int }

func (r reviewing) run(ctx context.Context, s *alnb.Session) error {
	if r.top < 0 {
		return fmt.Errorf("--top is %d; it is a number of documents, 0 stands for all", r.top)
	}
	p := progress{to: os.Stderr, what: "review", unit: "steps", now: time.Now}
	suspects, err := s.SecondLook(ctx, r.folds, func(now alnb.Progress) {
		p.reportOf(now.Round*now.Total+now.Done, now.Rounds*now.Total)
	})
	var held *store.HeldError
	if errors.As(err, &held) {
		return fmt.Errorf("a review trains models, which the session's server does now: %w, and review then", err)
	}
	if err != nil {
		return err
	}
	if r.top > 0 {
		suspects = suspects[:min(r.top, len(suspects))]
	}
	if err := s.Review(ctx, alnb.SuspectIDs(suspects)); err != nil {
		return err
	}
	if len(suspects) == 0 {
		fmt.Fprintln(os.Stderr, "review: the models doubt no label")
		return nil
	}
	fmt.Print(report.SuspectTable(suspects).Text())
	fmt.Fprintf(os.Stderr, "review: \"alnb serve %s\" shows these %d again\n", s.Dir(), len(suspects))
	return nil
}
