package queue

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/riverqueue/river/rivertype"
)

// A job is a unit as River keeps it.
type job struct {
	*rivertype.JobRow
	unit Unit
}

func (j *job) read() error { return json.Unmarshal(j.EncodedArgs, &j.unit) }

// died is how the error of a unit begins whose worker died.
const died = "the worker died"

// holder is a worker's name and its lease, as River writes them to a unit's row in the moment in which the worker takes it: whoever looks
// for the dead is to know how long this one may be silent, and its own lease may be another.
func holder(worker string, lease time.Duration) string { return worker + " " + lease.String() }

// worker is who does it, or did it last; "" where nobody has.
func (j *job) worker() string {
	name, _ := j.holder()
	return name
}

// lease is how long its worker may give no sign of life.
func (j *job) lease() time.Duration {
	_, lease := j.holder()
	return lease
}

func (j *job) holder() (worker string, lease time.Duration) {
	n := len(j.AttemptedBy)
	if n == 0 {
		return "", defaultLease
	}
	last := j.AttemptedBy[n-1]
	if i := strings.LastIndexByte(last, ' '); i >= 0 {
		if lease, err := time.ParseDuration(last[i+1:]); err == nil {
			return last[:i], lease
		}
	}
	return last, defaultLease // of a worker from before leases were told
}

// silent tells whether its worker gave no sign of life for as long as its lease. Before the database was back, the living couldn't.
func (j *job) silent(now, back time.Time) bool {
	heard := *j.AttemptedAt
	if back.After(heard) {
		heard = back
	}
	return now.Sub(heard) > j.lease()
}

// A beginning is when a worker began a unit, which it keeps in the unit's metadata: its signs of life are written over the row's own time.
type beginning struct {
	Attempt int       `json:"attempt"`
	Worker  string    `json:"worker"`
	At      time.Time `json:"at"`
}

// A metadata is what of a unit's is used here.
type metadata struct {
	CancelledAt *time.Time `json:"cancel_attempted_at,omitempty"` // River's: somebody cancelled it while it was being done
	Begun       *beginning `json:"alnb_begun,omitempty"`
}

func (j *job) metadata() (m metadata) {
	if json.Unmarshal(j.Metadata, &m) != nil {
		return metadata{}
	}
	return m
}

func (j *job) cancelled() bool { return j.metadata().CancelledAt != nil }

// begun is when its worker began it. What was kept may be of another's attempt: before its first sign of life, none writes it.
func (j *job) begun() time.Time {
	if b := j.metadata().Begun; b != nil && b.Attempt == j.Attempt && b.Worker == j.worker() {
		return b.At
	}
	return *j.AttemptedAt
}

func (j *job) status() Status {
	s := Status{Unit: j.unit, Worker: j.worker()}
	for _, e := range j.Errors {
		if strings.HasPrefix(e.Error, died) {
			s.Deaths++
		}
		s.Error, s.Since = e.Error, e.At
	}
	switch j.State {
	case rivertype.JobStateRunning:
		s.State, s.Since = Running, j.begun()
	case rivertype.JobStateCompleted:
		s.State, s.Since, s.Error = Finished, *j.FinalizedAt, ""
	case rivertype.JobStateCancelled:
		s.State, s.Since, s.Error = Cancelled, *j.FinalizedAt, ""
	case rivertype.JobStateDiscarded:
		s.State, s.Since = Failed, *j.FinalizedAt
	case rivertype.JobStateRetryable: // since the last error
		s.State = Again
	case rivertype.JobStateAvailable, rivertype.JobStateScheduled, rivertype.JobStatePending:
		s.State, s.Since = Waiting, j.ScheduledAt
	}
	return s
}
