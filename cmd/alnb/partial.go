package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/datasets/rows"
)

// A partial is the folder OUT.partial in which a file of answers grows, so that an interrupted command goes on where it
// was: rows.jsonl, and state.json, which says how much of it counts and what it is made of. It becomes OUT when all is
// done.
type partial struct {
	out, dir string
	rows     *os.File // locked
	input    hash.Hash
	state    partialState
	durable  int // rows of the state on disk
	saved    time.Time
}

// partialState says what the first rows of the output are.
type partialState struct {
	Made  made   `json:"made"`
	Rows  int    `json:"rows"`  // that are answered
	Bytes int64  `json:"bytes"` // of their answers
	Input string `json:"input"` // SHA-256 of these rows, as they came in
	Cut   cuts   `json:"cut"`
}

// saveEvery is how often answers are made durable.
const saveEvery = time.Second / 2

// openPartial opens the folder for a file, or makes it. What is there from an interrupted command counts if it was made
// alike; restart throws it away.
func openPartial(out string, m made, restart bool) (*partial, error) {
	p := &partial{out: out, dir: out + ".partial", input: sha256.New(), saved: time.Now()}
	err := os.MkdirAll(p.dir, 0o755)
	if err == nil {
		p.rows, err = os.OpenFile(p.path("rows.jsonl"), os.O_RDWR|os.O_CREATE, 0o644)
	}
	if err != nil {
		return nil, fmt.Errorf("predict: %w", err)
	}
	if err := p.begin(m, restart); err != nil {
		p.rows.Close()
		return nil, fmt.Errorf("predict: %w", err)
	}
	return p, nil
}

func (p *partial) path(name string) string { return filepath.Join(p.dir, name) }

func (p *partial) begin(m made, restart bool) error {
	if err := p.lock(); err != nil {
		return err
	}
	if !restart {
		if err := p.readState(); err != nil {
			return err
		}
		if p.state.Rows > 0 {
			if err := m.sameAs(p.state.Made, p.dir); err != nil {
				return err
			}
		}
	} else if err := os.Remove(p.path("state.json")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	p.state.Made, p.durable = m, p.state.Rows
	if info, err := p.rows.Stat(); err != nil || info.Size() < p.state.Bytes {
		return errors.Join(err, fmt.Errorf("%s is shorter than its state.json says; give --restart to begin anew", p.path("rows.jsonl")))
	}
	if err := p.rows.Truncate(p.state.Bytes); err != nil { // what came after the state was written
		return err
	}
	_, err := p.rows.Seek(p.state.Bytes, io.SeekStart)
	return err
}

// lock makes sure that no other process writes the same.
func (p *partial) lock() error {
	if err := syscall.Flock(int(p.rows.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("another process is writing %s (%w); wait for it, or give another --out", p.out, err)
	}
	mine, err := p.rows.Stat()
	if err != nil {
		return err
	}
	if there, err := os.Stat(p.path("rows.jsonl")); err != nil || !os.SameFile(mine, there) {
		return fmt.Errorf("another process has just written %s", p.out)
	}
	return nil
}

func (p *partial) readState() error {
	raw, err := os.ReadFile(p.path("state.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &p.state)
	}
	if err == nil && (p.state.Rows < 0 || p.state.Bytes < 0) {
		err = errors.New("its numbers are negative")
	}
	if err != nil {
		return fmt.Errorf("%s can't be used: %w; give --restart to begin anew", p.path("state.json"), err)
	}
	return nil
}

// rest yields the chunks that are not answered yet, and checks that those before them are what they were.
func (p *partial) rest(chunks iter.Seq2[[]rows.Row, error]) iter.Seq2[[]rows.Row, error] {
	answered, state := p.state.Rows, p.state.Input
	return func(yield func([]rows.Row, error) bool) {
		skipped, checked := 0, answered == 0
		check := func() error {
			if checked = true; skipped == answered && hex.EncodeToString(p.input.Sum(nil)) == state {
				return nil
			}
			return fmt.Errorf("predict: the input was changed: its first %d rows are not those that %s has answers for; "+
				"give --restart to begin anew", answered, p.dir)
		}
		for rows, err := range chunks {
			if err == nil && skipped < answered {
				for _, r := range rows {
					addRow(p.input, r)
				}
				skipped += len(rows)
				continue
			}
			if err == nil && !checked {
				err = check()
			}
			if !yield(rows, err) || err != nil {
				return
			}
		}
		if !checked {
			if err := check(); err != nil {
				yield(nil, err)
			}
		}
	}
}

// keep adds answers; once in a while they are made durable.
func (p *partial) keep(a answered, cut cuts) error {
	lines := a.appendLines(nil)
	if _, err := p.rows.Write(lines); err != nil {
		return fmt.Errorf("predict: %w", err)
	}
	for _, r := range a.rows {
		addRow(p.input, r)
	}
	p.state.Rows += len(a.rows)
	p.state.Bytes += int64(len(lines))
	p.state.Input, p.state.Cut = hex.EncodeToString(p.input.Sum(nil)), cut
	if time.Since(p.saved) < saveEvery {
		return nil
	}
	return p.save()
}

// save makes durable what is there: the answers, then the state that counts them.
func (p *partial) save() error {
	if p.state.Rows == p.durable {
		return nil
	}
	raw, err := json.MarshalIndent(p.state, "", "  ")
	if err == nil {
		err = p.rows.Sync()
	}
	if err == nil {
		err = store.WriteFile(p.path("state.json"), append(raw, '\n'))
	}
	if err != nil {
		return fmt.Errorf("predict: %w", err)
	}
	p.durable, p.saved = p.state.Rows, time.Now()
	return nil
}

// suspend keeps what there is for the next time, and tells how many rows that are. Without any the folder goes.
func (p *partial) suspend() (rows int, err error) {
	defer p.rows.Close()
	if p.state.Rows == 0 {
		return 0, os.RemoveAll(p.dir)
	}
	return p.state.Rows, p.save()
}

// finish makes the answers the output.
func (p *partial) finish() error {
	defer p.rows.Close()
	err := p.rows.Sync()
	if err == nil {
		err = os.Rename(p.rows.Name(), p.out)
	}
	if err == nil {
		err = store.SyncDir(filepath.Dir(p.out))
	}
	if err == nil {
		err = os.RemoveAll(p.dir)
	}
	if err != nil {
		return fmt.Errorf("predict: %w", err)
	}
	return nil
}

// addRow adds a row to a hash: its id, text and words, each with its length.
func addRow(h hash.Hash, r rows.Row) {
	var room [256]byte
	add := func(kind byte, part string) {
		out := binary.AppendUvarint(append(room[:0], kind), uint64(len(part)))
		h.Write(append(out, part...))
	}
	add('i', string(r.ID))
	add('t', r.Text)
	for _, word := range r.Words {
		add('w', word)
	}
}
