package datasets

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A table is a file of rows with named columns.
type table struct {
	file    *os.File // to be closed by who opened the table
	columns []string

	// optional is a column whose values may be missing: they are empty then. It is set before rows is called.
	optional string

	// rows reads the wanted columns, row by row, up to the first that can't be read. It is called once.
	rows func(wanted []string) iter.Seq2[record, error]
}

// A record is a row: the values of the wanted columns, in their order.
type record struct {
	place  string // for errors: "line 7", "row 3"
	values []string
}

// formats are the readers of tables, by the endings of the files' names.
var formats = map[string]func(f *os.File, encoding string) (*table, error){
	".csv": newCSV, ".tsv": newTSV, ".jsonl": newJSONL, ".ndjson": newJSONL, ".parquet": newParquet,
}

// openTable opens a file by its name's ending. Errors while reading rows name the file, too.
func openTable(path, encoding string) (*table, error) {
	read, ok := formats[strings.ToLower(filepath.Ext(path))]
	if !ok {
		return nil, fmt.Errorf("%s: the name ends in %q; files that can be read end in .csv, .tsv, .jsonl, .ndjson or .parquet",
			path, filepath.Ext(path))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	t, err := read(f, encoding)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	t.file = f
	rows := t.rows
	t.rows = func(wanted []string) iter.Seq2[record, error] {
		return func(yield func(record, error) bool) {
			for r, err := range rows(wanted) {
				if err != nil {
					err = fmt.Errorf("%s, %w", path, err)
				}
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
	}
	return t, nil
}

// column returns the column that holds what: the declared one, or the first of the usual names that there is.
func (t *table) column(what, declared string, usual []string) (string, error) {
	if declared != "" {
		if slices.Contains(t.columns, declared) {
			return declared, nil
		}
		return "", fmt.Errorf("there is no column %q for the %s; the first line names %.200q", declared, what, t.columns)
	}
	for _, name := range usual {
		for _, column := range t.columns {
			if strings.EqualFold(strings.TrimSpace(column), name) {
				return column, nil
			}
		}
	}
	return "", fmt.Errorf("which column holds the %s? There are %.200q, and none is called %s; declare it",
		what, t.columns, strings.Join(usual, ", "))
}
