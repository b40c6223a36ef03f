package main

import (
	"fmt"
	"io"
	"time"
)

// progressEvery is how often a line of progress is printed; what takes less prints none.
const progressEvery = 2 * time.Second

// progress prints plain lines about rows, or steps, of which nobody knows how many are to come.
type progress struct {
	to           io.Writer
	what, unit   string // the command, and "rows" or "steps"
	now          func() time.Time
	began, shown time.Time
}

func (p *progress) report(done int) {
	now := p.now()
	if now.Sub(p.began) < progressEvery || now.Sub(p.shown) < progressEvery {
		return
	}
	p.shown = now
	fmt.Fprintf(p.to, "%s: %d %s, %.3g %[3]s/s\n", p.what, done, p.unit, float64(done)/now.Sub(p.began).Seconds())
}
