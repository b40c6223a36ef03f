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
	handler, err := annotate.New(d, token, o.Page)
	if err != nil {
		return err
	}
	address := fmt.Sprintf("http://%s/%s/", listener.Addr(), token)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var used atomic.Int64
	used.Store(time.Now().UnixNano())
	server := annotate.NewServer(o.Addr, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		used.Store(time.Now().UnixNano())
		handler.ServeHTTP(w, r)
	}))
	ctx, release, err := s.Hold(ctx, address)
	if err != nil {
		return err
	}
	defer release()
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			cancel(fmt.Errorf("serve: %w", err))
		}
	}()
	defer func() {
		shutdown, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer done()
		server.Shutdown(shutdown)
	}()
	go func() {
		for ctx.Err() == nil {
			if unused := time.Since(time.Unix(0, used.Load())); unused > o.Idle {
				cancel(errIdle)
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(min(o.Idle/10, time.Second)):
			}
		}
	}()
	o.Log.Info("serving", "session", s.Dir(), "address", listener.Addr().String())
	if o.Ready != nil {
		o.Ready(address)
	}
	err = s.Work(ctx, alnb.WorkOptions{
		Every: o.Every,
		Report: func(p *alnb.Progress) {
			used.Store(time.Now().UnixNano()) // it trains on what somebody labeled
			d.report(p)
		},
		Note: func(text string) { o.Log.Info(text) },
	})
	if errors.Is(err, errIdle) {
		o.Log.Info("nobody uses it any more", "for", o.Idle.String())
		return nil
	}
	return err
}

var errIdle = errors.New("nobody uses it any more")

// addressFile and tokenFile hold where the session was served last, so that pages that are still open go on when it is served
// again.
const (
	addressFile = "serve.address"
	tokenFile   = "serve.token"
)

// listen takes the address of the last time where addr is "", and any free port where that is taken.
func listen(dir, addr string) (net.Listener, error) {
	if addr != "" {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return nil, fmt.Errorf("serve: %w", err)
		}
		return l, nil
	}
	last, err := os.ReadFile(filepath.Join(dir, addressFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("serve: %w", err)
	}
	for _, try := range []string{strings.TrimSpace(string(last)), "127.0.0.1:0"} {
		if try == "" {
			continue
		}
		l, err := net.Listen("tcp", try)
		if err == nil {
			return l, store.WriteFile(filepath.Join(dir, addressFile), []byte(l.Addr().String()+"\n"))
		}
		if try == "127.0.0.1:0" {
			return nil, fmt.Errorf("serve: %w", err)
		}
	}
	return nil, errors.New("serve: there is no free port") // not reached: the last try returns
}

// tokenOf returns the session's token, and makes it the first time. Only its owner can read it.
func tokenOf(dir string) (string, error) {
	path := filepath.Join(dir, tokenFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		token := rand.Text() + rand.Text()[:6]
		if err := os.WriteFile(path, []byte(token+"\n"), 0o600); err != nil {
			return "", fmt.Errorf("serve: %w", err)
		}
		return token, nil
	}
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
