// Package queue has units of work wait in a database for whoever is free to do them: River (riverqueue.com) on PostgreSQL, for many
// machines, or on SQLite, for the processes of one. A unit whose worker dies goes to another; see [Queue.Work].
package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// A Unit is work that one worker does by itself. What it needs for that, and what it makes, is in the bucket: a unit that is done twice
// must be the same as once.
type Unit struct {
	Work string `json:"work" river:"unique"` // what kind of work it is, such as "experiment"
	Of   string `json:"of" river:"unique"`   // the ID of what it is a part of
	Part string `json:"part" river:"unique"` // which part, such as "arms/00-lc/seed-1"
	Lane string `json:"lane" river:"unique"` // the part of the queue it waits in, of lower-case letters, digits, hyphens and underscores

	Label   string `json:"label"`   // what people call it
	Version string `json:"version"` // of the program that submitted it
}

// Kind implements river.JobArgs.
func (Unit) Kind() string { return "alnb_unit" }

// A Queue is a connection to the database.
type Queue struct {
	*database
	client client
}

// client is what is used of a river.Client, whatever the database.
type client interface {
	InsertMany(ctx context.Context, params []river.InsertManyParams) ([]*rivertype.JobInsertResult, error)
	JobList(ctx context.Context, params *river.JobListParams) (*river.JobListResult, error)
	JobCancel(ctx context.Context, id int64) (*rivertype.JobRow, error)
	JobDelete(ctx context.Context, id int64) (*rivertype.JobRow, error)
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
	ID() string
}

// Open connects to the queue of a URL: postgres://user:password@host/database, or sqlite:///path/of/file.db, which is made where
// missing. Tables are made, or brought up to date, first.
func Open(ctx context.Context, url string) (*Queue, error) { return connect(ctx, url, true) }

// OpenExisting connects to a queue that somebody has opened before; that there is none is an error.
func OpenExisting(ctx context.Context, url string) (*Queue, error) { return connect(ctx, url, false) }

func connect(ctx context.Context, url string, create bool) (*Queue, error) {
	db, err := openDatabase(ctx, url, create)
	if err != nil {
		return nil, err
	}
	q := &Queue{database: db}
	if !create {
		there, err := db.exec.TableExists(ctx, &riverdriver.TableExistsParams{Table: "river_job"})
		if err != nil {
			err = db.explain("look for the queue", err)
		} else if !there {
			err = db.none()
		}
		if err != nil {
			db.close()
			return nil, err
		}
	}
	if err := db.migrate(ctx); err != nil {
		db.close()
		return nil, db.explain("make the queue's tables", err)
	}
	if q.client, err = db.newClient(&river.Config{Logger: quiet()}); err != nil {
		db.close()
		return nil, db.explain("open the queue", err)
	}
	return q, nil
}

// Close ends the connection.
func (q *Queue) Close() { q.close() }

// tries is how often a unit is tried that ends with an error; that its worker died isn't one.
const tries = 4

// Submit has the units wait for workers. Units that wait already, are being done or are finished aren't added again; new tells how
// many were. Units that failed for good, or were cancelled, are.
func (q *Queue) Submit(ctx context.Context, units []Unit) (added int, err error) {
	for part := range slices.Chunk(units, 1000) {
		params := make([]river.InsertManyParams, len(part))
		for i, unit := range part {
			options := &river.InsertOpts{Queue: unit.Lane, MaxAttempts: tries, UniqueOpts: river.UniqueOpts{ByArgs: true}}
			params[i] = river.InsertManyParams{Args: unit, InsertOpts: options}
		}
		inserted, err := q.client.InsertMany(ctx, params)
		if err != nil {
			return added, q.explain("submit units", err)
		}
		for _, one := range inserted {
			if !one.UniqueSkippedAsDuplicate {
				added++
			}
		}
	}
	return added, nil
}

// Forget forgets units of what has the ID that are finished: what they made is gone, and they may be submitted again.
func (q *Queue) Forget(ctx context.Context, of, lane string) error {
	jobs, err := q.jobs(ctx, of)
	if err != nil {
		return err
	}
	for _, job := range jobs {
		if job.State != rivertype.JobStateCompleted || job.unit.Lane != lane {
			continue
		}
		if _, err := q.client.JobDelete(ctx, job.ID); err != nil && !errors.Is(err, rivertype.ErrNotFound) {
			return q.explain("forget a unit", err)
		}
	}
	return nil
}

// A State is what has become of a unit.
type State string

// The states of units.
const (
	Waiting   State = "waiting"
	Running   State = "running"
	Again     State = "to be tried again" // it ended with an error, and waits to be tried again
	Finished  State = "finished"
	Failed    State = "failed" // for good
	Cancelled State = "cancelled"
)

// A Status is a unit's.
type Status struct {
	Unit
	State  State
	Worker string    // who does it, or did it last
	Since  time.Time // it is in the state
	Error  string    // the last one; "" where there was none, or it is finished
	Deaths int       // workers that died while they did it
}

// Status returns the last status of each unit of what has the ID, in the order in which they were submitted, of a lane or, where that is
// "", of all; none where nothing was.
func (q *Queue) Status(ctx context.Context, of, lane string) ([]Status, error) {
	jobs, err := q.jobs(ctx, of)
	if err != nil {
		return nil, err
	}
	place := make(map[Unit]int)
	var all []Status
	for _, job := range jobs {
		if lane != "" && job.unit.Lane != lane {
			continue
		}
		s := job.status()
		key := Unit{Work: s.Work, Of: s.Of, Part: s.Part}
		if i, ok := place[key]; ok { // it was submitted again
			all[i] = s
			continue
		}
		place[key] = len(all)
		all = append(all, s)
	}
	return all, nil
}

// Cancel has no unit of what has the ID be begun, and ends those under way. It returns how many.
func (q *Queue) Cancel(ctx context.Context, of string) (cancelled int, err error) {
	jobs, err := q.jobs(ctx, of)
	if err != nil {
		return 0, err
	}
	for _, job := range jobs {
		if job.FinalizedAt != nil {
			continue
		}
		if _, err := q.client.JobCancel(ctx, job.ID); err != nil && !errors.Is(err, rivertype.ErrNotFound) {
			return cancelled, q.explain("cancel a unit", err)
		}
		cancelled++
	}
	return cancelled, nil
}

// jobs are those of what has the ID, by their numbers.
func (q *Queue) jobs(ctx context.Context, of string) ([]job, error) {
	params := river.NewJobListParams().Kinds(Unit{}.Kind()).OrderBy(river.JobListOrderByID, river.SortOrderAsc).First(1000).
		Where("args ->> 'of' = @of", river.NamedArgs{"of": of})
	var all []job
	for {
		page, err := q.client.JobList(ctx, params)
		if err != nil {
			return nil, q.explain("read the queue", err)
		}
		for _, row := range page.Jobs {
			j := job{JobRow: row}
			if err := j.read(); err != nil {
				return nil, fmt.Errorf("queue: unit %d in %s isn't one of alnb's: %w", row.ID, q.where, err)
			}
			all = append(all, j)
		}
		if len(page.Jobs) < 1000 {
			return all, nil
		}
		params = params.After(page.LastCursor)
	}
}
