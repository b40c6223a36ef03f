package alnb

import (
	"context"
	"os"
	"time"

	"github.com/alnb/alnb/alnb/store"
)

// The lease's holder says every beat that it is alive; after expiry without, others take it for dead.
const (
	beat   = 2 * time.Second
	expiry = 15 * time.Second
)

// Hold takes the session's lease and keeps it until release is called; nothing changes where this Session has it already. url
// is where the holder serves, "" if nowhere.
func (s *Session) Hold(ctx context.Context, url string) (release func(), err error) {
	if s.lease != nil {
		return func() {}, nil
	}
	host, err := os.Hostname()
	if err != nil {
		host = "a machine without a name"
	}
	lease, err := s.db.TakeLease(ctx, store.Holder{PID: os.Getpid(), Host: host, URL: url}, expiry)
	if err != nil {
		return nil, err
	}
	s.lease = lease
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(beat):
				lease.Beat(context.WithoutCancel(ctx), "") // a lost lease shows when it is taken again
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
		s.lease = nil
		lease.Release(context.WithoutCancel(ctx))
	}, nil
}

// Holder is who trains and serves the session now; nil where nobody does.
func (s *Session) Holder(ctx context.Context) (*store.Holder, error) { return s.db.Holder(ctx, expiry) }
