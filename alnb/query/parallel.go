package query

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// inParallel calls do for the ranges [from, to) of size that make up [0, n), on all processors. do writes only what
// belongs to its range, so the result depends on neither the number of processors nor who comes first. The error is the
// context's, or that of the first range that has one.
func inParallel(ctx context.Context, n, size int, do func(from, to int) error) error {
	blocks := (n + size - 1) / size
	workers := min(runtime.GOMAXPROCS(0), blocks)
	errs := make([]error, blocks)
	var next atomic.Int64
	var stop atomic.Bool
	work := func() {
		for !stop.Load() && ctx.Err() == nil {
			b := int(next.Add(1)) - 1
			if b >= blocks {
				return
			}
			// Blocks begin in order: one that fails has those before it finished or under way, so the first error is known.
			if errs[b] = do(b*size, min((b+1)*size, n)); errs[b] != nil {
				stop.Store(true)
			}
		}
	}
	if workers <= 1 {
		work()
	} else {
		var group sync.WaitGroup
		for range workers {
			group.Go(work)
		}
		group.Wait()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
