package alnb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/alnb/alnb/alnb/store"
)

// The lease's holder says every beat that it is alive; after expiry without, others take it for dead.
const (
	beat   = 2 * time.Second
	expiry = 15 * time.Second
)

// Hold takes the session's lease and keeps it until release is called; where this Session has it already, it changes nothing.
// The context it returns ends with ctx, and when the lease is lost, as after a machine has slept while another process took it.
// url is where the holder serves, "" if nowhere.
func (s *Session) Hold(ctx context.Context, url string) (held context.Context, release func(), err error) {
	if s.lease != nil {
		return ctx, func() {}, nil
	}
	host, err := os.Hostname()
	if err != nil {
		host = "a machine without a name"
	}
	lease, err := s.db.TakeLease(ctx, store.Holder{PID: os.Getpid(), Host: host, URL: url}, expiry)
	if err != nil {
		return nil, nil, err
	}
	s.lease = lease
	held, lose := context.WithCancelCause(ctx)
	background := context.WithoutCancel(ctx)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(beat):
			}
			if err := lease.Beat(background, ""); errors.Is(err, store.ErrLeaseLost) {
				lose(fmt.Errorf("alnb: the session in %s: %w", s.dir, err))
				return
			}
		}
	}()
	return held, func() {
		close(stop)
		<-stopped
		lose(nil)
		s.lease = nil
		lease.Release(background)
	}, nil
}

// Holder is who trains and serves the session now; nil where nobody does.
func (s *Session) Holder(ctx context.Context) (*store.Holder, error) { return s.db.Holder(ctx, expiry) }
