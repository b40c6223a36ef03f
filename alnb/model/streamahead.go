package model

import (
	"context"
	"iter"
)

// prepared is a chunk of items, and what was made of it ahead of time.
type prepared[In, Out any] struct {
	items []In
	made  []Out
	err   error
}

// readAhead yields chunks with what prepare makes of them, which is done for the next chunk, in another goroutine, while
// the consumer is busy with the present one. The first error is the last it yields. When ctx or the loop over it ends, no
// prepare is running; reading that is blocked is not waited for.
func readAhead[In, Out any](ctx context.Context, chunks iter.Seq2[[]In, error], prepare func(context.Context, []In) ([]Out, error)) iter.Seq2[prepared[In, Out], error] {
	return func(yield func(prepared[In, Out], error) bool) {
		inner, stop := context.WithCancel(ctx)
		preparing := make(chan struct{}, 1)
		defer func() {
			stop()
			preparing <- struct{}{} // waits for one that runs; from here on none begins
		}()
		ready := make(chan prepared[In, Out])
		go func() {
			defer close(ready)
			for items, err := range chunks {
				p := prepared[In, Out]{items: items, err: err}
				if err == nil {
					select {
					case preparing <- struct{}{}:
					case <-inner.Done():
						return
					}
					p.made, p.err = prepare(inner, items)
					<-preparing
				}
				select {
				case ready <- p:
				case <-inner.Done():
					return
				}
				if p.err != nil {
					return
				}
			}
		}()
		for {
			select {
			case <-ctx.Done():
				yield(prepared[In, Out]{}, ctx.Err())
				return
			case p, more := <-ready:
				if !more {
					if err := ctx.Err(); err != nil {
						yield(prepared[In, Out]{}, err)
					}
					return
				}
				if !yield(p, p.err) || p.err != nil {
					return
				}
			}
		}
	}
}
