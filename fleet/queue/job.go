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

// worker is who does it, or did it last; "" where nobody has.
func (j *job) worker() string {
	if n := len(j.AttemptedBy); n > 0 {
		return j.AttemptedBy[n-1]
	}
	return ""
}

// cancelled tells whether somebody cancelled it while it was being done.
func (j *job) cancelled() bool {
	var metadata struct {
		At *time.Time `json:"cancel_attempted_at"`
	}
	return json.Unmarshal(j.Metadata, &metadata) == nil && metadata.At != nil
}

func (j *job) status() Status {
	s := Status{Unit: j.unit, Since: j.CreatedAt, Worker: j.worker()}
	for _, e := range j.Errors {
		if strings.HasPrefix(e.Error, died) {
			s.Deaths++
		}
		s.Error = e.Error
	}
	switch j.State {
	case rivertype.JobStateRunning:
		s.State, s.Since = Running, *j.AttemptedAt
	case rivertype.JobStateCompleted:
		s.State, s.Since, s.Error = Finished, *j.FinalizedAt, ""
	case rivertype.JobStateCancelled:
		s.State, s.Since, s.Error = Cancelled, *j.FinalizedAt, ""
	case rivertype.JobStateDiscarded:
		s.State, s.Since = Failed, *j.FinalizedAt
	case rivertype.JobStateRetryable:
		s.State = Again
	case rivertype.JobStateAvailable, rivertype.JobStateScheduled, rivertype.JobStatePending:
		s.State = Waiting
	}
	return s
}
