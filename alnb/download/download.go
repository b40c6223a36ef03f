// Package download fetches files over HTTP so that what arrives is whole and right: it goes on where a connection broke
// off, in this process or a later one, tries again when a server is busy, and puts a file into place only when its
// checksum is the expected one.
package download

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A File is what to download.
type File struct {
	URL   string
	Token string // sent as a bearer token, to URL's scheme, host and port only; may be empty
	Size  int64  // in bytes
	Sum   string // the checksum, in hexadecimal digits
	// NewHash returns the hash that gives Sum over a content of that size.
	NewHash func(size int64) hash.Hash
}

// A Client downloads; the zero value is ready for use.
type Client struct {
	HTTP     *http.Client                  // nil: a client that gives up on a host after 10 s without an answer
	Attempts int                           // in a row without a byte, at least 1; 0 is 5
	Pause    time.Duration                 // before the second attempt, doubled for each one after it; 0 is 1 s
	Stall    time.Duration                 // without a byte, after which a connection is taken for broken; 0 is 60 s
	Progress func(name string, done int64) // called often with the bytes that are there; may be nil
}

// longestPause is the longest that a server's Retry-After is followed; a server that asks for more is an error.
const longestPause = 2 * time.Minute

var standard = &http.Client{Transport: &http.Transport{
	Proxy:                 http.ProxyFromEnvironment,
	DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
	TLSHandshakeTimeout:   10 * time.Second,
	ResponseHeaderTimeout: 30 * time.Second,
}}

// Fetch downloads a file to path. What has arrived when it fails or ctx ends stays beside path, and the next Fetch goes
// on from there.
func (c Client) Fetch(ctx context.Context, file File, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("download: %w", err)
	}
	if _, err := hex.DecodeString(file.Sum); err != nil || file.Sum == "" || file.Size < 0 {
		return fmt.Errorf("download: %s: its checksum is said to be %.80q and its size %d", file.URL, file.Sum, file.Size)
	}
	unlock, err := lock(ctx, path+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	if partSize(path) == file.Size && file.has(path) == nil { // an earlier call has brought it
		return nil
	}
	// The name holds the checksum: the rest of another version is never appended.
	part := fmt.Sprintf("%s.%.12s.part", path, file.Sum)
	for fresh := false; ; fresh = true {
		longest := partSize(part)
		resumed := longest > 0
		err := c.retry(ctx, func() (bool, error) {
			have, err := c.attempt(ctx, file, part)
			further := have > longest
			longest = max(longest, have)
			return further, err
		})
		if err == nil {
			err = file.check(part)
			if err != nil && resumed && !fresh { // what was there may have been the wrong half
				os.Remove(part)
				continue
			}
		}
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("download: %s: %w", file.URL, err)
		}
		return put(part, path)
	}
}

// Get returns what a URL answers, up to limit bytes.
func (c Client) Get(ctx context.Context, address, token string, limit int64) ([]byte, error) {
	var body []byte
	err := c.retry(ctx, func() (bool, error) {
		resp, stop, err := c.request(ctx, address, token, 0)
		if err != nil {
			return false, err
		}
		defer stop()
		if resp.StatusCode != http.StatusOK {
			return false, refused(resp)
		}
		body, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
		if err == nil && int64(len(body)) > limit {
			return false, permanent{fmt.Errorf("the answer is longer than %d bytes", limit)}
		}
		return false, err
	})
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("download: %s: %w", address, err)
	}
	return body, err
}

// permanent marks an error that another attempt wouldn't mend.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// busy is an answer that asks to come again later.
type busy struct {
	error
	after time.Duration // 0 where the server doesn't say
}

// retry calls attempt until it succeeds, fails for good, or has failed too often in a row without getting further.
func (c Client) retry(ctx context.Context, attempt func() (further bool, err error)) error {
	most, pause := c.Attempts, c.Pause
	if most == 0 {
		most = 5
	}
	if pause == 0 {
		pause = time.Second
	}
	for failed := 0; ; {
		further, err := attempt()
		var final permanent
		if err == nil || ctx.Err() != nil || errors.As(err, &final) {
			return err
		}
		if further {
			failed = 0
		}
		if failed++; failed >= most {
			return fmt.Errorf("after %d attempts: %w", most, err)
		}
		wait := pause << (failed - 1)
		var later busy
		if errors.As(err, &later) && later.after > 0 {
			wait = later.after
		}
		if wait > longestPause {
			return fmt.Errorf("the server asks to wait %v: %w", wait.Round(time.Second), err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// request sends a GET for what follows the first from bytes. stop ends the connection.
func (c Client) request(ctx context.Context, address, token string, from int64) (resp *http.Response, stop func(), err error) {
	client, stall := c.HTTP, c.Stall
	if client == nil {
		client = standard
	}
	if stall == 0 {
		stall = time.Minute
	}
	ctx, cancel := context.WithCancelCause(ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		cancel(nil)
		return nil, nil, permanent{err}
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if from > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	own := *client
	own.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		if next.URL.Scheme != req.URL.Scheme || next.URL.Host != req.URL.Host {
			next.Header.Del("Authorization") // net/http keeps it for other ports and for subdomains
		}
		if len(via) >= 10 {
			return permanent{errors.New("it redirects in circles")}
		}
		return nil
	}
	resp, err = own.Do(req)
	if err != nil {
		cancel(nil)
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // the address is in our own sentence
		}
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" { // no network, or no such host: waiting seldom helps
			err = permanent{fmt.Errorf("the host can't be reached: %w", err)}
		}
		return nil, nil, err
	}
	timer := time.AfterFunc(stall, func() { cancel(fmt.Errorf("nothing came for %v", stall)) })
	resp.Body = &watched{ReadCloser: resp.Body, ctx: ctx, timer: timer, stall: stall}
	return resp, func() { timer.Stop(); resp.Body.Close(); cancel(nil) }, nil
}

// watched is a body whose connection is ended when nothing comes.
type watched struct {
	io.ReadCloser
	ctx   context.Context
	timer *time.Timer
	stall time.Duration
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if n > 0 {
		w.timer.Reset(w.stall)
	}
	if err != nil && !errors.Is(err, io.EOF) && w.ctx.Err() != nil {
		err = context.Cause(w.ctx)
	}
	return n, err
}

// attempt appends what is missing to the part, and returns how much of it there is then.
func (c Client) attempt(ctx context.Context, file File, part string) (have int64, err error) {
	have = partSize(part)
	if have > file.Size {
		if err := os.Remove(part); err != nil {
			return 0, permanent{err}
		}
		have = 0
	}
	if have == file.Size && have > 0 {
		return have, nil
	}
	resp, stop, err := c.request(ctx, file.URL, file.Token, have)
	if err != nil {
		return have, err
	}
	defer stop()
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	switch code := resp.StatusCode; {
	case code == http.StatusOK && resp.ContentLength >= 0 && resp.ContentLength != file.Size:
		return have, permanent{fmt.Errorf("the server sends %d bytes, the file has %d", resp.ContentLength, file.Size)}
	case code == http.StatusOK: // from the beginning, whatever was asked for
		flags, have = os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0
	case code == http.StatusPartialContent && strings.HasPrefix(resp.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", have)):
	case have > 0 && (code == http.StatusPartialContent || code == http.StatusRequestedRangeNotSatisfiable):
		os.Remove(part) // the next attempt asks for the whole
		return 0, errors.New("the server sends another part than was asked for")
	default:
		return have, refused(resp)
	}
	out, err := os.OpenFile(part, flags, 0o644)
	if err != nil {
		return have, permanent{err}
	}
	defer out.Close()
	buffer := make([]byte, 1<<18)
	for {
		n, err := resp.Body.Read(buffer)
		if n > 0 {
			if _, err := out.Write(buffer[:n]); err != nil {
				return have, permanent{err} // a full disk
			}
			have += int64(n)
			if c.Progress != nil {
				c.Progress(file.URL, have)
			}
		}
		switch {
		case have > file.Size:
			return have, permanent{fmt.Errorf("it is longer than the %d bytes it should have", file.Size)}
		case errors.Is(err, io.EOF) && have < file.Size:
			return have, fmt.Errorf("the connection broke off after %d of %d bytes", have, file.Size)
		case errors.Is(err, io.EOF):
			return have, out.Sync()
		case err != nil:
			return have, fmt.Errorf("the connection broke off after %d of %d bytes: %w", have, file.Size, err)
		}
	}
}

// refused is what an answer without content means.
func refused(resp *http.Response) error {
	err := fmt.Errorf("the server answered %s", resp.Status)
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return permanent{fmt.Errorf("%w: it doesn't exist, or needs a token of someone who may read it (HF_TOKEN)", err)}
	case code == http.StatusTooManyRequests || code >= 500:
		return busy{err, retryAfter(resp.Header.Get("Retry-After"))}
	}
	return permanent{err}
}

func (b busy) Unwrap() error { return b.error }

func retryAfter(header string) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(0, time.Until(date))
	}
	return 0
}

func partSize(part string) int64 {
	info, err := os.Stat(part)
	if err != nil {
		return 0
	}
	return info.Size()
}

// check holds the part against the checksum; one that differs is removed.
func (file File) check(part string) error {
	err := file.has(part)
	if errors.As(err, new(wrongSum)) {
		os.Remove(part)
	}
	return err
}

// wrongSum is a content with another checksum.
type wrongSum struct{ error }

// has tells whether the file at path has the checksum.
func (file File) has(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := file.NewHash(file.Size)
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != strings.ToLower(file.Sum) {
		return wrongSum{fmt.Errorf("the content has the checksum %s, it should have %s; it was removed", got, file.Sum)}
	}
	return nil
}

// lock keeps two calls, of whatever processes, from writing one file.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("download: %w", err)
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			f.Close()
			return nil, fmt.Errorf("download: lock %s: %w", path, err)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// put moves the part into place, durably.
func put(part, path string) error {
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("download: %w", err)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("download: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}
