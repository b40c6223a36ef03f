package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/alnb/alnb/alnb/corpus"
)

// A row is a line {"id"?, "text"}.
type row struct {
	line int             // counted from 1
	id   json.RawMessage // as it stands in the line; nil where there is none
	text string
}

// maxRow is the longest line taken, in bytes.
const maxRow = 64 << 20

// rows reads JSON lines up to the first that can't be used. Blank lines are no rows; a byte order mark is skipped. name
// is what errors call the input.
func rows(in io.Reader, name string) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		scanner := bufio.NewScanner(in)
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
			r, err := parseRow(raw)
			if err != nil {
				yield(row{}, fmt.Errorf("predict: %s, line %d %w", name, line, err))
				return
			}
			r.line = line
			if !yield(r, nil) {
				return
			}
		}
		switch err := scanner.Err(); {
		case errors.Is(err, bufio.ErrTooLong):
			yield(row{}, fmt.Errorf("predict: %s, line %d is longer than %d bytes", name, line+1, maxRow))
		case err != nil:
			yield(row{}, fmt.Errorf("predict: read %s: %w", name, err))
		}
	}
}

func parseRow(raw []byte) (row, error) {
	var fields map[string]json.RawMessage // a struct would take "Text" and "TEXT" for "text", too
	if err := json.Unmarshal(raw, &fields); err != nil {
		return row{}, fmt.Errorf("is not a JSON object: %w", err)
	}
	text, ok := fields["text"]
	if !ok {
		return row{}, errors.New("has no \"text\"")
	}
	r := row{id: fields["id"]}
	var content *string
	if err := json.Unmarshal(text, &content); err != nil || content == nil {
		return row{}, fmt.Errorf("has a \"text\" that is no string: %.60q", text)
	}
	r.text = corpus.Clean(*content)
	return r, nil
}

// checkRows reads a file to its end, so that a bad row is known before hours are spent on those in front of it, and
// goes back to its beginning. What can't be read twice isn't checked.
func checkRows(ctx context.Context, f io.ReadSeeker, name string) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil
	}
	for _, err := range rows(f, name) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("predict: read %s: %w", name, err)
	}
	return nil
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
