package alnb

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/alnb/alnb/alnb/store"
)

// round returns a finished round from the folder, or runs it and makes it durable.
func (r *runner) round(ctx context.Context, a int, seed uint64, round int, labeled []string) (*store.Round, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	arm := r.Arms[a]
	done, err := r.folder.ReadRound(a, arm.Name, seed, round)
	if err != nil {
		return nil, err
	}
	if done != nil {
		return done, r.follows(done, arm, seed, round, labeled)
	}
	r.tell(func(p *Progress) {
		p.Arm, p.Seed, p.Round, p.Rounds = arm.Name, seed, round, r.last(arm)
		p.Phases, p.Done, p.Total = r.phases(arm, round), 0, 0
	})
	finished := store.Round{Labeled: store.Labeled{IDs: labeled}}
	if err = r.attempt(ctx, a, seed, round, &finished); err == nil {
		finished.Timings.Finished = time.Now().UTC().Format(time.RFC3339)
		err = r.folder.WriteRound(a, arm.Name, seed, round, finished)
	}
	switch {
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("alnb: arm %q, seed %d, round %d: %w", arm.Name, seed, round, err)
	}
	return &finished, nil
}

// attempt does a round's steps. Where a model or a strategy panics, which may be somebody's own, the unit fails, and the others go on
// (but for a panic in a goroutine that it started, which ends the process).
func (r *runner) attempt(ctx context.Context, a int, seed uint64, round int, finished *store.Round) (err error) {
	defer func() {
		if what := recover(); what != nil {
			err = fmt.Errorf("the program panicked at %s: %v", panicked(), what)
		}
	}()
	return r.steps(ctx, a, seed, round, finished)
}

// panicked says where, in a function that recovers.
func panicked() string {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers)])
	for after := false; ; {
		frame, more := frames.Next()
		switch {
		case frame.Function == "runtime.gopanic":
			after = true
		case after && !strings.HasPrefix(frame.Function, "runtime."): // which is the panic of an index out of range, too
			return fmt.Sprintf("%s:%d", frame.File, frame.Line)
		}
		if !more {
			return "a place that isn't known"
		}
	}
}

// follows tells whether a round from the folder goes on from the rounds before it.
func (r *runner) follows(done *store.Round, arm Arm, seed uint64, round int, labeled []string) error {
	switch {
	case done.Query == nil && round < r.last(arm):
		return fmt.Errorf("alnb: arm %q, seed %d, round %d has no query.json; the folder was changed by hand: remove that "+
			"round and all after it", arm.Name, seed, round)
	case !slices.Equal(done.Labeled.IDs, labeled):
		return fmt.Errorf("alnb: arm %q, seed %d, round %d was trained on other documents than the queries before it "+
			"gave; the folder was changed by hand: remove that round and all after it", arm.Name, seed, round)
	}
	return nil
}

// steps runs a round: train, evaluate, and, but in the last, ask. Where there is a successor, it is asked first, and the
// successor is trained and evaluated then.
func (r *runner) steps(ctx context.Context, a int, seed uint64, round int, finished *store.Round) error {
	positions, err := r.positions(finished.Labeled.IDs)
	if err != nil {
		return err
	}
	for _, position := range positions {
		finished.Labeled.Words += len(r.docs[position].Words)
	}
	t, err := r.open(ctx, r.Arms[a])
	if err != nil {
		return err
	}
	train := func(into *store.Round) error { return r.train(ctx, t, PhaseTrain, seed, positions, into) }
	if r.Arms[a].hasSuccessor() {
		if round < r.Rounds {
			if err := r.selected(ctx, a, t, seed, round, positions, finished, train); err != nil {
				return err
			}
		}
		if !r.Arms[a].evaluates(round) {
			return nil
		}
		return r.succeed(ctx, r.Arms[a], seed, round, positions, finished)
	}
	if err := train(finished); err != nil {
		return err
	}
	if err := r.evaluate(ctx, t, finished); err != nil || round == r.last(r.Arms[a]) {
		return err
	}
	shared, err := r.choosesWithOthers(a)
	if err != nil {
		return err
	}
	if !shared {
		return r.query(ctx, a, t, seed, round, positions, finished)
	}
	return r.selected(ctx, a, t, seed, round, positions, finished, func(*store.Round) error { return nil })
}
