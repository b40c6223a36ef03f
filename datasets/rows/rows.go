// Package rows reads the documents that a trained model is asked about: JSON lines {"id"?, "text"} or {"id"?, "words"}, or Parquet
// files with such columns, by the same rules.
package rows

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
)

// A Row is a line {"id"?, "text"} or {"id"?, "words"}.
type Row struct {
	Line  int             // or row of a Parquet file; counted from 1
	ID    json.RawMessage // as it stands in the line; nil where there is none. Of a Parquet file: its value as JSON
	Text  string
	Words []string
	Size  int // bytes of text or words

	Fields map[string]json.RawMessage // the whole line, where the source keeps it
}

// Name is what errors call the row's document.
func (r Row) Name() string { return fmt.Sprintf("in line %d", r.Line) }

// A Kind is what a row must have.
type Kind string

const (
	Text  Kind = "text"
	Words Kind = "words"
	ID    Kind = "id" // which no row must have: who asks for it looks for it
)

// maxRow is the longest line taken, in bytes.
const maxRow = 64 << 20

// A Source is JSON lines, or a Parquet file, to be read.
type Source struct {
	In      io.Reader // JSON lines
	Parquet *os.File  // read in place of In, if it isn't nil
	Name    string    // what errors call it
	Command string    // for errors, too
	Kind    Kind
	Bad     func(error) // told of each bad line, which then is skipped; nil: the first bad line ends the reading
	Keep    bool        // all fields of a row
}

// Refuse returns what is wrong with a line as an error, or tells of it and returns nil where bad lines are skipped.
func (s Source) Refuse(line int, wrong error) error {
	err := fmt.Errorf("%s: %s, %s %w", s.Command, s.Name, s.place(line), wrong)
	if s.Bad == nil {
		return err
	}
	s.Bad(err)
	return nil
}

func (s Source) place(line int) string {
	if s.Parquet != nil {
		return fmt.Sprintf("row %d", line)
	}
	return fmt.Sprintf("line %d", line)
}

// Rows reads the lines up to the first that can't be used. Blank lines are no rows; a byte order mark is skipped.
func (s Source) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		lines := s.jsonLines()
		if s.Parquet != nil {
			lines = s.parquetLines()
		}
		for l, err := range lines {
			if err != nil {
				yield(Row{}, err)
				return
			}
			r, wrong := l.row(s.Kind)
			if wrong != nil {
				if err := s.Refuse(l.number, wrong); err != nil {
					yield(Row{}, err)
					return
				}
				continue
			}
			if !s.Keep {
				r.Fields = nil
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// A line is what may be a row.
type line struct {
	number int
	fields map[string]json.RawMessage
	wrong  error // why it can't be
}

func (s Source) jsonLines() iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		scanner := bufio.NewScanner(s.In)
		scanner.Buffer(make([]byte, 1<<16), maxRow)
		l := line{}
		for scanner.Scan() {
			l.number++
			raw := scanner.Bytes()
			if l.number == 1 {
				raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
			}
			if len(bytes.TrimSpace(raw)) == 0 {
				continue
			}
			l.fields, l.wrong = nil, nil // a struct would take "Text" and "TEXT" for "text", too
			if err := json.Unmarshal(raw, &l.fields); err != nil {
				l.wrong = fmt.Errorf("is not a JSON object: %w", err)
			}
			if !yield(l, nil) {
				return
			}
		}
		switch err := scanner.Err(); {
		case errors.Is(err, bufio.ErrTooLong):
			yield(l, fmt.Errorf("%s: %s, line %d is longer than %d bytes", s.Command, s.Name, l.number+1, maxRow))
		case err != nil:
			yield(l, fmt.Errorf("%s: read %s: %w", s.Command, s.Name, err))
		}
	}
}

// row makes a row of the line, or says what it lacks.
func (l line) row(kind Kind) (Row, error) {
	if l.wrong != nil {
		return Row{}, l.wrong
	}
	fields := l.fields
	content, ok := fields[string(kind)]
	r := Row{Line: l.number, ID: fields["id"], Size: len(content), Fields: fields}
	switch _, isText := fields[string(Text)]; {
	case kind == ID:
		return r, nil
	case !ok && kind == Words && isText:
		return Row{}, errors.New(`has no "words" but a "text"; the model is a tagger, which takes lists of words`)
	case !ok:
		return Row{}, fmt.Errorf("has no %q", string(kind))
	case kind == Words:
		err := r.readWords(content)
		return r, err
	}
	var text *string
	if err := json.Unmarshal(content, &text); err != nil || text == nil {
		return Row{}, fmt.Errorf("has a \"text\" that is no string: %.60q", content)
	}
	r.Text = corpus.Clean(*text)
	return r, nil
}

func (r *Row) readWords(content json.RawMessage) error {
	var words []*string
	if err := json.Unmarshal(content, &words); err != nil || words == nil || slices.Contains(words, nil) {
		return fmt.Errorf("has \"words\" that are no list of strings: %.60q", content)
	}
	if len(words) == 0 {
		return errors.New("has no words in its \"words\"")
	}
	for _, word := range words {
		r.Words = append(r.Words, corpus.Clean(*word))
	}
	return nil
}

// Check reads a file to its end, so that a bad row is known before hours are spent on those in front of it, and goes
// back to its beginning. What can't be read twice isn't checked, nor what skips bad rows.
func (s Source) Check(ctx context.Context, f io.ReadSeeker) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil || s.Bad != nil {
		return nil
	}
	s.In = f
	for _, err := range s.Rows() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("%s: read %s: %w", s.Command, s.Name, err)
	}
	return nil
}

// Open makes the source that of a file, or of standard input.
func (s *Source) Open(ctx context.Context, path string) (io.Closer, error) {
	if path == "-" {
		s.Name, s.In = "standard input", UntilDone(ctx, os.Stdin)
		return io.NopCloser(nil), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Command, err)
	}
	s.Name, s.In = path, f
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		s.In = UntilDone(ctx, f)
	}
	return f, nil
}

// UntilDone reads r until ctx ends: a read from a terminal or a pipe can't be called off.
func UntilDone(ctx context.Context, r io.Reader) io.Reader {
	reader, writer := io.Pipe()
	context.AfterFunc(ctx, func() { writer.CloseWithError(ctx.Err()) })
	go func() {
		_, err := io.Copy(writer, r)
		writer.CloseWithError(err)
	}()
	return reader
}
