// Package headless executes notebooks without a browser, through nbclient and nbconvert in alnb's virtual environment,
// and writes pages that need no network.
package headless

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/alnb/alnb/alnb/home"
	"github.com/alnb/alnb/helpers/setup"
)

// Config says what to execute.
type Config struct {
	Notebook string    // the .ipynb to read; it is not changed
	OutDir   string    // where the executed notebook and its page are written; made where missing
	Home     string    // alnb's folder; empty means $ALNB_HOME, or ~/.cache/alnb
	Log      io.Writer // progress and what the cells print; nil is silent
}

// Run executes the notebook from the first cell to the last, with OutDir as the cells' working directory, so that a
// folder such as runs/quickstart lies beside the page. It writes OutDir/NAME.ipynb and OutDir/NAME.html, also when a
// cell fails or ctx ends: then with the outputs there are. The error of a cell is a *CellError.
//
// The page's charts are drawn offline; formulas stay as they are typed, since MathJax would come from the network.
func Run(ctx context.Context, cfg Config) error {
	if cfg.Log == nil {
		cfg.Log = io.Discard
	}
	folder := cfg.Home
	if folder == "" {
		var err error
		if folder, err = home.Dir(); err != nil {
			return err
		}
	}
	layout := setup.Paths(folder)
	for _, path := range []string{layout.VenvPython, layout.Kernel, layout.GoNB} {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("headless: what runs notebooks is not set up: %w; run make setup in alnb's checkout", err)
		}
	}
	checkout, err := layout.KernelCheckout()
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(checkout, "go.mod")); err != nil {
		return fmt.Errorf("headless: notebooks import alnb from %s, which is gone: %w; run make setup in alnb's checkout", checkout, err)
	}
	e, err := plan(cfg)
	if err != nil {
		return err
	}
	if own, err := setup.Checkout(filepath.Dir(e.Notebook)); err == nil && own != checkout {
		fmt.Fprintf(cfg.Log, "the notebook lies in %s, but imports alnb from %s, where make setup ran last\n", own, checkout)
	}
	return e.run(ctx, layout, cfg.Log)
}

// plan makes the paths absolute and the folder exist.
func plan(cfg Config) (execution, error) {
	notebook, err := filepath.Abs(cfg.Notebook)
	if err != nil {
		return execution{}, fmt.Errorf("headless: %w", err)
	}
	if _, err := os.Stat(notebook); err != nil {
		return execution{}, fmt.Errorf("headless: there is no notebook to run: %w", err)
	}
	out, err := filepath.Abs(cfg.OutDir)
	if err != nil {
		return execution{}, fmt.Errorf("headless: %w", err)
	}
	if out == filepath.Dir(notebook) {
		return execution{}, fmt.Errorf("headless: the outputs would overwrite the notebook in %s; choose another folder", out)
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return execution{}, fmt.Errorf("headless: make the folder for the outputs: %w", err)
	}
	name := strings.TrimSuffix(filepath.Base(notebook), ".ipynb")
	return execution{
		Notebook: notebook, Folder: out, Kernel: setup.KernelName, Title: name,
		IPYNB: filepath.Join(out, name+".ipynb"), HTML: filepath.Join(out, name+".html"),
	}, nil
}

// CellError is the failure of a cell.
type CellError struct {
	Notebook string
	Cell, Of int    // the Cell-th code cell, from 1, of Of
	Source   string // the cell's code
	Message  string // the kernel's error
	Said     string // the end of what the cell wrote to stderr, or the compiler said; it usually tells why
}

func (e *CellError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "headless: cell %d of %d in %s failed: %s", e.Cell, e.Of, e.Notebook, strings.TrimSpace(e.Message))
	if lines := firstLines(e.Source, 3); lines != "" {
		fmt.Fprintf(&b, "\n  the cell begins:\n%s", indent(lines))
	}
	if text := strings.TrimSpace(e.Said); text != "" && text != strings.TrimSpace(e.Message) {
		fmt.Fprintf(&b, "\n  it said:\n%s", indent(text))
	}
	return b.String()
}

// firstLines returns the first n lines that aren't blank.
func firstLines(text string, n int) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\r\n\t "); line != "" && len(lines) < n {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func indent(text string) string { return "    " + strings.ReplaceAll(text, "\n", "\n    ") }
