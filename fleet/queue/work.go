package queue

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// A Handler does a unit. When ctx ends it returns soon, at a point from which another can go on.
type Handler func(ctx context.Context, unit Unit) error

// WorkOptions is how a worker works.
type WorkOptions struct {
	// Lane is the part of the queue it takes units from.
	Lane string
	// Name says who it is, such as the host's name and the process's number; it is unique.
	Name string
	// Lease is how long after the last sign of life of this worker its unit is given to another; default 2 minutes. It gives a sign four
	// times as often, and looks at least twice as often for others that died, whose leases may differ.
	Lease time.Duration
	// Limit is how long one try of a unit may take; 0: as long as it does.
	Limit time.Duration
	// Drain is how long units under way may go on when the worker is told to stop. What isn't finished then is interrupted, and put back
	// for another worker.
	Drain time.Duration
	// Wait is how long to wait before the second try of a unit; twice as long before the next, and so on. Default 10 seconds.
	Wait time.Duration
	// Said is told what happens, a sentence each.
	Said func(string)
}

const defaultLease = 2 * time.Minute

func (o WorkOptions) withDefaults() WorkOptions {
	if o.Lease == 0 {
		o.Lease = defaultLease
	}
	if o.Wait == 0 {
		o.Wait = 10 * time.Second
	}
	if o.Said == nil {
		o.Said = func(string) {}
	}
	return o
}

// ErrLost is the cause of the end of a unit's context where the unit was given to another worker: this one had given no sign of life.
var ErrLost = errors.New("the unit was given to another worker, as this one gave no sign of life")

// ErrCancelled is the cause where somebody cancelled the unit.
var ErrCancelled = errors.New("the unit was cancelled")

// Work does units, one at a time, until ctx ends; then it lets that under way go on for a while, puts it back, and returns nil. A unit
// that ends with an error is tried again, later and later, four times in all; [Never] tells that it is of no use.
//
// That a worker is alive is written to the unit's row: River itself would give a unit to another only after a fixed time, which would
// have to be longer than the longest unit.
func (q *Queue) Work(ctx context.Context, do Handler, options WorkOptions) error {
	options = options.withDefaults()
	w := &worker{queue: q, do: do, stopping: ctx, WorkOptions: options}
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	client, err := q.newClient(&river.Config{
		ID: holder(options.Name, options.Lease), Workers: workers, Queues: map[string]river.QueueConfig{options.Lane: {MaxWorkers: 1}},
		Logger: quiet(), JobTimeout: -1, // see [worker.Work]
		FetchCooldown:     2 * time.Millisecond, // a worker fetches one unit at a time: this is what it waits between two
		FetchPollInterval: min(time.Second, options.Lease), SkipUnknownJobCheck: true,
		CompletedJobRetentionPeriod: month, CancelledJobRetentionPeriod: month, DiscardedJobRetentionPeriod: month,
	})
	if err != nil {
		return q.explain("begin to work", err)
	}
	live := context.WithoutCancel(ctx)
	if err := client.Start(live); err != nil {
		return q.explain("begin to work", err)
	}
	reclaiming, stop := context.WithCancel(live)
	defer stop()
	go w.reclaim(reclaiming)
	<-ctx.Done()
	soft, cancel := context.WithTimeout(live, options.Drain)
	defer cancel()
	if client.Stop(soft) == nil {
		return nil
	}
	hard, cancel := context.WithTimeout(live, 10*time.Second)
	defer cancel()
	if err := client.StopAndCancel(hard); err != nil {
		return q.explain("stop working", err)
	}
	return nil
}

const month = 30 * 24 * time.Hour // how long it is known what became of a unit

// Never marks an error of a unit as one that another try won't mend.
func Never(err error) error { return never{err} }

type never struct{ error }

func (n never) Unwrap() error { return n.error }

type worker struct {
	river.WorkerDefaults[Unit]
	WorkOptions
	queue    *Queue
	do       Handler
	stopping context.Context // ends when the worker is told to stop
}

// Timeout implements river.Worker: there is none, or River would end units that are alive.
func (w *worker) Timeout(*river.Job[Unit]) time.Duration { return -1 }

// NextRetry implements river.Worker.
func (w *worker) NextRetry(job *river.Job[Unit]) time.Time {
	return time.Now().Add(w.Wait << min(max(job.Attempt-1, 0), 8))
}

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, job *river.Job[Unit]) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	if w.Limit > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, w.Limit, fmt.Errorf("it took longer than the limit, %s", w.Limit))
		defer stop()
	}
	go w.live(ctx, job.JobRow, end)
	w.Said(job.Args.Label + ": begun")
	err := w.try(ctx, job.Args)
	cause := context.Cause(ctx)
	switch {
	case w.lost(ctx, job.ID, job.Attempt):
		w.Said(job.Args.Label + ": " + ErrLost.Error())
		return unreported{}
	case err == nil:
		w.Said(job.Args.Label + ": finished")
		return nil
	case errors.Is(cause, ErrCancelled), errors.Is(cause, rivertype.ErrJobCancelledRemotely):
		w.Said(job.Args.Label + ": cancelled")
		return river.JobCancel(ErrCancelled)
	case ctx.Err() != nil && w.stopping.Err() != nil:
		w.Said(job.Args.Label + ": put back, as this worker stops")
		return river.JobSnooze(0)
	case ctx.Err() != nil:
		err = cause
	}
	w.Said(job.Args.Label + ": " + err.Error())
	var hopeless never
	if errors.As(err, &hopeless) {
		job.MaxAttempts = job.Attempt
	}
	return err
}

// try does a unit. River would report a panic, too, whoever has the unit by then.
func (w *worker) try(ctx context.Context, unit Unit) (err error) {
	defer func() {
		if what := recover(); what != nil {
			w.Said(fmt.Sprintf("%s: %s", unit.Label, debug.Stack()))
			err = fmt.Errorf("the program panicked: %v", what)
		}
	}()
	return w.do(ctx, unit)
}

// An unreported end is that of a unit which is another worker's by now. River would write how it ended to the row, whoever has it; of an
// error with results of several jobs, it writes those, and there are none. (Where the unit was cancelled, it writes that, as the other will, too.)
type unreported struct{}

func (unreported) Error() string               { return ErrLost.Error() }
func (unreported) Jobs() []*rivertype.JobRow   { return nil }
func (unreported) ErrorsByID() map[int64]error { return nil }
