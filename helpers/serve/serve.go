// Package serve runs a session's server: the labeling page, and the training beside it, in one process.
package serve

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/helpers/annotate"
)

// Options say how a session is served.
type Options struct {
	Addr  string        // where the page is served; "" stands for 127.0.0.1 with the port of the last time, or any free one
	Idle  time.Duration // the server ends when nobody has asked it for anything, and nothing was trained, for so long; 0 stands for an hour
	Every int           // so many new labels have a model trained; see alnb.WorkOptions
	Page  annotate.Options
	Log   *slog.Logger
	Ready func(address string) // called once the page is there; may be nil
}

// Serve serves the session until ctx ends, or nobody uses it any more. It needs the session's lease: where another process
// serves, it says which.
func Serve(ctx context.Context, s *alnb.Session, o Options) error {
	if o.Idle == 0 {
		o.Idle = time.Hour
	}
	listener, err := listen(s.Dir(), o.Addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	token, err := tokenOf(s.Dir())
	if err != nil {
		return err
	}
	d := &desk{session: s}
	page, err := annotate.New(d, token, o.Page)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancelCause(ctx)
	var background sync.WaitGroup
	defer func() {
		end(nil)
		background.Wait()
	}()
	address := fmt.Sprintf("http://%s/%s/", listener.Addr(), token)
	ctx, release, err := s.Hold(ctx, address)
	if err != nil {
		return err
	}
	defer release()
	if err := remember(s.Dir(), listener); err != nil {
		return err
	}
	var used use
	used.now()
	go used.endAfter(ctx, o.Idle, end)
	server := annotate.NewServer("", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		used.now()
		page.ServeHTTP(w, r)
	}))
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			end(fmt.Errorf("serve: %w", err))
		}
	}()
	defer func() {
		shutdown, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer done()
		server.Shutdown(shutdown)
	}()
	o.Log.Info("serving", "session", s.Dir(), "address", listener.Addr().String())
	if o.Ready != nil {
		o.Ready(address)
	}
	background.Go(func() { d.findTwins(ctx, o.Log) })
	err = d.work(ctx, o.Every, o.Log, used.now)
	if errors.Is(err, errIdle) {
		o.Log.Info(errIdle.Error(), "for", o.Idle.String())
		return nil
	}
	return err
}

// use is when the server was used last.
type use struct{ at atomic.Int64 }

func (u *use) now() { u.at.Store(time.Now().UnixNano()) }

var errIdle = errors.New("nobody uses it any more")

// endAfter calls end with errIdle once the server wasn't used for so long.
func (u *use) endAfter(ctx context.Context, idle time.Duration, end context.CancelCauseFunc) {
	for {
		unused := time.Since(time.Unix(0, u.at.Load()))
		if unused >= idle {
			end(errIdle)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(idle - unused):
		}
	}
}

// addressFile and tokenFile hold where the session was served last, so that pages that are still open go on when it is served
// again.
const (
	addressFile = "serve.address"
	tokenFile   = "serve.token"
)

// listen takes the address of the last time where addr is "", and any free port where that is taken.
func listen(dir, addr string) (net.Listener, error) {
	if addr == "" {
		last, err := os.ReadFile(filepath.Join(dir, addressFile))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("serve: %w", err)
		}
		if len(last) > 0 {
			if l, err := net.Listen("tcp", strings.TrimSpace(string(last))); err == nil {
				return l, nil
			}
		}
		addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("serve: %w", err)
	}
	return l, nil
}

// remember keeps the address for the next time.
func remember(dir string, l net.Listener) error {
	return store.WriteFile(filepath.Join(dir, addressFile), []byte(l.Addr().String()+"\n"))
}

// tokenOf returns the session's token, and makes it the first time. Only its owner can read it.
func tokenOf(dir string) (string, error) {
	path := filepath.Join(dir, tokenFile)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(rand.Text() + rand.Text()[:6] + "\n")
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("serve: %w", err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("serve: %w", err)
	}
	return strings.TrimSpace(string(raw)), nil
}

// Through is the address of a page as it is reached through a proxy, such as jupyter-server-proxy's at /user/ada/proxy.
func Through(proxy, address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("serve: %w", err)
	}
	return strings.TrimSuffix(proxy, "/") + "/" + u.Port() + u.Path, nil
}
