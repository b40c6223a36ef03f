package setup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

const (
	dialTimeout  = 5 * time.Second  // to reach a host at all
	stallTimeout = 60 * time.Second // without a byte
	maxUnpinned  = 1 << 30          // bytes, where the size isn't known beforehand
)

// fetcher downloads over https. It tries each host once: where it can't be reached, later files don't wait for it.
type fetcher struct {
	client *http.Client
	log    *logger
	dead   map[string]error // by host
}

func newFetcher(t *http.Transport, log *logger) *fetcher {
	if t.DialContext == nil {
		t.DialContext = (&net.Dialer{Timeout: dialTimeout}).DialContext
	}
	t.TLSHandshakeTimeout = dialTimeout
	t.ResponseHeaderTimeout = 3 * dialTimeout
	client := &http.Client{Transport: t, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if req.URL.Scheme != "https" {
			return fmt.Errorf("it redirects to %s, which is not https", req.URL.Redacted())
		}
		if len(via) >= 10 {
			return errors.New("it redirects in circles")
		}
		return nil
	}}
	return &fetcher{client: client, log: log, dead: map[string]error{}}
}

// fetch downloads address into path. The content must have the SHA-256 of want; without one, unpinned content is
// accepted and its digest returned. Nothing is left at path after an error.
func (f *fetcher) fetch(ctx context.Context, address string, want file, path string) (sha string, err error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("%q is not an https address", address)
	}
	if err := f.dead[u.Host]; err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	out, err := os.CreateTemp(filepath.Dir(path), ".download-")
	if err != nil {
		return "", err
	}
	defer os.Remove(out.Name()) // gone by then if all went well
	defer out.Close()

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	resp, err := f.client.Do(req)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case resp != nil: // a redirect that was refused
		return "", fmt.Errorf("%s can't be downloaded: %w", address, cause(err))
	default:
		f.dead[u.Host] = fmt.Errorf("%s can't be reached: %w", u.Host, cause(err))
		return "", f.dead[u.Host]
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answered %s", address, resp.Status)
	}

	limit := int64(maxUnpinned)
	if want.Size > 0 {
		limit = want.Size
	}
	if resp.ContentLength > limit {
		return "", fmt.Errorf("%s is %d bytes long, not %d as it should be", address, resp.ContentLength, limit)
	}
	var done atomic.Int64
	defer f.log.doing(func() string {
		return fmt.Sprintf("%s of %s", megabytes(done.Load()), megabytes(max(resp.ContentLength, want.Size)))
	})()
	stalled := time.AfterFunc(stallTimeout, func() {
		cancel(fmt.Errorf("%s sent nothing for %s", u.Host, stallTimeout))
	})
	defer stalled.Stop()
	hash := sha256.New()
	body := &counter{from: io.LimitReader(resp.Body, limit+1), count: func(n int) {
		done.Add(int64(n))
		stalled.Reset(stallTimeout)
	}}
	if _, err := io.Copy(io.MultiWriter(out, hash), body); err != nil {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		return "", fmt.Errorf("the download of %s broke off after %d bytes: %w", address, done.Load(), err)
	}
	sha = hex.EncodeToString(hash.Sum(nil))
	switch {
	case done.Load() > limit:
		return "", fmt.Errorf("%s is longer than the %d bytes it should have", address, limit)
	case want.SHA256 != "" && sha != want.SHA256:
		return "", fmt.Errorf("%s has the SHA-256 %s, not %s as pinned; it is refused", address, sha, want.SHA256)
	}
	return sha, install(out, path, 0o644)
}

// cause drops the address that url.Error repeats.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

type counter struct {
	from  io.Reader
	count func(n int)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.count(n)
	return n, err
}

// fileIs tells whether the file at path has the pinned content.
func fileIs(path string, want file) bool {
	if size, err := fileSize(path); err != nil || want.Size > 0 && size != want.Size {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return false
	}
	return hex.EncodeToString(hash.Sum(nil)) == want.SHA256
}
