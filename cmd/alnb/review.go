package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/helpers/report"
)

func reviewCommand() *cobra.Command {
	var r reviewing
	cmd := &cobra.Command{
		Use:   "review DIR",
		Short: "Find labels of a session that may be wrong, and have people look at them again",
		Long: `Trains models on parts of what is labeled, prints the documents whose labels they doubt, the most doubtful first, and has the
labeling page show those again. Where "alnb serve" has the session, that takes the look between its trainings, and this waits
for it; interrupted, it leaves it to the server. Labels that people have confirmed so are left out the next time.`,
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
	suspects, err := s.LookAgain(ctx, alnb.LookOptions{Folds: r.folds, Top: r.top, Report: func(now alnb.Progress) {
		if now.Note != "" {
			fmt.Fprintln(os.Stderr, "review:", now.Note)
		}
		if now.Phase == alnb.PhaseLook {
			p.reportOf(now.Done, now.Total)
		}
	}})
	if errors.Is(err, alnb.ErrAsked) && ctx.Err() != nil {
		fmt.Fprintln(os.Stderr, "review: the session's server takes the second look all the same, and its page shows what it finds")
	}
	if err != nil {
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
