// Package setup makes what alnb needs beside its Go code: the tokenizers' library that cgo links, XLA's CPU plugin,
// GoNB and the tools it calls, JupyterLab in a virtual environment, a kernel spec, the alnb program, and the weights of
// the quickstart's model. `make setup` and `alnb setup` call it.
//
// Everything it makes lies in alnb's folder (see package home), apart from the copy of libtokenizers.a in the checkout,
// which #cgo reads; the caches of go and cargo are used as they are. What is downloaded is pinned by checksum in the
// folder pins. Each part tries its official source first and then another one, says in one line what it did, and does
// nothing where its result is in place: a stamp tells from which pins it was made and how large its files are.
//
// It runs on Linux and macOS; only Linux on x86-64 has been measured.
package setup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alnb/alnb/alnb/home"
)

// Config says what Run makes, and where.
type Config struct {
	// Home is alnb's folder, absolute. Empty means home.Dir().
	Home string
	// Checkout is the root of the alnb checkout that the kernel imports from and the alnb program is built from. Empty
	// means that these parts are left alone.
	Checkout string
	// Only limits Run to parts of these names ("venv", "plugin", ...). Empty means all.
	Only []string
	// Log gets a line for each part, and progress. Nil means none.
	Log io.Writer
}

// A part is one thing that setup makes.
type part struct {
	name    string
	outputs []string               // files that must be there, absolute
	key     func() (string, error) // what the outputs depend on: pins, places; another key makes them anew
	make    func(context.Context) (how string, err error)
}

// errGoOn marks a failure that alnb can live with.
var errGoOn = errors.New("alnb works without it")

// job is one call of Run.
type job struct {
	Layout
	checkout string
	pins     pins
	log      *logger
	net      *fetcher
	env      goEnv
}

// Run makes what is missing. It goes on after a part that failed, and returns the errors together.
func Run(ctx context.Context, cfg Config) error {
	if cfg.Home == "" {
		dir, err := home.Dir()
		if err != nil {
			return err
		}
		cfg.Home = dir
	}
	if err := checkPlaces(cfg.Home, cfg.Checkout); err != nil {
		return err
	}
	p, err := readPins()
	if err != nil {
		return err
	}
	env, err := readGoEnv(ctx)
	if err != nil {
		return err
	}
	log := newLogger(cfg.Log)
	j := &job{Layout: Paths(cfg.Home), checkout: cfg.Checkout, pins: p, log: log, env: env,
		net: newFetcher(&http.Transport{Proxy: http.ProxyFromEnvironment}, log)}
	parts := j.parts()
	if parts, err = pick(parts, cfg.Only); err != nil {
		return err
	}
	unlock, err := lock(ctx, j.Home, log)
	if err != nil {
		return err
	}
	defer unlock()
	if err := os.RemoveAll(j.temp); err != nil { // what an interrupted setup left
		return fmt.Errorf("setup: clear %s: %w", j.temp, err)
	}
	return j.run(ctx, parts)
}

// parts lists everything in order: what comes later may use what comes before.
func (j *job) parts() []part {
	parts := []part{j.tokenizersPart()}
	if j.checkout != "" {
		parts = append(parts, j.libraryCopyPart())
	}
	parts = append(parts, j.venvPart(), j.pluginPart())
	for _, t := range j.pins.Tools {
		parts = append(parts, j.toolPart(t))
	}
	parts = append(parts, j.weightsPart())
	if j.checkout != "" {
		parts = append(parts, j.programPart(), j.kernelPart())
	}
	return parts
}

func pick(parts []part, only []string) ([]part, error) {
	if len(only) == 0 {
		return parts, nil
	}
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	for _, name := range only {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("setup: there is no part %q; there are %s", name, strings.Join(names, ", "))
		}
	}
	return slices.DeleteFunc(parts, func(p part) bool { return !slices.Contains(only, p.name) }), nil
}

func (j *job) run(ctx context.Context, parts []part) error {
	start := time.Now()
	var failed []error
	made, leftOut := 0, 0
	for _, p := range parts {
		did, err := j.runPart(ctx, p)
		if ctx.Err() != nil {
			return fmt.Errorf("setup: stopped while making %s; run it again to go on: %w", p.name, context.Cause(ctx))
		}
		if did {
			made++
		}
		switch {
		case errors.Is(err, errGoOn):
			leftOut++
		case err != nil:
			failed = append(failed, fmt.Errorf("setup: %s: %w", p.name, err))
		}
	}
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	j.log.printf("setup: %d parts in place in %s, %d of them made now, %d left out, %s",
		len(parts)-leftOut, j.Home, made, leftOut, elapsed(start))
	return nil
}

// runPart makes a part unless its stamp says that it is in place.
func (j *job) runPart(ctx context.Context, p part) (made bool, err error) {
	key, err := p.key()
	if err != nil {
		j.log.printf("%-13s failed: %s", p.name, firstLine(err))
		return false, err
	}
	if how, ok := j.inPlace(p, key); ok {
		j.log.printf("%-13s in place (%s)", p.name, how)
		return false, nil
	}
	start := time.Now()
	defer j.log.watch(p.name)()
	if err := os.MkdirAll(j.temp, 0o755); err != nil {
		return false, fmt.Errorf("make a folder for temporary files: %w", err)
	}
	defer os.RemoveAll(j.temp)
	// What is made anew is not in place until it is made.
	if err := os.Remove(filepath.Join(j.stamps, p.name+".json")); err != nil && !os.IsNotExist(err) {
		return false, err
	}
	how, err := p.make(ctx)
	if err == nil {
		err = j.stamp(p, key, how)
	}
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, errGoOn):
		j.log.printf("%-13s left out: %s", p.name, firstLine(err))
	case err != nil:
		j.log.printf("%-13s failed: %s", p.name, firstLine(err))
	default:
		j.log.printf("%-13s %s, %s", p.name, how, elapsed(start))
	}
	return err == nil, err
}

// firstLine shortens an error whose whole text Run's caller gets.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimSuffix(line, ":")
}

func elapsed(start time.Time) string {
	d := time.Since(start)
	if d < time.Second {
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}
