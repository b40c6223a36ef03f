package rows

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"sync"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// A column is one of a Parquet file that is read.
type column struct {
	name string
	typ  parquet.Type
	list int // of a list: from this definition level on it has an element; 0: it isn't one
}

// parquetLines reads the rows of a Parquet file as if they were JSON lines, with the ID and what the kind needs.
func (s Source) parquetLines() iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		file, columns, err := openParquet(s.Parquet, s.Kind)
		if err != nil {
			yield(line{}, s.broken(err))
			return
		}
		_, isText := file.Schema().Lookup(string(Text))
		batch, number := make([]parquet.Row, 256), 0
		for _, group := range file.RowGroups() {
			if group.NumRows() == 0 {
				continue
			}
			rows := group.Rows()
			closed := sync.OnceValue(rows.Close) // at its end: until then a group's pages are in memory
			defer closed()
			for ended := false; !ended; {
				n, err := readRows(rows, batch)
				if ended = errors.Is(err, io.EOF); err != nil && !ended {
					yield(line{}, s.broken(err))
					return
				}
				for _, row := range batch[:n] {
					number++
					l := line{number: number}
					l.fields, l.wrong = fieldsOf(row, columns)
					if isText && s.Kind != Text && l.wrong == nil {
						l.fields[string(Text)] = nil // it is there, and isn't read
					}
					if !yield(l, nil) {
						return
					}
				}
			}
			if err := closed(); err != nil {
				yield(line{}, s.broken(err))
				return
			}
		}
	}
}

func (s Source) broken(err error) error { return fmt.Errorf("%s: %s: %w", s.Command, s.Name, err) }

// openParquet opens a file, and finds the columns that are read, by their indices.
func openParquet(f *os.File, kind Kind) (file *parquet.File, columns map[int]column, err error) {
	defer recovered(&err)
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if file, err = parquet.OpenFile(f, info.Size()); err != nil {
		return nil, nil, fmt.Errorf("it is not a usable Parquet file: %w", err)
	}
	columns = make(map[int]column)
	for i, path := range file.Schema().Columns() {
		if path[0] != "id" && path[0] != string(kind) {
			continue
		}
		c := column{name: path[0]}
		lists, level := 0, 0
		node := parquet.Node(file.Schema())
		for _, name := range path {
			for _, field := range node.Fields() {
				if field.Name() == name {
					node = field
					break
				}
			}
			if node.Optional() || node.Repeated() {
				level++
			}
			if node.Repeated() {
				lists, c.list = lists+1, level
			}
		}
		c.typ = node.Type()
		again := slices.ContainsFunc(file.Schema().Columns()[:i], func(other []string) bool { return other[0] == c.name })
		if again || lists > 1 || len(path) > 1+2*lists || !readable(c.typ) {
			return nil, nil, fmt.Errorf("the column %q is of a type that can't be read; a string, a number or a truth value a row can, or a list of them", c.name)
		}
		columns[i] = c
	}
	return file, columns, nil
}

// readable tells whether values of a type have a plain form in JSON: not dates, decimals and the like, which are stored as numbers.
func readable(t parquet.Type) bool {
	if logical := t.LogicalType(); logical != nil {
		switch logical.Value.(type) {
		case *format.StringType, *format.EnumType, *format.JsonType, *format.IntType:
		default:
			return false
		}
	}
	switch t.Kind() {
	case parquet.Boolean, parquet.Int32, parquet.Int64, parquet.Float, parquet.Double, parquet.ByteArray:
		return true
	}
	return false
}

// recovered turns a panic into an error: parquet-go panics on files that are damaged.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("it is not a usable Parquet file: %v", r)
	}
}

func readRows(rows parquet.Rows, batch []parquet.Row) (n int, err error) {
	defer recovered(&err)
	return rows.ReadRows(batch)
}

// fieldsOf makes the values of a row JSON.
func fieldsOf(row parquet.Row, columns map[int]column) (map[string]json.RawMessage, error) {
	fields := make(map[string]json.RawMessage, 2)
	lists := make(map[string][]json.RawMessage)
	for _, v := range row {
		c, ok := columns[v.Column()]
		if !ok {
			continue
		}
		if level := v.DefinitionLevel(); c.list > 0 && level < c.list {
			if level == c.list-1 { // the list is there, without elements
				fields[c.name] = json.RawMessage("[]")
			} else {
				fields[c.name] = json.RawMessage("null")
			}
			continue
		}
		value, err := c.json(v)
		if err != nil {
			return nil, fmt.Errorf("has in %q what is no JSON: %w", c.name, err)
		}
		if c.list > 0 {
			lists[c.name] = append(lists[c.name], value)
		} else {
			fields[c.name] = value
		}
	}
	for name, list := range lists {
		raw, err := json.Marshal(list)
		if err != nil {
			return nil, err
		}
		fields[name] = raw
	}
	return fields, nil
}

func (c column) json(v parquet.Value) (json.RawMessage, error) {
	if v.IsNull() {
		return json.RawMessage("null"), nil
	}
	var value any
	unsigned := false
	if logical := c.typ.LogicalType(); logical != nil {
		integer, ok := logical.Value.(*format.IntType)
		unsigned = ok && !integer.IsSigned
	}
	switch kind := v.Kind(); {
	case kind == parquet.Boolean:
		value = v.Boolean()
	case kind == parquet.Int32 && unsigned:
		value = v.Uint32()
	case kind == parquet.Int32:
		value = v.Int32()
	case kind == parquet.Int64 && unsigned:
		value = v.Uint64()
	case kind == parquet.Int64:
		value = v.Int64()
	case kind == parquet.Float:
		value = v.Float()
	case kind == parquet.Double:
		value = v.Double()
	default:
		value = string(v.ByteArray())
	}
	return json.Marshal(value)
}
