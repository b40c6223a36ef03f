package main

import (
	"fmt"
	"io"
	"time"
)

// progressEvery is how often a line of progress is printed; what takes less prints none.
const progressEvery = 2 * time.Second

// progress prints plain lines about rows, or steps.
type progress struct {
	to           io.Writer
	what, unit   string // the command, and "rows" or "steps"
	now          func() time.Time
	began, shown time.Time
	first        int // what was done before, by an interrupted run
}

// report tells of rows of which nobody knows how many are to come.
func (p *progress) report(done int) {
	if p.due() {
		fmt.Fprintf(p.to, "%s: %d %s, %.3g %[3]s/s\n", p.what, done, p.unit, float64(done-p.first)/p.shown.Sub(p.began).Seconds())
	}
}

// reportOf tells of steps, and when they will be done.
func (p *progress) reportOf(done, total int) {
	if p.first == 0 {
		p.first = done
		p.began = p.now() // from here on steps take equally long; the first compiles
	}
	if !p.due() || done == p.first {
		return
	}
	each := p.shown.Sub(p.began) / time.Duration(done-p.first)
	left := (each * time.Duration(total-done)).Round(time.Second)
	fmt.Fprintf(p.to, "%s: %d of %d %s, about %v left\n", p.what, done, total, p.unit, left)
}

func (p *progress) due() bool {
	now := p.now()
	if now.Sub(p.began) < progressEvery || now.Sub(p.shown) < progressEvery {
		return false
	}
	p.shown = now
	return true
}
