package headless

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/alnb/alnb/helpers/setup"
)

//go:embed execute.py
var executePy string

// patience is how long Python may take to stop the kernel and write the files when ctx ends.
const patience = 15 * time.Second

// afterwards is how long what Python left behind may take to end, and to let go of the pipes.
const afterwards = 6 * time.Second

// execution is what execute.py is told.
type execution struct {
	Notebook string `json:"notebook"`
	Folder   string `json:"folder"` // the cells' working directory
	Kernel   string `json:"kernel"`
	Title    string `json:"title"`
	IPYNB    string `json:"ipynb"`
	HTML     string `json:"html"`
}

// event is what execute.py tells.
type event struct {
	Event   string  `json:"event"`
	Cell    int     `json:"cell"`
	Of      int     `json:"of"`
	Source  string  `json:"source"`
	Seconds float64 `json:"seconds"`
	Text    string  `json:"text"`
	Error   string  `json:"error"`
	Said    string  `json:"said"`
	Path    string  `json:"path"`
	PID     int     `json:"pid"` // of the kernel, which leads a process group
}

func (e execution) run(ctx context.Context, layout setup.Layout, log io.Writer) error {
	arg, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("headless: %w", err)
	}
	// The virtual environment's own packages only (-I); the kernel spec is found through JUPYTER_PATH.
	cmd := exec.Command(layout.VenvPython, "-I", "-c", executePy, string(arg))
	cmd.Env = append(os.Environ(), "ALNB_HOME="+layout.Home, "ALNB_HEADLESS=1", "ALNB_NOTEBOOKS="+filepath.Dir(e.Notebook),
		"JUPYTER_PATH="+layout.JupyterData+string(os.PathListSeparator)+os.Getenv("JUPYTER_PATH"))
	// A group of its own: Ctrl-C reaches only this process, which stops the other in order. Python stops too when this
	// process is killed, since its stdin closes then.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.WaitDelay = afterwards
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("headless: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("headless: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("headless: start Python: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		select {
		case <-ended:
		case <-ctx.Done():
			stdin.Close()
			select {
			case <-ended:
			case <-time.After(patience):
				cmd.Process.Kill()
			}
		}
	}()
	kernel, failure := e.follow(stdout, log)
	if kernel > 0 {
		endKernel(kernel)
	}
	err = cmd.Wait()
	close(ended)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("headless: %s was interrupted: %w", e.Notebook, context.Cause(ctx))
	case failure != nil:
		return failure
	case err != nil:
		return fmt.Errorf("headless: run %s: %w\n%s", e.Notebook, err, indent(lastLines(stderr.String(), 12)))
	}
	return nil
}

// endKernel ends what Python left running when it was killed: the kernel and its group. GoNB stops its helpers on
// SIGTERM, if it can still write to stderr: so before the pipes are closed.
func endKernel(pid int) {
	_ = syscall.Kill(pid, syscall.SIGTERM)
	for began := time.Now(); time.Since(began) < afterwards; time.Sleep(20 * time.Millisecond) {
		if err := syscall.Kill(-pid, 0); err != nil { // nothing of it is left, as after every orderly end
			return
		}
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL)
}

// follow prints what happens until Python ends, and returns the kernel's process and the error of the cell that failed.
func (e execution) follow(events io.Reader, log io.Writer) (kernel int, failure error) {
	p := printer{log: log}
	scanner := bufio.NewScanner(events)
	scanner.Buffer(nil, 64<<20)
	for scanner.Scan() {
		var ev event
		if err := json.Unmarshal(scanner.Bytes(), &ev); err != nil {
			continue // not ours: something that Python's packages printed
		}
		p.print(ev)
		switch ev.Event {
		case "kernel":
			kernel = ev.PID
		case "failed":
			failure = &CellError{
				Notebook: e.Notebook, Cell: ev.Cell, Of: ev.Of, Source: ev.Source, Message: ev.Error, Said: ev.Said,
			}
		}
	}
	return kernel, errors.Join(failure, scanner.Err())
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
