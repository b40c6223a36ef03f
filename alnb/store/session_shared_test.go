package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Two processes beside this one and many goroutines label, put documents into the queue, score and beat a lease at
// once.
func TestManyWriters(t *testing.T) {
	begin(t, texts(200), func(t *testing.T, s *Session) {
		var wait sync.WaitGroup
		for process := range 2 {
			wait.Go(func() {
				child := exec.Command(os.Args[0])
				child.Env = append(os.Environ(), childTask+"=share", childDir+"="+s.dir, childJournal+"="+kind(t),
					childFrom+"="+strconv.Itoa(process))
				if out, err := child.CombinedOutput(); err != nil {
					t.Errorf("process %d: %v: %s", process, err, out)
				}
			})
		}
		wait.Go(func() {
			if err := share(context.Background(), s, 2); err != nil {
				t.Error(err)
			}
		})
		wait.Wait()
		history, err := s.History(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		requests := make(map[string]int)
		for i, j := range history {
			requests[j.Request]++
			if j.Seq != int64(i)+1 {
				t.Errorf("judgment %d has the number %d", i+1, j.Seq)
			}
		}
		want := 3*sharers*each + each + 1 // a request that several sent counts once; those of the test split have none
		if len(requests) != want || len(history) != want+1 {
			t.Errorf("%d requests in %d judgments; want %d", len(requests), len(history), want)
		}
		for request, n := range requests {
			if n != 1 && request != "" {
				t.Errorf("the request %q was kept %d times", request, n)
			}
		}
		if scores := all(t, s.Scores(t.Context())); len(scores) != 200 {
			t.Errorf("%d scores", len(scores))
		}
	})
}

const (
	sharers = 4  // goroutines a process
	each    = 10 // judgments a goroutine
)

// share does what several processes do at once.
func share(ctx context.Context, s *Session, process int) error {
	var wait sync.WaitGroup
	errs := make([]error, sharers+1)
	for sharer := range sharers {
		wait.Go(func() {
			for i := range each {
				own := label(fmt.Sprintf("process %d, goroutine %d, judgment %d", process, sharer, i), id((7*i+sharer)%200), "bug")
				common := label(fmt.Sprintf("common %d", i), id(i), "praise")
				_, err := s.Judge(ctx, own, common)
				_, read := s.Counts(ctx)
				errs[sharer] = errors.Join(errs[sharer], err, read)
			}
		})
	}
	wait.Go(func() {
		scores := make([]Score, 200)
		for i := range scores {
			scores[i] = Score{id(i), float64(i)}
		}
		for round := range 5 {
			lease, err := s.TakeLease(ctx, Holder{PID: process}, time.Minute)
			var held *HeldError
			switch {
			case err == nil:
				err = errors.Join(lease.Beat(ctx, ""), lease.Release(ctx))
			case errors.As(err, &held):
				err = nil
			}
			_, read := s.Queue(ctx)
			errs[sharers] = errors.Join(errs[sharers], err, read, s.SetScores(ctx, round, scores),
				s.SetQueue(ctx, round, []string{id(round), id(100 + round)}))
		}
	})
	wait.Wait()
	return errors.Join(errs...)
}
