package setup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A command is a program that setup runs.
type command struct {
	dir   string
	env   []string // in addition to ours
	unset []string // of ours
	argv  []string
}

// run runs it to its end, or to ctx's. Where it fails, the error holds the end of what it printed.
func (c command) run(ctx context.Context) (stdout string, err error) {
	cmd := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...)
	cmd.Dir = c.dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.Contains(c.unset, name)
	})
	cmd.Env = append(cmd.Env, c.env...)
	// In a process group of its own, so that ctx ends pip's and cargo's children too.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		said := tail(errs.String()+out.String(), 15)
		return "", fmt.Errorf("`%s` failed: %w%s", strings.Join(c.argv, " "), err, said)
	}
	return out.String(), nil
}

// tail returns the last n lines of text, each indented.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	if len(lines) == 1 && lines[0] == "" {
		return ""
	}
	return "\n    " + strings.Join(lines, "\n    ")
}

// goEnv is what `go env` says.
type goEnv struct {
	GOROOT, GOVERSION, GOFLAGS, CC string
}

func readGoEnv(ctx context.Context) (goEnv, error) {
	out, err := command{argv: []string{"go", "env", "-json", "GOROOT", "GOVERSION", "GOFLAGS", "CC"}}.run(ctx)
	if errors.Is(err, exec.ErrNotFound) {
		return goEnv{}, errors.New("setup: there is no go command on the PATH; install Go 1.26 from https://go.dev/dl")
	}
	if err != nil {
		return goEnv{}, fmt.Errorf("setup: %w", err)
	}
	var env goEnv
	if err := json.Unmarshal([]byte(out), &env); err != nil {
		return goEnv{}, fmt.Errorf("setup: `go env` gave no JSON: %w", err)
	}
	return env, nil
}

// plainGo is the environment for Go builds that the checkout's and the user's workspace must not change.
var plainGo = [...]string{"GOFLAGS=-mod=readonly", "GOWORK=off"}

// downloadModule puts a module into Go's module cache and returns its folder there, which can't be written.
func (j *job) downloadModule(ctx context.Context, m module) (dir string, err error) {
	defer j.log.doing(func() string { return "downloading the Go module " + m.String() })()
	out, err := command{dir: j.temp, env: plainGo[:], argv: []string{"go", "mod", "download", "-json", m.String()}}.run(ctx)
	if err != nil {
		return "", err
	}
	var got struct{ Dir, Sum string }
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		return "", fmt.Errorf("`go mod download` gave no JSON: %w", err)
	}
	if got.Sum != m.Sum {
		return "", fmt.Errorf("the Go module %s has the checksum %s, not %s as pinned; something between here and the "+
			"module proxy changed it", m, got.Sum, m.Sum)
	}
	return got.Dir, nil
}
