package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// addPeer runs peer_tokens.py once and adds the rates that it reaches, by method.
func addPeer(ctx context.Context, rates map[string][]float64, python, dir string) (map[string][]float64, error) {
	if rates == nil {
		rates = make(map[string][]float64)
	}
	cmd := exec.CommandContext(ctx, python, "tests/bench/tokens/peer_tokens.py",
		"--model", dir, "--data", filepath.Join(os.Getenv("ALNB_DATA"), "ag_news"), "--max-tokens", fmt.Sprint(maxTokens), "--repeats", "3")
	cmd.Env = append(os.Environ(), "TOKENIZERS_PARALLELISM=true")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%v: %w; run it in the checkout's root, with ALNB_DATA set and a Python that has tokenizers", cmd, err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var method string
		var rate float64
		if n, _ := fmt.Sscanf(lines.Text(), "%s %f", &method, &rate); n == 2 {
			rates[method] = append(rates[method], rate)
		}
	}
	return rates, nil
}
