package nb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/helpers/report"
)

// folds is how many models SecondLook trains.
const folds = 5

// SecondLook trains models on parts of what is labeled, in this cell, shows the labels that they doubt, and has the page ask
// about those again. Where the session's server runs, which trains, too, it says so and does nothing.
func SecondLook(s *alnb.Session) {
	screen := newScreen()
	ctx, stop := interruptible(context.Background())
	defer stop()
	m := newMonitor(screen, time.Now)
	suspects, err := s.SecondLook(ctx, folds, m.report)
	if err == nil {
		err = s.Review(ctx, alnb.SuspectIDs(suspects))
	}
	var held *store.HeldError
	switch {
	case errors.Is(err, context.Canceled):
		m.end("Interrupted.")
		exit(screen, "Interrupted; nothing has changed. Run the cell again for a second look.")
	case errors.As(err, &held):
		m.end("Not begun.")
		exit(screen, fmt.Sprintf("A second look trains models, which process %d on %s does now: end it (kill %d), run this cell, "+
			"then show the page again. What is labeled is kept.", held.PID, held.Host, held.PID))
	case err != nil:
		m.end("Stopped by an error.")
		exit(screen, err.Error())
	}
	m.end("Finished.")
	if err := showSuspects(screen, suspects); err != nil {
		exit(screen, err.Error())
	}
	screen.close()
}

func showSuspects(screen screen, suspects []alnb.Suspect) error {
	if len(suspects) == 0 {
		screen.line("The models doubt no label.")
		return nil
	}
	return screen.table(report.SuspectTable(suspects))
}
