package rows

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// read returns what a source has, a line each, up to what it refuses.
func read(t *testing.T, s Source) (all []string, err error) {
	t.Helper()
	s.Command, s.Name = "test", "rows"
	for r, err := range s.Identified(t.Context()) {
		if err != nil {
			return all, err
		}
		all = append(all, fmt.Sprintf("%d %s %s %q %q", r.Line, r.ID, r.Key, r.Text, r.Words))
	}
	return all, nil
}

func writeParquet[T any](t *testing.T, rows []T) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.parquet")
	if err := parquet.WriteFile(path, rows); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func to[T any](value T) *T { return &value }

type numbered struct {
	ID   int64  `parquet:"id"`
	Text string `parquet:"text"`
}

type optional struct {
	ID   *string `parquet:"id,optional"`
	Text *string `parquet:"text,optional"`
}

type worded struct {
	ID    uint32   `parquet:"id"`
	Words []string `parquet:"words,list"`
	Text  string   `parquet:"text"`
}

type bare struct {
	Words []string `parquet:"words"` // repeated, without a group around it
}

// A Parquet file is read as the JSON lines of its rows are.
func TestParquetIsReadAsJSONLines(t *testing.T) {
	many := make([]numbered, 1000)
	for i := range many {
		many[i] = numbered{int64(i), strings.Repeat("x", i%7)}
	}
	for what, c := range map[string]struct {
		kind  Kind
		file  *os.File
		lines any
		wrong string
	}{
		"numbers, and a blank text": {Text, writeParquet(t, []numbered{{1, "good film"}, {-2, ""}, {3, "a\x00b"}}), []map[string]any{
			{"id": 1, "text": "good film"}, {"id": -2, "text": ""}, {"id": 3, "text": "a\x00b"}}, ""},
		"many rows": {Text, writeParquet(t, many), many, ""},
		"no rows":   {Text, writeParquet(t, []numbered{}), []numbered{}, ""},
		"IDs that are null": {Text, writeParquet(t, []optional{{to("a<b"), to("x")}, {nil, to("good")}, {nil, to("good")}}), []map[string]any{
			{"id": "a<b", "text": "x"}, {"id": nil, "text": "good"}, {"id": nil, "text": "good"}}, ""},
		"a text that is null": {Text, writeParquet(t, []optional{{to("a"), to("x")}, {to("b"), nil}}), []map[string]any{
			{"id": "a", "text": "x"}, {"id": "b", "text": nil}}, `2 has a "text" that is no string: "null"`},
		"an ID twice": {Text, writeParquet(t, []optional{{to("a"), to("x")}, {to("a"), to("y")}}), []map[string]any{
			{"id": "a", "text": "x"}, {"id": "a", "text": "y"}}, `2 has the ID "a" of`},
		"an empty ID": {Text, writeParquet(t, []optional{{to(""), to("x")}}), []map[string]any{{"id": "", "text": "x"}}, `1 has an empty "id"`},
		"truth values": {Text, writeParquet(t, []struct {
			ID   bool   `parquet:"id"`
			Text string `parquet:"text"`
		}{{true, "a"}}), []map[string]any{{"id": true, "text": "a"}}, ""},
		"fractions": {Text, writeParquet(t, []struct {
			ID   float64 `parquet:"id"`
			Text string  `parquet:"text"`
		}{{1.5, "a"}, {2, "b"}}), []map[string]any{{"id": 1.5, "text": "a"}, {"id": 2.0, "text": "b"}}, ""},
		"a text that is a number": {Text, writeParquet(t, []struct {
			Text int32 `parquet:"text"`
		}{{7}}), []map[string]any{{"text": 7}}, `1 has a "text" that is no string: "7"`},
		"words": {Words, writeParquet(t, []worded{{1 << 31, []string{"John", "", "Paris"}, ""}, {2, []string{""}, "x"}}), []map[string]any{
			{"id": 1 << 31, "words": []string{"John", "", "Paris"}}, {"id": 2, "words": []string{""}}}, ""},
		"no words":         {Words, writeParquet(t, []worded{{1, nil, ""}}), []map[string]any{{"id": 1, "words": []string{}}}, `1 has no words in its "words"`},
		"bare words":       {Words, writeParquet(t, []bare{{[]string{"a", "b"}}, {[]string{"c"}}}), []map[string]any{{"words": []string{"a", "b"}}, {"words": []string{"c"}}}, ""},
		"words for a text": {Text, writeParquet(t, []bare{{[]string{"a"}}}), []map[string]any{{"words": []string{"a"}}}, `1 has no "text"`},
		"a text for words": {Words, writeParquet(t, []numbered{{1, "a"}}), []map[string]any{{"id": 1, "text": "a"}}, `1 has no "words" but a "text"; the model is a tagger`},
		"words that are a text": {Words, writeParquet(t, []struct {
			Words string `parquet:"words"`
		}{{"a b"}}), []map[string]any{{"words": "a b"}}, `1 has "words" that are no list of strings: "\"a b\""`},
	} {
		raw, err := json.Marshal(c.lines)
		if err != nil {
			t.Fatal(err)
		}
		var fields []map[string]json.RawMessage
		if err := json.Unmarshal(raw, &fields); err != nil {
			t.Fatal(err)
		}
		var lines strings.Builder
		for _, line := range fields {
			for name, value := range line { // numbered has no names for JSON
				delete(line, name)
				line[strings.ToLower(name)] = value
			}
			raw, err := json.Marshal(line)
			if err != nil {
				t.Fatal(err)
			}
			lines.Write(append(raw, '\n'))
		}
		want, wantErr := read(t, Source{Kind: c.kind, In: strings.NewReader(lines.String())})
		got, gotErr := read(t, Source{Kind: c.kind, Parquet: c.file})
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, of JSON lines %q", what, got, want)
		}
		for unit, err := range map[string]error{"line ": wantErr, "row ": gotErr} {
			if (err == nil) != (c.wrong == "") || err != nil && !strings.HasPrefix(err.Error(), "test: rows, "+unit+c.wrong) {
				t.Errorf("%s, %s: %v, want %q", what, unit, err, c.wrong)
			}
		}
	}
}

// Of a Parquet file that can't be read is said why, once.
func TestParquetFilesMistakesAreSentences(t *testing.T) {
	type pair struct {
		A string `parquet:"a"`
		B string `parquet:"b"`
	}
	damaged := filepath.Join(t.TempDir(), "damaged.parquet")
	whole, err := os.ReadFile(writeParquet(t, []numbered{{1, "a"}, {2, "b"}}).Name())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(damaged, whole[:len(whole)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	half, err := os.Open(damaged)
	if err != nil {
		t.Fatal(err)
	}
	defer half.Close()
	for want, file := range map[string]*os.File{
		"test: rows: it is not a usable Parquet file": half,
		`the column "text" is of a type that can't be read; a string, a number or a truth value a row can`: writeParquet(t, []struct {
			Text pair `parquet:"text"`
		}{{pair{"a", "b"}}}),
		`the column "id" is of a type`: writeParquet(t, []struct {
			ID   int32  `parquet:"id,date"`
			Text string `parquet:"text"`
		}{{7, "a"}}),
	} {
		told := 0
		got, err := read(t, Source{Kind: Text, Parquet: file, Bad: func(error) { told++ }})
		if err == nil || !strings.Contains(err.Error(), want) || len(got) > 0 || told > 0 {
			t.Errorf("%v, want %s", err, want)
		}
	}
	// A row that can't be used is skipped, as a line.
	file := writeParquet(t, []struct {
		ID   [16]byte `parquet:"uid"`
		Text string   `parquet:"text"`
	}{{Text: "a"}})
	if got, err := read(t, Source{Kind: Text, Parquet: file}); err != nil || len(got) != 1 {
		t.Error(got, err)
	}
	var told error
	got, err := read(t, Source{Kind: Text, Parquet: writeParquet(t, []optional{{nil, nil}, {to("b"), to("x")}}), Bad: func(err error) { told = errors.Join(told, err) }})
	if err != nil || len(got) != 1 || told == nil || !strings.Contains(told.Error(), "row 1 has a") {
		t.Error(got, err, told)
	}
}
