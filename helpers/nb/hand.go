package nb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/alnb/store"
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
	m.part = handPart(s.About().Test > 0)
	handed, err := within(ctx, func(ctx context.Context) (alnb.Handed, error) { return over(ctx, to, m.report) })
	var refused *pseudolabel.RefusedError
	var held *store.HeldError
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
	case errors.As(err, &held):
		m.end("Stopped.")
		screen.fail(fmt.Sprintf("Process %d on %s serves the session and trains for it, and only one process trains at a time. End it "+
			"(kill %d in a terminal there; no label is lost), and run the cell again.", held.PID, held.Host, held.PID))
	default:
		m.end("Stopped by an error.")
		screen.fail(err.Error())
	}
	return 1
}

// handPart tells how much of a hand-over is done, each phase for as much as any other. It never goes back, though a phase may
// be of several trainings.
func handPart(tested bool) func(alnb.Progress) float64 {
	phases := []alnb.Phase{alnb.PhaseQuality, alnb.PhasePseudoLabel, alnb.PhaseFirstSuccessor, alnb.PhaseInfluence, alnb.PhaseSuccessor}
	if tested {
		phases = append(phases, alnb.PhaseEvaluate)
	}
	furthest := 0.0
	return func(p alnb.Progress) float64 {
		if i := slices.Index(phases, p.Phase); i >= 0 {
			furthest = max(furthest, (float64(i)+min(1, float64(p.Done)/float64(max(p.Total, 1))))/float64(len(phases)))
		}
		return furthest
	}
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
