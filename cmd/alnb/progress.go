package main

import (
	"fmt"
	"io"
	"time"
)

// progressEvery is how often a line of progress is printed; what takes less prints none.
const progressEvery = 2 * time.Second

// progress prints plain lines about rows of which nobody knows how many are to come.
type progress struct {
	to           io.Writer
	what         string
	now          func() time.Time
	began, shown time.Time
}

func (p *progress) report(rows int) {
	now := p.now()
	if now.Sub(p.began) < progressEvery || now.Sub(p.shown) < progressEvery {
		return
	}
	p.shown = now
	fmt.Fprintf(p.to, "%s: %d rows, %.0f rows/s\n", p.what, rows, float64(rows)/now.Sub(p.began).Seconds())
}
