package nb

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/helpers/export"
	"github.com/alnb/alnb/helpers/report"
)

// Hand hands the session's labels to another model: it is trained on them, and on what a pseudo-labeler says of the texts that
// nobody has judged (PLASM). It shows how far it is, what came of the pseudo-labels, how good the successor is, and where its
// folder lies, with a model card. Interrupted, it ends within a second, and goes on after the last finished step when it is run
// again; where all is done already, it only shows it.
func Hand(s *alnb.Session, to alnb.Hand) {
	screen := newScreen()
	code := hand(context.Background(), screen, s, to, s.Hand)
	screen.close()
	if code != 0 {
		os.Exit(code)
	}
}

// handFunc is Session.Hand.
type handFunc func(ctx context.Context, to alnb.Hand, report func(alnb.Progress)) (alnb.Handed, error)

// hand returns the exit code.
func hand(ctx context.Context, screen screen, s *alnb.Session, to alnb.Hand, over handFunc) int {
	ctx, stop := interruptible(ctx)
	defer stop()
	m := newMonitor(screen, time.Now)
	handed, err := within(ctx, func(ctx context.Context) (alnb.Handed, error) { return over(ctx, to, m.report) })
	var refused *pseudolabel.RefusedError
	switch {
	case err == nil:
		m.finish()
		if err := showHanded(context.WithoutCancel(ctx), screen, s, to, handed); err != nil {
			screen.fail(err.Error())
			return 1
		}
		return 0
	case errors.Is(err, context.Canceled):
		m.end("Interrupted.")
		screen.fail("Interrupted; the steps that were finished are kept. Run the cell again and it goes on after them.")
		return InterruptedCode
	case errors.As(err, &refused):
		m.end("Refused.")
		screen.fail("No labels were handed over: " + refused.Reason + ".")
	default:
		m.end("Stopped by an error.")
		screen.fail(err.Error())
	}
	return 1
}

// showHanded shows what came of it, and writes the model's card.
func showHanded(ctx context.Context, screen screen, s *alnb.Session, to alnb.Hand, handed alnb.Handed) error {
	if err := export.HandedCard(s, to, handed); err != nil {
		return err
	}
	if err := screen.table(report.HandedTable(handed)); err != nil {
		return err
	}
	if handed.Scores.Test > 0 {
		status, err := s.Status(ctx)
		if err != nil {
			return err
		}
		if err := screen.table(report.HandedScoreTable(handed, status)); err != nil {
			return err
		}
	} else {
		screen.line("The session has no test split to measure the successor on.")
	}
	if err := screen.table(report.HandedTimeTable(handed)); err != nil {
		return err
	}
	screen.line("The successor is in " + handed.Dir + ", with its card, README.md.")
	return nil
}
