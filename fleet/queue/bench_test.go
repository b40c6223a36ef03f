package queue

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// What the queue costs a unit that does nothing: from the first that is begun to the last that is done, by one worker.
func BenchmarkUnit(b *testing.B) {
	for _, kind := range []string{"SQLite", "PostgreSQL"} {
		b.Run(kind, func(b *testing.B) {
			url := "sqlite://" + filepath.Join(b.TempDir(), "queue.db")
			if kind == "PostgreSQL" {
				p, err := server()
				if err != nil {
					b.Skip(err)
				}
				if url, err = p.NewDatabase(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			q, err := Open(b.Context(), url)
			if err != nil {
				b.Fatal(err)
			}
			defer q.Close()
			if _, err := q.Submit(b.Context(), units("bench", b.N)); err != nil {
				b.Fatal(err)
			}
			ctx, stop := context.WithCancel(b.Context())
			defer stop()
			var done atomic.Int64
			b.ResetTimer()
			ended := make(chan error, 1)
			go func() {
				ended <- q.Work(ctx, func(context.Context, Unit) error {
					done.Add(1)
					return nil
				}, WorkOptions{Lane: "test", Name: "one"})
			}()
			for done.Load() < int64(b.N) {
				time.Sleep(time.Millisecond)
			}
			b.StopTimer()
			stop()
			if err := <-ended; err != nil {
				b.Fatal(err)
			}
		})
	}
}
