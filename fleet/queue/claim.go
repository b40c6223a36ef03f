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
func (w *worker) live(ctx context.Context, id int64, attempt int, end context.CancelCauseFunc) {
	tick := time.NewTicker(w.Lease / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := w.beat(ctx, id, attempt); errors.Is(err, ErrLost) || errors.Is(err, ErrCancelled) {
			end(err)
			return
		}
	}
}

// beat is one sign of life.
func (w *worker) beat(ctx context.Context, id int64, attempt int) error {
	ctx, stop := context.WithTimeout(ctx, w.Lease/4)
	defer stop()
	if err := w.standing(ctx, id, attempt); err != nil {
		return err
	}
	now, err := w.queue.now(ctx)
	if err == nil {
		_, err = w.queue.exec.JobUpdateFull(ctx, &riverdriver.JobUpdateFullParams{ID: id, AttemptedAtDoUpdate: true, AttemptedAt: &now})
	}
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

// reclaim gives units to others whose workers gave no sign of life, until ctx ends. All workers look after all.
func (w *worker) reclaim(ctx context.Context) {
	for {
		wait := w.Lease / 2
		if err := w.reclaimOnce(ctx); err != nil && ctx.Err() == nil {
			w.Said(w.queue.explain("look for units whose workers died", err).Error())
			wait = w.Lease // nor could the living reach the database: let them give a sign first
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

func (w *worker) reclaimOnce(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, w.Lease)
	defer stop()
	now, err := w.queue.now(ctx)
	if err != nil {
		return err
	}
	horizon := now.Add(-w.Lease)
	for after := int64(0); ; {
		rows, err := w.queue.exec.JobGetStuck(ctx, &riverdriver.JobGetStuckParams{AfterID: after, Max: 100, StuckHorizon: horizon})
		if err != nil || len(rows) == 0 {
			return err
		}
		params := &riverdriver.JobRescueManyParams{StuckHorizon: horizon}
		for _, row := range rows {
			after = row.ID
			j := job{JobRow: row}
			if row.Kind != (Unit{}).Kind() || j.read() != nil {
				continue
			}
			status := j.status()
			deaths := status.Deaths + 1
			state, finalized, why := rivertype.JobStateRetryable, (*time.Time)(nil), died+": "+status.Worker+" gave no sign of life"
			switch {
			case j.cancelled():
				state, finalized = rivertype.JobStateCancelled, &now
			case deaths >= mostDeaths:
				state, finalized, why = rivertype.JobStateDiscarded, &now, fmt.Sprintf("%s; so did %d before it: is there enough memory?", why, deaths-1)
			}
			raw, err := json.Marshal(rivertype.AttemptError{At: now.UTC(), Attempt: row.Attempt, Error: why})
			if err != nil {
				return err
			}
			// A death is no error of the unit.
			if _, err := w.queue.exec.JobUpdateFull(ctx, &riverdriver.JobUpdateFullParams{
				ID: row.ID, MaxAttemptsDoUpdate: true, MaxAttempts: tries + deaths,
			}); err != nil {
				return err
			}
			params.ID, params.Error, params.State = append(params.ID, row.ID), append(params.Error, raw), append(params.State, string(state))
			params.FinalizedAt, params.ScheduledAt = append(params.FinalizedAt, finalized), append(params.ScheduledAt, now)
			if state == rivertype.JobStateRetryable {
				why += "; it is given to another"
			}
			w.Said(j.unit.Label + ": " + why)
		}
		if len(params.ID) > 0 {
			if _, err := w.queue.exec.JobRescueMany(ctx, params); err != nil {
				return err
			}
		}
	}
}
