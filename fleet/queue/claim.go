package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// mostDeaths is how many workers may die of a unit before it counts as failed: a unit that needs more memory than there is kills each.
const mostDeaths = 20

// standing tells whether a unit is still this worker's to do: nil, [ErrLost], [ErrCancelled], or why the database doesn't say.
func (w *worker) standing(ctx context.Context, id int64, attempt int) error {
	ctx, stop := context.WithTimeout(ctx, w.Lease/4)
	defer stop()
	row, err := w.queue.exec.JobGetByID(ctx, &riverdriver.JobGetByIDParams{ID: id})
	if errors.Is(err, rivertype.ErrNotFound) {
		return ErrLost
	}
	if err != nil {
		return err
	}
	j := job{JobRow: row}
	switch { // a unit that is put back has the same attempt when the next worker has it
	case j.cancelled():
		return ErrCancelled
	case row.State != rivertype.JobStateRunning || row.Attempt != attempt || j.worker() != w.Name:
		return ErrLost
	}
	return nil
}

// live gives signs of life of a unit until ctx ends, and ends the unit's work where it was cancelled or lost. While the database can't be
// reached the work goes on: if it is lost by then, it is done twice, which is the same as once.
func (w *worker) live(ctx context.Context, unit *rivertype.JobRow, end context.CancelCauseFunc) {
	tick := time.NewTicker(w.Lease / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := w.beat(ctx, unit); errors.Is(err, ErrLost) || errors.Is(err, ErrCancelled) {
			end(err)
			return
		}
	}
}

// beat is one sign of life.
func (w *worker) beat(ctx context.Context, unit *rivertype.JobRow) error {
	ctx, stop := context.WithTimeout(ctx, w.Lease/4)
	defer stop()
	if err := w.standing(ctx, unit.ID, unit.Attempt); err != nil {
		return err
	}
	now, err := w.queue.now(ctx)
	if err != nil {
		return err
	}
	begun, err := json.Marshal(metadata{Begun: &beginning{Attempt: unit.Attempt, Worker: w.Name, At: *unit.AttemptedAt}})
	if err != nil {
		return err
	}
	if _, err := w.queue.exec.JobUpdate(ctx, &riverdriver.JobUpdateParams{ID: unit.ID, MetadataDoMerge: true, Metadata: begun}); err != nil {
		return err
	}
	_, err = w.queue.exec.JobUpdateFull(ctx, &riverdriver.JobUpdateFullParams{ID: unit.ID, AttemptedAtDoUpdate: true, AttemptedAt: &now})
	return err
}

// lost tells, when a unit's work has ended, whether the unit is another's by now. Where the database can't be reached it asks again; after
// the lease others may have it, and a worker that stops can't wait so long.
func (w *worker) lost(ctx context.Context, id int64, attempt int) bool {
	end := w.Lease
	if w.stopping.Err() != nil {
		end = min(end, 5*time.Second)
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), end)
	defer stop()
	for {
		switch err := w.standing(ctx, id, attempt); {
		case err == nil, errors.Is(err, ErrCancelled):
			return false
		case errors.Is(err, ErrLost):
			return true
		}
		select {
		case <-ctx.Done():
			return true
		case <-time.After(min(time.Second, w.Lease/4)):
		}
	}
}

// reclaim gives units to others whose workers gave no sign of life for as long as their own leases, until ctx ends. All workers look
// after all.
func (w *worker) reclaim(ctx context.Context) {
	reached := true
	var back time.Time // when the database could be reached again, by its clock: nor could the living give a sign before
	for {
		look, stop := context.WithTimeout(ctx, w.Lease)
		now, err := w.queue.now(look)
		if err == nil {
			if !reached {
				back = now
			}
			err = w.reclaimOnce(look, now, back)
		}
		stop()
		was := reached
		if reached = err == nil; was && !reached && ctx.Err() == nil {
			w.Said(w.queue.explain("look for units whose workers died", err).Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(w.Lease/2, 5*time.Second)): // soon, to notice an outage that keeps workers of short leases silent
		}
	}
}

func (w *worker) reclaimOnce(ctx context.Context, now, back time.Time) error {
	for after := int64(0); ; {
		rows, err := w.queue.exec.JobGetStuck(ctx, &riverdriver.JobGetStuckParams{AfterID: after, Max: 100, StuckHorizon: now})
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			after = row.ID
			j := job{JobRow: row}
			if row.Kind != (Unit{}).Kind() || j.read() != nil || !j.silent(now, back) {
				continue
			}
			if err := w.rescue(ctx, j, now); err != nil && ctx.Err() == nil { // which is no reason to leave the others
				w.Said(w.queue.explain("give on "+j.unit.Label, err).Error())
			}
		}
	}
}

// rescue takes a unit from a worker that died, unless that has given a sign of life by now.
func (w *worker) rescue(ctx context.Context, j job, now time.Time) error {
	// Not to be retried: River's elected leader makes that available, and the worker that died may have been it.
	status := j.status()
	deaths := status.Deaths + 1
	state, finalized, why := rivertype.JobStateAvailable, (*time.Time)(nil), died+": "+status.Worker+" gave no sign of life"
	switch {
	case j.cancelled():
		state, finalized = rivertype.JobStateCancelled, &now
	case deaths >= mostDeaths:
		state, finalized, why = rivertype.JobStateDiscarded, &now, fmt.Sprintf("%s; so did %d before it: is there enough memory?", why, deaths-1)
	}
	raw, err := json.Marshal(rivertype.AttemptError{At: now.UTC(), Attempt: j.Attempt, Error: why})
	if err != nil {
		return err
	}
	// A death is no error of the unit.
	if _, err := w.queue.exec.JobUpdateFull(ctx, &riverdriver.JobUpdateFullParams{
		ID: j.ID, MaxAttemptsDoUpdate: true, MaxAttempts: tries + deaths,
	}); err != nil {
		return err
	}
	if state == rivertype.JobStateAvailable {
		why += "; it is given to another"
	}
	w.Said(j.unit.Label + ": " + why)
	_, err = w.queue.exec.JobRescueMany(ctx, &riverdriver.JobRescueManyParams{
		ID: []int64{j.ID}, Error: [][]byte{raw}, State: []string{string(state)}, FinalizedAt: []*time.Time{finalized}, ScheduledAt: []time.Time{now},
		StuckHorizon: now.Add(-j.lease()),
	})
	return err
}
