package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// mostDeaths is how many workers may die of a unit before it counts as failed: a unit that needs more memory than there is kills each.
const mostDeaths = 20

// live gives signs of life of a unit until ctx ends, and ends the unit's work where it was cancelled or lost.
func (w *worker) live(ctx context.Context, id int64, attempt int, end context.CancelCauseFunc) {
	tick := time.NewTicker(w.Lease / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		row, err := w.queue.exec.JobGetByID(ctx, &riverdriver.JobGetByIDParams{ID: id})
		if err != nil {
			continue // nobody else can have it either while the database can't be reached
		}
		var metadata struct {
			Cancelled *time.Time `json:"cancel_attempted_at"`
		}
		switch json.Unmarshal(row.Metadata, &metadata); {
		case metadata.Cancelled != nil:
			end(ErrCancelled)
			return
		case row.State != rivertype.JobStateRunning || row.Attempt != attempt:
			end(ErrLost)
			return
		}
		now := time.Now()
		w.queue.exec.JobUpdateFull(ctx, &riverdriver.JobUpdateFullParams{ID: id, AttemptedAtDoUpdate: true, AttemptedAt: &now})
	}
}

// reclaim gives units to others whose workers gave no sign of life, until ctx ends. All workers look after all.
func (w *worker) reclaim(ctx context.Context) {
	tick := time.NewTicker(w.Lease / 2)
	defer tick.Stop()
	for {
		if err := w.reclaimOnce(ctx); err != nil && ctx.Err() == nil {
			w.Said(w.queue.explain("look for units whose workers died", err).Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (w *worker) reclaimOnce(ctx context.Context) error {
	horizon := time.Now().Add(-w.Lease)
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
			now := time.Now()
			if deaths >= mostDeaths {
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
			w.Said(j.unit.Label + ": " + why + "; it is given to another")
		}
		if len(params.ID) > 0 {
			if _, err := w.queue.exec.JobRescueMany(ctx, params); err != nil {
				return err
			}
		}
	}
}
