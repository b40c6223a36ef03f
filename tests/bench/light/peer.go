package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// A peer is a running peer_light.py.
type peer struct {
	name    string
	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// startPeer runs peer_light.py, whose first options name it. It doesn't get what tells BLAS libraries which processor
// this is: PyTorch finds out by itself.
func startPeer(ctx context.Context, python string, options ...string) (*peer, error) {
	name, _, _ := strings.Cut(strings.Join(options, " "), " --data")
	p := &peer{name: "PyTorch " + name}
	p.process = exec.CommandContext(ctx, python, append([]string{"tests/bench/light/peer_light.py"}, options...)...)
	p.process.Stderr = os.Stderr
	p.process.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "OPENBLAS_") || strings.HasPrefix(variable, "NVPL_")
	})
	var err error
	if p.in, err = p.process.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	return p, p.process.Start()
}

// ask sends a request and returns how many seconds it took, by the peer's own clock.
func (p *peer) ask(request string, rows any) (seconds float64, err error) {
	if err := json.NewEncoder(p.in).Encode(map[string]any{request: rows}); err != nil {
		return 0, fmt.Errorf("%s: %w", p.name, err)
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return 0, fmt.Errorf("%s: %w", p.name, err)
	}
	var parts []float64
	if err := json.Unmarshal(line, &parts); err != nil {
		return 0, fmt.Errorf("%s: %w", p.name, err)
	}
	for _, s := range parts {
		seconds += s
	}
	return seconds, nil
}

// close ends the process.
func (p *peer) close() {
	p.in.Close()
	p.process.Wait()
}
