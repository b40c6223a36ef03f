package datasets

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"
)

// newTSV reads files with a row a line, values separated by tabs, whose first line names the columns. A value that
// stands in quotes as a whole is taken out of them; any other quote is part of the text, as in the files of GLUE.
func newTSV(f *os.File, encoding string) (*table, error) {
	text, err := decoded(f, encoding)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewReaderSize(text, 1<<16)
	number := 0
	next := func() ([]string, error) {
		for {
			line, err := lines.ReadString('\n')
			if line == "" || err != nil && !errors.Is(err, io.EOF) {
				return nil, err
			}
			number++
			if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) == "" {
				continue
			}
			fields := strings.Split(line, "\t")
			for i, f := range fields {
				if len(f) >= 2 && f[0] == '"' && f[len(f)-1] == '"' {
					fields[i] = strings.ReplaceAll(f[1:len(f)-1], `""`, `"`)
				}
			}
			return fields, nil
		}
	}
	columns, err := next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("it is empty; the first line must name the columns")
	case err != nil:
		return nil, err
	}
	if err := checkColumns(columns); err != nil {
		return nil, err
	}
	return &table{columns: columns, rows: func(wanted []string) iter.Seq2[record, error] {
		return func(yield func(record, error) bool) {
			for {
				fields, err := next()
				if errors.Is(err, io.EOF) {
					return
				}
				r := record{place: fmt.Sprintf("line %d", number), values: make([]string, len(wanted))}
				if err == nil && len(fields) != len(columns) {
					err = fmt.Errorf("it has %d fields, the first line names %d columns", len(fields), len(columns))
				}
				if err == nil {
					for i, name := range wanted {
						r.values[i] = fields[slices.Index(columns, name)]
					}
					err = checkUTF8(r.values...)
				}
				if err != nil {
					yield(record{}, fmt.Errorf("%s: %w", r.place, err))
					return
				}
				if !yield(r, nil) {
					return
				}
			}
		}
	}}, nil
}
