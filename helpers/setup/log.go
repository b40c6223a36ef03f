package setup

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// logger prints lines, and now and then what a slow part is doing.
type logger struct {
	mu     sync.Mutex
	out    io.Writer
	status func() string // of the part that runs; may be nil
}

func newLogger(out io.Writer) *logger {
	if out == nil {
		out = io.Discard
	}
	return &logger{out: out}
}

func (l *logger) printf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.out, format+"\n", args...)
}

// doing says what watch prints from now on. Calling undo ends it.
func (l *logger) doing(status func() string) (undo func()) {
	set := func(status func() string) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.status = status
	}
	set(status)
	return func() { set(nil) }
}

// watch prints progress after 2 seconds and then every 10, until stop is called.
func (l *logger) watch(name string) (stop func()) {
	start, quit := time.Now(), make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		next := time.NewTimer(2 * time.Second)
		defer next.Stop()
		for {
			select {
			case <-quit:
				return
			case <-next.C:
			}
			next.Reset(10 * time.Second)
			l.mu.Lock()
			status := l.status
			l.mu.Unlock()
			if status != nil {
				l.printf("%-13s ... %s (%.0f s)", name, status(), time.Since(start).Seconds())
			}
		}
	})
	return func() { close(quit); done.Wait() }
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
