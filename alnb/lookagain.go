package alnb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/alnb/alnb/alnb/store"
)

// LookOptions say how a second look is taken.
type LookOptions struct {
	Folds  int            // models that are trained, each without so large a part of the labels; 2 or more
	Top    int            // people look again at so many documents at most; 0 stands for all that are doubted
	Report func(Progress) // how far it is; may be nil
}

// ErrAsked is part of the error of who has asked another process for a second look and waits no longer: it will be taken all the
// same, by that process or by the next one that serves the session.
var ErrAsked = errors.New("the request stays")

// LookAgain takes a second look (see SecondLook), and has people look again at what is doubted, as Review does, durably with the
// result. Where another process trains, such as alnb serve, it asks that one, which takes it between trainings, and waits. A look
// that was asked for before and is still open is this one, whatever its options.
func (s *Session) LookAgain(ctx context.Context, o LookOptions) ([]Suspect, error) {
	if err := checkFolds(o.Folds); err != nil {
		return nil, err
	}
	if o.Top < 0 {
		return nil, fmt.Errorf("alnb: people can't look again at %d documents at most; 0 stands for all", o.Top)
	}
	if o.Report == nil {
		o.Report = func(Progress) {}
	}
	holding, release, err := s.Hold(ctx, "")
	var held *store.HeldError
	if errors.As(err, &held) {
		return s.askLook(ctx, held.Holder, o)
	}
	if err != nil {
		return nil, err
	}
	defer release()
	return s.look(holding, o)
}

// look takes a second look in this process, which answers whoever has asked for one.
func (s *Session) look(ctx context.Context, o LookOptions) ([]Suspect, error) {
	suspects, err := s.SecondLook(ctx, o.Folds, o.Report)
	if err != nil {
		return nil, err
	}
	if o.Top > 0 {
		suspects = suspects[:min(o.Top, len(suspects))]
	}
	raw, err := json.Marshal(suspects)
	if err != nil {
		return nil, fmt.Errorf("alnb: what the second look has found: %w", err)
	}
	return suspects, s.db.EndLook(ctx, raw, SuspectIDs(suspects))
}

// askLook asks the process that has the lease, and waits for what it finds.
func (s *Session) askLook(ctx context.Context, trainer store.Holder, o LookOptions) ([]Suspect, error) {
	asked, err := s.db.AskLook(ctx, o.Folds, o.Top)
	if err != nil {
		return nil, err
	}
	o.Report(Progress{Phase: PhaseWait, Note: fmt.Sprintf("Process %d on %s, which trains, is asked for the second look.", trainer.PID, trainer.Host)})
	for {
		holder, err := s.Holder(ctx)
		if err == nil { // only now: what a holder that has gone did is there
			asked, err = s.db.Look(ctx, asked.Seq)
		}
		switch {
		case ctx.Err() != nil:
			return nil, fmt.Errorf("alnb: a second look was asked for; %w: %w", ErrAsked, ctx.Err())
		case err != nil:
			return nil, err
		case !asked.Open():
			return found(asked)
		case holder == nil:
			return nil, fmt.Errorf("alnb: process %d on %s has ended without the second look that it was asked for; %w, and the next "+
				"process that serves the session takes it; or ask again, which takes it at once", trainer.PID, trainer.Host, ErrAsked)
		}
		trainer = *holder // another one, perhaps
		p := Progress{Phase: PhaseWait}
		if asked.Progress != nil {
			if err := json.Unmarshal(asked.Progress, &p); err != nil {
				return nil, fmt.Errorf("alnb: how far the second look is: %w", err)
			}
		}
		o.Report(p)
		select {
		case <-ctx.Done():
		case <-time.After(look):
		}
	}
}

// found is what a second look that another process took has found.
func found(l store.Look) (suspects []Suspect, err error) {
	if l.Problem != "" {
		return nil, errors.New(l.Problem)
	}
	if err := json.Unmarshal(l.Found, &suspects); err != nil {
		return nil, fmt.Errorf("alnb: what the second look has found: %w", err)
	}
	return suspects, nil
}

// shown is how often whoever takes a second look says to the others how far it is.
const shown = time.Second

// answerLook takes the second look that somebody has asked for, if there is one.
func (s *Session) answerLook(ctx context.Context, o WorkOptions) error {
	asked, err := s.db.OpenLook(ctx)
	if err != nil || asked == nil {
		return err
	}
	var last time.Time
	suspects, err := s.look(ctx, LookOptions{Folds: asked.Folds, Top: asked.Top, Report: func(p Progress) {
		o.Report(&p)
		if time.Since(last) < shown {
			return
		}
		last = time.Now()
		if raw, err := json.Marshal(p); err == nil {
			s.db.ShowLook(ctx, raw) // where it fails, nobody sees how far it is
		}
	}})
	o.Report(nil)
	switch {
	case err == nil:
		o.Note(fmt.Sprintf("A second look has found %d labels that models doubt.", len(suspects)))
		return nil
	case ctx.Err() != nil || store.Full(err):
		return err // the request stays, for later
	}
	o.Note(err.Error())
	return s.db.FailLook(ctx, err.Error())
}
