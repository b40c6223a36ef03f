package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// A peer is another library in a Python process of its own, which does what it is asked to, one JSON line a request and
// one an answer. While it isn't asked it waits, and so must its threads.
type peer struct {
	name     string
	process  *exec.Cmd
	requests io.WriteCloser
	answers  *bufio.Reader
	versions map[string]string
}

// hindering are environment variables that make PyTorch's libraries take slower code.
var hindering = []string{"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "NVPL_BLAS_DEBUG_CPU_TYPE"}

// startPeer runs a script of scripts, with more environment variables. The script's stderr goes to log.
func startPeer(ctx context.Context, python, script string, log io.Writer, environment ...string) (*peer, error) {
	p := &peer{name: script, process: exec.CommandContext(ctx, python, filepath.Join(scripts, script))}
	p.process.Stderr = log
	p.process.Env = append(slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(hindering, name)
	}), environment...)
	var err error
	if p.requests, err = p.process.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.answers = bufio.NewReader(out)
	if err := p.process.Start(); err != nil {
		return nil, fmt.Errorf("bench: start %s: %w", script, err)
	}
	var hello struct{ Versions map[string]string }
	if err := p.ask(request{"op": "hello", "threads": runtime.NumCPU()}, &hello); err != nil {
		p.close()
		return nil, err
	}
	p.versions = hello.Versions
	return p, nil
}

type request map[string]any

// ask sends a request and reads the answer, where it isn't nil.
func (p *peer) ask(q request, answer any) error {
	err := json.NewEncoder(p.requests).Encode(q)
	var line []byte
	if err == nil {
		line, err = p.answers.ReadBytes('\n')
	}
	if err != nil {
		return fmt.Errorf("bench: %s ended at %q (%w); its log says why", p.name, q["op"], err)
	}
	var failed struct{ Error string }
	if err := json.Unmarshal(line, &failed); err != nil {
		return fmt.Errorf("bench: %s answers %q with %.100q: %w", p.name, q["op"], line, err)
	}
	if failed.Error != "" {
		return fmt.Errorf("bench: %s can't %s: %s", p.name, q["op"], failed.Error)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(line, answer)
}

// close ends the process.
func (p *peer) close() {
	p.requests.Close()
	p.process.Wait()
}

// load gives the peer the documents, which are called by their positions from then on, and returns their lengths in
// tokens.
func (p *peer) load(w *work, tokenizer string) ([]int, error) {
	texts, labels := make([]string, len(w.documents)), make([]int, len(w.documents))
	for i, e := range w.documents {
		texts[i], labels[i] = e.Text, e.Label
	}
	var answer struct{ Tokens []int }
	err := p.ask(request{"op": "load", "texts": texts, "labels": labels, "tokenizer": tokenizer, "max_tokens": maxTokens}, &answer)
	return answer.Tokens, err
}

// scored is what scoring gives.
type scored struct {
	Seconds       float64
	Probabilities [][]float32
}

func (p *peer) score(id string, rows []int) (scored, error) {
	var s scored
	err := p.ask(request{"op": "score", "id": id, "rows": rows}, &s)
	return s, err
}

// product is the speed of a bare matrix product, in GFLOP/s.
func (p *peer) product(shape []int, bfloat16 bool) (float64, error) {
	var answer struct{ GFLOPS float64 }
	err := p.ask(request{"op": "product", "shape": shape, "bfloat16": bfloat16, "seconds": 2}, &answer)
	return answer.GFLOPS, err
}
