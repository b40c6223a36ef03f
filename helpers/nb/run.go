// Package nb is what a notebook cell calls: it runs experiments with live progress and shows charts and tables. Outside
// a notebook the same calls write plain text and picture files.
//
// Every cell of a GoNB notebook is a process of its own, so each function opens what it needs from the run's folder and
// leaves nothing behind in memory. A cell fails only when its process does: what goes wrong here is said in a sentence
// on stderr, and the process exits with a code other than 0.
package nb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alnb/alnb/alnb"
)

// grace is how long an interrupted run may take to come to its end. Finished rounds are on disk, so nothing is lost
// when it takes longer. GoNB kills a cell 5 s after its interrupt.
const grace = 900 * time.Millisecond

// InterruptedCode is the exit code of an interrupted run: a shell's for a program ended by SIGINT.
const InterruptedCode = 130

// interruptible returns a context that ends with ctx, and when the cell is interrupted.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
}

// Run runs the experiment in the folder dir, or goes on with what is there, and shows how far it is. Interrupted, it
// ends within a second, and goes on when it is run again.
func Run(dir string, exp alnb.Experiment) {
	if RunParts(dir, exp) != nil {
		os.Exit(1)
	}
}

// RunParts is Run where that an arm fails is no reason to stop: it shows which, and returns the [*alnb.FailedError], for the
// others have results.
func RunParts(dir string, exp alnb.Experiment) error {
	s := newScreen()
	var failed *alnb.FailedError
	code := run(context.Background(), s, dir, func(ctx context.Context, dir string, options alnb.RunOptions) (*alnb.Results, error) {
		results, err := exp.Run(ctx, dir, options)
		errors.As(err, &failed)
		return results, err
	})
	s.close()
	if failed != nil {
		return failed
	}
	if code != 0 {
		os.Exit(code)
	}
	return nil
}

// runFunc is Experiment.Run.
type runFunc func(ctx context.Context, dir string, options alnb.RunOptions) (*alnb.Results, error)

// run returns the exit code.
func run(ctx context.Context, s screen, dir string, experiment runFunc) int {
	ctx, stop := interruptible(ctx)
	defer stop()
	m := newMonitor(s, time.Now)
	_, err := within(ctx, func(ctx context.Context) (*alnb.Results, error) {
		return experiment(ctx, dir, alnb.RunOptions{Progress: m.report})
	})
	var failed *alnb.FailedError
	switch {
	case err == nil:
		m.end(fmt.Sprintf("Finished. The results are in %s.", dir))
		return 0
	case errors.Is(err, context.Canceled):
		m.end("Interrupted.")
		s.fail(fmt.Sprintf("Interrupted after %s; run it again and it goes on.", m.rounds()))
		return InterruptedCode
	case errors.As(err, &failed):
		m.end("Ended, but not all is finished.")
		s.fail(err.Error())
		return 1
	default:
		m.end("Stopped by an error.")
		s.fail(fmt.Sprintf("The run stopped after %s: %v", m.rounds(), err))
		return 1
	}
}

// within returns what f returns, or, where ctx ends and f doesn't within the time that an interrupted cell has, ctx's error.
func within[T any](ctx context.Context, f func(context.Context) (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := f(ctx)
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
	}
	select {
	case o := <-done:
		return o.value, o.err
	case <-time.After(grace):
		var none T
		return none, ctx.Err()
	}
}
