package datasets

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"
)

// csvMistake says of a csv.ParseError where it is, and what to do.
func csvMistake(err error) error {
	var broken *csv.ParseError
	if !errors.As(err, &broken) {
		return err
	}
	return fmt.Errorf("line %d: %w (a field with quotes, separators or line breaks in it must stand in quotes, and quotes in it must "+
		"be doubled)", broken.StartLine, broken.Err)
}

// newCSV reads files of values separated by commas, quoted as in RFC 4180, whose first line names the columns.
func newCSV(f *os.File, encoding string) (*table, error) {
	text, err := decoded(f, encoding)
	if err != nil {
		return nil, err
	}
	reader := csv.NewReader(text)
	reader.FieldsPerRecord = -1 // counted here, for a better sentence
	columns, err := reader.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("it is empty; the first line must name the columns")
	case err != nil:
		return nil, err
	}
	columns = slices.Clone(columns)
	if err := checkColumns(columns); err != nil {
		return nil, err
	}
	return &table{columns: columns, rows: func(wanted []string) iter.Seq2[record, error] {
		at := make([]int, len(wanted))
		for i, name := range wanted {
			at[i] = slices.Index(columns, name)
		}
		return func(yield func(record, error) bool) {
			for {
				fields, err := reader.Read()
				switch {
				case errors.Is(err, io.EOF):
					return
				case err != nil:
					yield(record{}, csvMistake(err))
					return
				}
				line, _ := reader.FieldPos(0)
				r := record{place: fmt.Sprintf("line %d", line), values: make([]string, len(at))}
				if len(fields) == 1 && strings.TrimSpace(fields[0]) == "" && len(columns) > 1 { // as good as a blank line
					continue
				}
				if len(fields) != len(columns) {
					yield(record{}, fmt.Errorf("%s: it has %d fields, the first line names %d columns", r.place, len(fields), len(columns)))
					return
				}
				for i, k := range at {
					r.values[i] = fields[k]
				}
				if err := checkUTF8(r.values...); err != nil {
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

// checkColumns refuses what can't be the names of columns, and says what it may be instead.
func checkColumns(columns []string) error {
	for i, name := range columns {
		if name != "" && slices.Contains(columns[:i], name) { // spreadsheets leave empty ones at the end
			return fmt.Errorf("line 1: two columns are called %q; the first line must name the columns", name)
		}
	}
	if len(columns) == 1 {
		for _, other := range []string{";", "\t", "|", ","} {
			if strings.Contains(columns[0], other) {
				return fmt.Errorf("line 1: there is one column, %.80q; are the values separated by %q? In .csv files they must be "+
					"separated by commas, in .tsv files by tabs", columns[0], other)
			}
		}
	}
	return nil
}
