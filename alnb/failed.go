package alnb

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alnb/alnb/alnb/store"
)

// A FailedError says which units of a run, the rounds of an arm with a seed, failed; all others are finished. The finished rounds
// of those that failed are kept, and run again, the run tries the rest of them.
type FailedError struct {
	Units int // of the run
	Errs  []error
}

func (e *FailedError) Error() string {
	sentences := make([]string, len(e.Errs))
	for i, err := range e.Errs {
		sentences[i] = err.Error()
	}
	return fmt.Sprintf("%d of %d units, an arm with a seed, failed, and the others are finished; run it again to try these again:\n%s",
		len(e.Errs), e.Units, strings.Join(sentences, "\n"))
}

// Unwrap returns the errors of the units.
func (e *FailedError) Unwrap() []error { return e.Errs }

// ofUnit tells whether an error is one of a single unit: what ends a run and a full disk are all units' errors.
func ofUnit(ctx context.Context, err error) bool {
	return ctx.Err() == nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) && !store.Full(err)
}
