package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// A Holder is the process that trains and serves a session.
type Holder struct {
	PID   int
	Host  string
	URL   string    // where it serves; "": nowhere
	Since time.Time // it took the lease
	Beat  time.Time // its last sign of life
	Doing string    // what it did then
}

// A HeldError says who has the lease.
type HeldError struct {
	Holder
	dir string
}

func (e *HeldError) Error() string {
	at := ""
	if e.URL != "" {
		at = " at " + e.URL
	}
	since, ago := e.Since.Local().Format(time.DateTime), time.Since(e.Beat).Round(time.Second)
	return fmt.Sprintf("store: the session in %s is served%s by process %d on %s, since %s; its last sign of life came "+
		"%v ago: use that one, or end it", e.dir, at, e.PID, e.Host, since, ago)
}

// ErrLeaseLost is the error of who had the lease, gave no sign of life for too long, and was taken for dead.
var ErrLeaseLost = errors.New("the lease was lost")

// A Lease is the right to train and serve a session.
type Lease struct {
	session *Session
	token   string
}

// TakeLease takes the lease, for h as far as PID, Host, URL and Doing go. Where another has it, and gave a sign of life
// within expiry, the error is a *HeldError.
func (s *Session) TakeLease(ctx context.Context, h Holder, expiry time.Duration) (*Lease, error) {
	lease := &Lease{session: s, token: rand.Text()}
	var held *HeldError
	err := s.update(ctx, func(tx *sql.Tx) error {
		holder, _, err := readHolder(tx)
		if err != nil {
			return err
		}
		if held = nil; holder.alive(expiry) {
			held = &HeldError{Holder: *holder, dir: s.dir}
			return nil
		}
		now := time.Now().UnixMicro()
		_, err = tx.Exec("INSERT OR REPLACE INTO lease (id, token, pid, host, url, since, beat, doing) "+
			"VALUES (1, ?, ?, ?, ?, ?, ?, ?)", lease.token, h.PID, h.Host, h.URL, now, now, h.Doing)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case held != nil:
		return nil, held
	}
	return lease, nil
}

// Holder returns who has the lease; nil where nobody has, or gave a sign of life within expiry.
func (s *Session) Holder(ctx context.Context, expiry time.Duration) (holder *Holder, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		holder, _, err = readHolder(tx)
		return err
	})
	if err != nil || !holder.alive(expiry) {
		return nil, err
	}
	return holder, nil
}

// readHolder returns who took the lease last and has not released it, or nil, and the token of then.
func readHolder(tx *sql.Tx) (*Holder, string, error) {
	var h Holder
	var token string
	var since, beat int64
	err := tx.QueryRow("SELECT pid, host, url, since, beat, doing, token FROM lease").
		Scan(&h.PID, &h.Host, &h.URL, &since, &beat, &h.Doing, &token)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, "", nil
	case err != nil:
		return nil, "", err
	}
	h.Since, h.Beat = time.UnixMicro(since).UTC(), time.UnixMicro(beat).UTC()
	return &h, token, nil
}

// alive tells whether there is a holder that gave a sign of life within expiry. One far in the future is none: the
// clock was set back since. A process of this machine that is gone, such as a killed one, isn't waited for.
func (h *Holder) alive(expiry time.Duration) bool {
	return h != nil && time.Since(h.Beat).Abs() < expiry && !h.gone()
}

func (h *Holder) gone() bool {
	host, err := os.Hostname()
	return err == nil && host == h.Host && h.PID > 0 && errors.Is(syscall.Kill(h.PID, 0), syscall.ESRCH)
}

// Beat is a sign of life. The error wraps ErrLeaseLost where another process has taken the lease, or may have; then
// stop.
func (l *Lease) Beat(ctx context.Context, doing string) error {
	return l.session.update(ctx, func(tx *sql.Tx) error {
		holder, token, err := readHolder(tx)
		switch {
		case err != nil:
			return err
		case holder == nil:
			return fmt.Errorf("%w: it was released", ErrLeaseLost)
		case token != l.token:
			return fmt.Errorf("%w to process %d on %s, since this one gave no sign of life for too long",
				ErrLeaseLost, holder.PID, holder.Host)
		}
		_, err = tx.Exec("UPDATE lease SET beat = ?, doing = ?", time.Now().UnixMicro(), doing)
		return err
	})
}

// Release gives the lease up. Nothing happens where it was lost.
func (l *Lease) Release(ctx context.Context) error {
	return l.session.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("DELETE FROM lease WHERE token = ?", l.token)
		return err
	})
}
