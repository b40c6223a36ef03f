package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/store"
)

// LogFile is the file in a session's folder with what its server has done.
const LogFile = "serve.log"

// startsWithin is how long a server may take until it answers.
const startsWithin = 20 * time.Second

// Ensure returns who serves the session. Where nobody does it starts the program, as "PROGRAM serve DIR", and leaves it to
// itself: it goes on when this process ends, and ends when nobody has used it for a while. Hosts are names under which the page
// is reached besides the server's own, as annotate.Options has them: a proxy passes on the one that the browser uses.
func Ensure(ctx context.Context, s *alnb.Session, program string, hosts ...string) (*store.Holder, error) {
	holder, err := s.Holder(ctx)
	if err != nil {
		return nil, err
	}
	if holder != nil && answers(ctx, holder.URL) {
		return holder, knows(ctx, s, holder, hosts)
	}
	if holder != nil && holder.URL == "" {
		return nil, fmt.Errorf("serve: process %d on %s is training in %s and serves no page; wait for it", holder.PID, holder.Host, s.Dir())
	}
	exited, err := start(program, s.Dir(), hosts)
	if err != nil {
		return nil, err
	}
	for began := time.Now(); time.Since(began) < startsWithin; {
		if holder, err = s.Holder(ctx); err != nil || holder != nil && answers(ctx, holder.URL) {
			return holder, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case err := <-exited:
			return nil, fmt.Errorf("serve: %s serve %s ended at once (%v); the end of %s says why: %s", program, s.Dir(), err,
				filepath.Join(s.Dir(), LogFile), lastLine(filepath.Join(s.Dir(), LogFile)))
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil, fmt.Errorf("serve: %s serve %s doesn't answer after %s; see %s", program, s.Dir(), startsWithin, filepath.Join(s.Dir(), LogFile))
}

// knows refuses a server that was started before it was to be reached under one of the hosts.
func knows(ctx context.Context, s *alnb.Session, holder *store.Holder, hosts []string) error {
	for _, host := range hosts {
		if ask(ctx, holder.URL, host) == http.StatusForbidden {
			return fmt.Errorf("serve: process %d on %s serves %s, and was started when the page wasn't to be reached as %s; "+
				"end it (kill %[1]d), which loses nothing, and run this again", holder.PID, holder.Host, s.Dir(), host)
		}
	}
	return nil
}

// start runs the server in a session of its own, away from this process's terminal, signals and output.
func start(program, dir string, hosts []string) (exited <-chan error, err error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, fmt.Errorf("serve: %w", err)
	}
	defer null.Close()
	log, err := os.OpenFile(filepath.Join(dir, LogFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("serve: %w", err)
	}
	defer log.Close()
	args := []string{"serve", dir}
	for _, host := range hosts {
		args = append(args, "--host", host)
	}
	if os.Getenv("ALNB_HEADLESS") != "" { // nobody comes back to the page
		args = append(args, "--idle", "20s")
	}
	cmd := exec.Command(program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = null, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "GONB_") { // the kernel's: what belongs to a cell
			cmd.Env = append(cmd.Env, entry)
		}
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("serve: start %s: %w; \"make setup\" installs it", program, err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	return done, nil
}

// answers tells whether a page is served there.
func answers(ctx context.Context, url string) bool {
	return url != "" && ask(ctx, url, "") == http.StatusOK
}

// ask returns the status of the page's answer to a browser that knows it under the name host, or under its address where that is
// empty; 0 where there is no answer.
func ask(ctx context.Context, url, host string) int {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0
	}
	request.Host = host
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

// lastLine is the end of a log.
func lastLine(path string) string {
	raw, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	return lines[len(lines)-1]
}
