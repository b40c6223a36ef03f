package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"os"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/model"
)

// A row is a line {"id"?, "text"} or {"id"?, "words"}.
type row struct {
	line  int             // counted from 1
	id    json.RawMessage // as it stands in the line; nil where there is none
	text  string
	words []string
	size  int // bytes of text or words

	fields map[string]json.RawMessage // the whole line, where the source keeps it
}

// name is what errors call the row's document.
func (r row) name() string { return fmt.Sprintf("in line %d", r.line) }

// addTo adds the row to a hash: its id, text and words, each with its length.
func (r row) addTo(h hash.Hash) {
	var room [256]byte
	add := func(kind byte, part string) {
		out := binary.AppendUvarint(append(room[:0], kind), uint64(len(part)))
		h.Write(append(out, part...))
	}
	add('i', string(r.id))
	add('t', r.text)
	for _, word := range r.words {
		add('w', word)
	}
}

// A rowKind is what a row must have.
type rowKind string

const (
	textRow  rowKind = "text"
	wordsRow rowKind = "words"
)

// maxRow is the longest line taken, in bytes.
const maxRow = 64 << 20

// A rowSource is JSON lines to be read.
type rowSource struct {
	in      io.Reader
	name    string // what errors call it
	command string // for errors, too
	kind    rowKind
	bad     func(error) // told of each bad line, which then is skipped; nil: the first bad line ends the reading
	keep    bool        // all fields of a row
}

// refuse returns what is wrong with a line as an error, or tells of it and returns nil where bad lines are skipped.
func (s rowSource) refuse(line int, wrong error) error {
	err := fmt.Errorf("%s: %s, line %d %w", s.command, s.name, line, wrong)
	if s.bad == nil {
		return err
	}
	s.bad(err)
	return nil
}

// rows reads the lines up to the first that can't be used. Blank lines are no rows; a byte order mark is skipped.
func (s rowSource) rows() iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		scanner := bufio.NewScanner(s.in)
		scanner.Buffer(make([]byte, 1<<16), maxRow)
		line := 0
		for scanner.Scan() {
			line++
			raw := scanner.Bytes()
			if line == 1 {
				raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
			}
			if len(bytes.TrimSpace(raw)) == 0 {
				continue
			}
			r, err := parseRow(raw, s.kind)
			if err != nil {
				if err = s.refuse(line, err); err == nil {
					continue
				}
				yield(row{}, err)
				return
			}
			r.line = line
			if !s.keep {
				r.fields = nil
			}
			if !yield(r, nil) {
				return
			}
		}
		switch err := scanner.Err(); {
		case errors.Is(err, bufio.ErrTooLong):
			yield(row{}, fmt.Errorf("%s: %s, line %d is longer than %d bytes", s.command, s.name, line+1, maxRow))
		case err != nil:
			yield(row{}, fmt.Errorf("%s: read %s: %w", s.command, s.name, err))
		}
	}
}

// A chunk of rows is scored together; two are in memory at a time.
const (
	chunkRows  = 4096
	chunkBytes = 32 << 20
)

// chunks reads the rows in chunks, which depend on nothing but the rows.
func (s rowSource) chunks() iter.Seq2[[]row, error] {
	return model.Chunks(s.rows(), chunkRows, chunkBytes, func(r row) int { return r.size })
}

func parseRow(raw []byte, kind rowKind) (row, error) {
	var fields map[string]json.RawMessage // a struct would take "Text" and "TEXT" for "text", too
	if err := json.Unmarshal(raw, &fields); err != nil {
		return row{}, fmt.Errorf("is not a JSON object: %w", err)
	}
	content, ok := fields[string(kind)]
	r := row{id: fields["id"], size: len(content), fields: fields}
	switch _, isText := fields[string(textRow)]; {
	case !ok && kind == wordsRow && isText:
		return row{}, errors.New(`has no "words" but a "text"; the model is a tagger, which takes lists of words`)
	case !ok:
		return row{}, fmt.Errorf("has no %q", string(kind))
	case kind == wordsRow:
		err := r.readWords(content)
		return r, err
	}
	var text *string
	if err := json.Unmarshal(content, &text); err != nil || text == nil {
		return row{}, fmt.Errorf("has a \"text\" that is no string: %.60q", content)
	}
	r.text = corpus.Clean(*text)
	return r, nil
}

func (r *row) readWords(content json.RawMessage) error {
	var words []*string
	if err := json.Unmarshal(content, &words); err != nil || words == nil || slices.Contains(words, nil) {
		return fmt.Errorf("has \"words\" that are no list of strings: %.60q", content)
	}
	if len(words) == 0 {
		return errors.New("has no words in its \"words\"")
	}
	for _, word := range words {
		r.words = append(r.words, corpus.Clean(*word))
	}
	return nil
}

// check reads a file to its end, so that a bad row is known before hours are spent on those in front of it, and goes
// back to its beginning. What can't be read twice isn't checked, nor what skips bad rows.
func (s rowSource) check(ctx context.Context, f io.ReadSeeker) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil || s.bad != nil {
		return nil
	}
	s.in = f
	for _, err := range s.rows() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("%s: read %s: %w", s.command, s.name, err)
	}
	return nil
}

// open makes the source that of a file, or of standard input.
func (s *rowSource) open(ctx context.Context, path string) (io.Closer, error) {
	if path == "-" {
		s.name, s.in = "standard input", untilDone(ctx, os.Stdin)
		return io.NopCloser(nil), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.command, err)
	}
	s.name, s.in = path, f
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		s.in = untilDone(ctx, f)
	}
	return f, nil
}

// untilDone reads r until ctx ends: a read from a terminal or a pipe can't be called off.
func untilDone(ctx context.Context, r io.Reader) io.Reader {
	reader, writer := io.Pipe()
	context.AfterFunc(ctx, func() { writer.CloseWithError(ctx.Err()) })
	go func() {
		_, err := io.Copy(writer, r)
		writer.CloseWithError(err)
	}()
	return reader
}
