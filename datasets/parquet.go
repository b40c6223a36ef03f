package datasets

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/parquet-go/parquet-go"
)

// newParquet reads Parquet files. Columns of text and numbers are read; of others only the name.
func newParquet(f *os.File, _ string) (t *table, err error) {
	defer recovered(&err)
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("it is not a usable Parquet file: %w", err)
	}
	t = &table{rows: func(wanted []string) iter.Seq2[record, error] {
		return func(yield func(record, error) bool) {
			stopped := false
			err := readParquet(file, wanted, t.optional, func(r record) bool {
				stopped = !yield(r, nil)
				return !stopped
			})
			if err != nil && !stopped {
				yield(record{}, err)
			}
		}
	}}
	for _, field := range file.Schema().Fields() {
		t.columns = append(t.columns, field.Name())
	}
	return t, nil
}

// recovered turns a panic into an error: parquet-go panics on files that are damaged.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("it is not a usable Parquet file: %v", r)
	}
}

func readParquet(file *parquet.File, wanted []string, optional string, yield func(record) bool) (err error) {
	defer recovered(&err)
	place := make(map[int]int) // in wanted, by the column's index in the file
	for i, name := range wanted {
		leaf, ok := file.Schema().Lookup(name)
		if !ok || leaf.Node.Repeated() {
			return fmt.Errorf("the column %q holds lists or groups; one value a row is expected (documents with several labels "+
				"are not supported)", name)
		}
		place[leaf.ColumnIndex] = i
	}
	number := 0
	buffer := make([]parquet.Row, 256)
	for _, group := range file.RowGroups() {
		if group.NumRows() == 0 { // as Spark and pyarrow write where there are no rows; parquet-go can't seek in it
			continue
		}
		rows := group.Rows()
		for {
			n, err := rows.ReadRows(buffer)
			for _, row := range buffer[:n] {
				number++
				r := record{place: fmt.Sprintf("row %d", number), values: make([]string, len(wanted))}
				for _, v := range row {
					i, ok := place[v.Column()]
					if !ok {
						continue
					}
					if v.IsNull() {
						if wanted[i] == optional {
							continue
						}
						return errors.Join(fmt.Errorf("%s: %q is null", r.place, wanted[i]), rows.Close())
					}
					r.values[i] = v.String()
				}
				if err := checkUTF8(r.values...); err != nil {
					return errors.Join(fmt.Errorf("%s: %w", r.place, err), rows.Close())
				}
				if !yield(r) {
					return rows.Close()
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return errors.Join(fmt.Errorf("after row %d: %w", number, err), rows.Close())
			}
		}
		if err := rows.Close(); err != nil {
			return err
		}
	}
	return nil
}
