package datasets

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"slices"
)

// newJSONL reads files with one JSON object a line; blank lines are skipped. The columns are the keys of the first.
func newJSONL(f *os.File, encoding string) (*table, error) {
	text, err := decoded(f, encoding)
	if err != nil {
		return nil, err
	}
	lines := &objectReader{lines: bufio.NewReaderSize(text, 1<<16)}
	first, err := lines.next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("it is empty")
	case err != nil:
		return nil, err
	}
	return &table{columns: slices.Sorted(maps.Keys(first)), rows: func(wanted []string) iter.Seq2[record, error] {
		return func(yield func(record, error) bool) {
			for object := first; ; {
				r := record{place: fmt.Sprintf("line %d", lines.number), values: make([]string, len(wanted))}
				for i, name := range wanted {
					value, err := scalar(object[name])
					if err != nil {
						yield(record{}, fmt.Errorf("%s: %q %w", r.place, name, err))
						return
					}
					r.values[i] = value
				}
				if !yield(r, nil) {
					return
				}
				var err error
				if object, err = lines.next(); errors.Is(err, io.EOF) {
					return
				} else if err != nil {
					yield(record{}, err)
					return
				}
			}
		}
	}}, nil
}

// An objectReader reads JSON objects, one a line.
type objectReader struct {
	lines  *bufio.Reader
	number int // of the line that was read last
}

// next returns the next object. Its error is io.EOF at the end.
func (o *objectReader) next() (object, error) {
	for {
		raw, err := o.lines.ReadBytes('\n')
		if len(raw) == 0 && err != nil || err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		o.number++
		if raw = bytes.TrimSpace(raw); len(raw) == 0 {
			continue
		}
		if err := checkUTF8(string(raw)); err != nil {
			return nil, fmt.Errorf("line %d: %w", o.number, err)
		}
		var read object
		if err := json.Unmarshal(raw, &read); err != nil {
			return nil, fmt.Errorf("line %d: it is not a JSON object: %w (each line must hold one, whole)", o.number, err)
		} else if read == nil {
			return nil, fmt.Errorf("line %d: it is null, not a JSON object", o.number)
		}
		return read, nil
	}
}

// A numbered object is one of JSON lines.
type numbered struct {
	object object
	line   int
}

func objects(r io.Reader, encoding string) iter.Seq2[numbered, error] {
	return func(yield func(numbered, error) bool) {
		text, err := decoded(r, encoding)
		if err != nil {
			yield(numbered{}, err)
			return
		}
		lines := &objectReader{lines: bufio.NewReaderSize(text, 1<<16)}
		for {
			o, err := lines.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(numbered{o, lines.number}, err) || err != nil {
				return
			}
		}
	}
}

// scalar returns a JSON value as text: a string's content, a number or a truth value as it is written.
func scalar(raw json.RawMessage) (string, error) {
	var text string
	switch {
	case raw == nil:
		return "", errors.New("is missing")
	case json.Unmarshal(raw, &text) == nil && raw[0] == '"':
		return text, nil
	case raw[0] == '[':
		return "", fmt.Errorf("is a list, %.60q; one value is expected (documents with several labels are not supported)", raw)
	case raw[0] == '{':
		return "", fmt.Errorf("is an object, %.60q; one value is expected", raw)
	case string(raw) == "null":
		return "", errors.New("is null")
	}
	return string(raw), nil
}
