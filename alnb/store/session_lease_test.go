package store

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestLease(t *testing.T) {
	begin(t, texts(1), func(t *testing.T, s *Session) {
		ctx := t.Context()
		if h, err := s.Holder(ctx, time.Minute); h != nil || err != nil {
			t.Errorf("at first: %+v, %v", h, err)
		}
		mine := Holder{PID: 123, Host: "here", URL: "http://127.0.0.1:1/", Doing: "loading"}
		lease, err := s.TakeLease(ctx, mine, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		_, err = reopen(t, s.dir, kind(t)).TakeLease(ctx, Holder{PID: 124, Host: "there"}, time.Minute)
		var held *HeldError
		if !errors.As(err, &held) || held.PID != 123 || held.Host != "here" || held.Doing != "loading" || held.URL != mine.URL {
			t.Errorf("%+v", err)
		}
		says(t, err, s.dir, "process 123 on here", "at http://127.0.0.1:1/")
		if err := lease.Beat(ctx, "training"); err != nil {
			t.Error(err)
		}
		h, err := s.Holder(ctx, time.Minute)
		if err != nil || h == nil || h.Doing != "training" || h.Beat.Before(h.Since) || time.Since(h.Since).Abs() > time.Minute {
			t.Errorf("%+v, %v", h, err)
		}
		if err := lease.Release(ctx); err != nil {
			t.Error(err)
		}
		if h, err := s.Holder(ctx, time.Minute); h != nil || err != nil {
			t.Errorf("after its release: %+v, %v", h, err)
		}
		err = lease.Beat(ctx, "")
		if says(t, err, "the lease was lost: it was released"); !errors.Is(err, ErrLeaseLost) {
			t.Errorf("%v is not ErrLeaseLost", err)
		}
	})
}

func TestLeaseThatIsNotBeaten(t *testing.T) {
	begin(t, texts(1), func(t *testing.T, s *Session) {
		ctx, expiry := t.Context(), 100*time.Millisecond
		lease, err := s.TakeLease(ctx, Holder{PID: 1, Host: "a"}, expiry)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(expiry)
		if h, err := s.Holder(ctx, expiry); h != nil || err != nil {
			t.Errorf("it is held by %+v, %v", h, err)
		}
		if err := lease.Beat(ctx, ""); err != nil { // nobody has taken it
			t.Error(err)
		}
		time.Sleep(expiry)
		other, err := s.TakeLease(ctx, Holder{PID: 2, Host: "b"}, expiry)
		if err != nil {
			t.Fatal(err)
		}
		err = lease.Beat(ctx, "")
		if says(t, err, "the lease was lost to process 2 on b"); !errors.Is(err, ErrLeaseLost) {
			t.Errorf("%v is not ErrLeaseLost", err)
		}
		if err := lease.Release(ctx); err != nil { // leaves the other's alone
			t.Error(err)
		}
		if err := other.Beat(ctx, ""); err != nil {
			t.Error(err)
		}
		// The clock was set back by a day: a sign of life in the future is none.
		if _, err := s.write.Exec("UPDATE lease SET beat = beat + 86400000000"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.TakeLease(ctx, Holder{PID: 3}, expiry); err != nil {
			t.Error(err)
		}
	})
}

func TestOneOfManyGetsTheLease(t *testing.T) {
	begin(t, texts(1), func(t *testing.T, s *Session) {
		const many = 20
		errs := make(chan error, many)
		for i := range many {
			go func() {
				_, err := s.TakeLease(context.Background(), Holder{PID: i}, time.Minute)
				errs <- err
			}()
		}
		got := 0
		for range many {
			err := <-errs
			var held *HeldError
			switch {
			case err == nil:
				got++
			case !errors.As(err, &held) || strings.Contains(err.Error(), " at "):
				t.Error(err)
			}
		}
		if got != 1 {
			t.Errorf("%d have the lease", got)
		}
	})
}
