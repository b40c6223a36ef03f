package serve

import (
	"context"
	"log/slog"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/store"
)

// fullFor is how long the trainer waits when the disk is full, before it tries again.
const fullFor = 5 * time.Second

// work trains beside the page until ctx ends. A full disk doesn't end it: the page says to whoever labels that nothing more can be
// saved, and both go on when there is room. used is called whenever it works on what somebody labeled.
func (d *desk) work(ctx context.Context, every int, log *slog.Logger, used func()) error {
	full := false // what is trained can't be kept
	for {
		err := d.session.Work(ctx, alnb.WorkOptions{
			Every: every,
			Report: func(p *alnb.Progress) {
				if !full { // or a server that nobody uses would try for ever
					used()
				}
				if p == nil {
					d.does("", 0)
					return
				}
				d.does(p.Phase.Doing(), float64(p.Done)/float64(max(p.Total, 1)))
			},
			Note: func(text string) {
				full = false
				log.Info(text)
			},
		})
		if !store.Full(err) {
			return err
		}
		full = true
		log.Error(err.Error())
		d.does("waiting for room, as the disk is full", 0)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(fullFor):
		}
		d.does("", 0)
	}
}

// settled is when a server's first pages are there, which come before other work.
const settled = time.Second

// findTwins looks for near-duplicates before somebody asks for them, since that takes seconds in a large pool.
func (d *desk) findTwins(ctx context.Context, log *slog.Logger) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(settled):
	}
	if _, err := d.session.Twins(ctx); err != nil && ctx.Err() == nil {
		log.Error("looking for near-duplicates: " + err.Error())
	}
}
