package alnb

import (
	"context"
	"errors"
	"time"
)

// WorkOptions is how a session is worked on beside the people who label.
type WorkOptions struct {
	Every  int             // so many new labels have a model trained, a finished batch any; 0 stands for 10
	Report func(*Progress) // what is done now, nil for nothing; may be nil
	Note   func(string)    // a sentence for the log, now and then; may be nil
}

// look is how often Work looks for new labels.
const look = 300 * time.Millisecond

// Work trains and scores while people label, until ctx ends: whenever there are enough new labels, and whenever a batch is done,
// of which the next is opened at once by what was scored last. Between trainings it takes the second look that another process
// has asked for, see LookAgain. It needs the session's lease, and keeps it.
func (s *Session) Work(ctx context.Context, o WorkOptions) error {
	if o.Every == 0 {
		o.Every = 10
	}
	if o.Note == nil {
		o.Note = func(string) {}
	}
	if o.Report == nil {
		o.Report = func(*Progress) {}
	}
	ctx, release, err := s.Hold(ctx, "")
	if err != nil {
		return err
	}
	defer release()
	told := "" // the last hindrance, which is told once
	for {
		due, err := s.due(ctx, o.Every)
		if err == nil && due {
			var trained Trained
			trained, err = s.Train(ctx, func(p Progress) { o.Report(&p) })
			o.Report(nil)
			if err == nil && trained.New {
				o.Note(trained.String())
			}
		}
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, ErrTooEarly) || errors.Is(err, ErrNothingLeft):
			if err.Error() != told {
				told = err.Error()
				o.Note(told)
			}
		case err != nil:
			return err
		}
		if err := s.answerLook(ctx, o); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(look):
		}
	}
}

// due tells whether a model is to be trained, and opens the next batch where the last is done.
func (s *Session) due(ctx context.Context, every int) (bool, error) {
	counts, err := s.db.Counts(ctx)
	if err != nil {
		return false, err
	}
	models, err := s.trained(ctx)
	if err != nil {
		return false, err
	}
	before := 0
	if len(models) > 0 {
		before = models[len(models)-1].Labeled
	}
	changed := max(counts.Labeled-before, before-counts.Labeled)
	open, err := s.db.Queue(ctx)
	if err != nil {
		return false, err
	}
	if left(open) > 0 {
		return changed >= every, nil
	}
	_, err = s.Propose(ctx)
	return changed > 0, err
}
