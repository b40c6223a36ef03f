package nb

import (
	"context"
	"errors"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/helpers/report"
)

// folds is how many models SecondLook trains.
const folds = 5

// SecondLook trains models on parts of what is labeled, shows the labels that they doubt, and has the page ask about those again;
// labels that were confirmed so are left out the next time. Where the session's server runs, which trains, too, that one takes
// the look between its trainings, and this cell waits for it; interrupted, it leaves it to the server.
func SecondLook(s *alnb.Session) {
	screen := newScreen()
	ctx, stop := interruptible(context.Background())
	defer stop()
	if sentence := secondLook(ctx, s, screen); sentence != "" {
		exit(screen, sentence)
	}
	screen.close()
}

// secondLook returns a sentence where it fails.
func secondLook(ctx context.Context, s *alnb.Session, screen screen) string {
	m := newMonitor(screen, time.Now)
	suspects, err := s.LookAgain(ctx, alnb.LookOptions{Folds: folds, Report: m.report})
	switch {
	case errors.Is(err, context.Canceled) && errors.Is(err, alnb.ErrAsked):
		m.end("Interrupted.")
		return "Interrupted; the session's server takes the second look all the same, and its page shows what it finds. " +
			"Run the cell again to wait for it."
	case errors.Is(err, context.Canceled):
		m.end("Interrupted.")
		return "Interrupted; nothing has changed. Run the cell again for a second look."
	case err != nil:
		m.end("Stopped by an error.")
		return err.Error()
	}
	m.finish()
	if len(suspects) == 0 {
		screen.line("The models doubt no label.")
		return ""
	}
	if err := screen.table(report.SuspectTable(suspects)); err != nil {
		return err.Error()
	}
	return ""
}
