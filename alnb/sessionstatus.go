package alnb

import (
	"context"
	"time"

	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/store"
)

// SessionStatus is how far a session is.
type SessionStatus struct {
	Spans   bool // documents are marked with spans
	Counts  store.Counts
	Pool    int           // documents
	Round   int           // of the open batch
	Batch   int           // documents in the open batch
	Left    int           // of them, those that nobody has judged
	Review  int           // documents that people are still to look at again
	PerHour float64       // judgments in the last hour, or since the first of them where that is less than an hour ago
	Models  []Trained     // one a training; shared with other statuses, so not to be changed
	Holder  *store.Holder // who trains and serves; nil where nobody does
}

// Status says how far the session is.
func (s *Session) Status(ctx context.Context) (status SessionStatus, err error) {
	status.Spans, status.Pool = s.about.Spans, s.about.Pool
	if status.Counts, err = s.db.Counts(ctx); err != nil {
		return status, err
	}
	open, err := s.db.Queue(ctx)
	if err != nil {
		return status, err
	}
	status.Round, status.Batch, status.Left = open.Round, len(open.Items), left(open)
	review, err := s.db.Review(ctx)
	if err != nil {
		return status, err
	}
	status.Review = len(review)
	if status.Models, err = s.trained(ctx); err != nil {
		return status, err
	}
	if status.PerHour, err = s.perHour(ctx, time.Now()); err != nil {
		return status, err
	}
	status.Holder, err = s.Holder(ctx)
	return status, err
}

// perHour is how fast people label.
func (s *Session) perHour(ctx context.Context, now time.Time) (float64, error) {
	n, first, err := s.db.Pace(ctx, now.Add(-time.Hour))
	if err != nil || n < 2 {
		return 0, err
	}
	return float64(n) / max(now.Sub(first).Hours(), 1./60), nil
}

// Judged is how many documents of the pool are judged.
func (s SessionStatus) Judged() int { return s.Counts.Labeled + s.Counts.Skipped + s.Counts.Unsure }

// Curve is the learning curve: the models' metric on the test split; empty without one.
func (s SessionStatus) Curve() eval.Curve {
	curve := eval.Curve{Arm: "session"}
	for _, m := range s.Models {
		if m.Metrics.Scores.Test > 0 {
			curve.Metric = m.Metrics.Scores.Metric
			curve.Points = append(curve.Points, eval.Point{Round: m.Round, Labeled: m.Labeled, Mean: m.Metrics.Scores.Value, Seeds: 1})
		}
	}
	return curve
}
