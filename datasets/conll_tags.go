package datasets

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/alnb/alnb/alnb/corpus"
)

// ColumnTags are a document's tags as they stand in a file of columns, for scoring: no scheme is checked or converted.
type ColumnTags struct {
	Tags  []string // the last column
	Words []string // the first column; nil where the file has only one
	Lines []int    // each word's line, counted from 1
}

// ReadColumnTags reads the documents of a file in CoNLL form (see [CoNLL]): of one column, the tags, or of more. Errors
// name the line.
func ReadColumnTags(r io.Reader) ([]ColumnTags, error) {
	var docs []ColumnTags
	var doc ColumnTags
	flush := func() {
		if len(doc.Tags) > 0 {
			docs = append(docs, doc)
		}
		doc = ColumnTags{}
	}
	lines := bufio.NewReader(r)
	columns := 0
	for line := 1; ; line++ {
		raw, err := lines.ReadString('\n')
		if raw == "" && errors.Is(err, io.EOF) {
			flush()
			return docs, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if line == 1 {
			raw = strings.TrimPrefix(raw, "\ufeff")
		}
		fields := splitColumns(raw)
		switch {
		case len(fields) == 0, strings.HasPrefix(fields[0], "-DOCSTART-"):
			flush()
			continue
		case len(doc.Tags) == 0 && comment(raw, fields, columns):
			continue
		}
		if columns == 0 {
			columns = len(fields)
		}
		tag := fields[len(fields)-1]
		switch {
		case len(fields) != columns:
			return nil, fmt.Errorf("line %d: it has %d columns, the lines before it have %d", line, len(fields), columns)
		case tag == "":
			return nil, fmt.Errorf("line %d: the tag, in the last column, is empty", line)
		case !utf8.ValidString(tag):
			return nil, fmt.Errorf("line %d: the tag %q is not valid UTF-8", line, tag)
		}
		doc.Tags, doc.Lines = append(doc.Tags, tag), append(doc.Lines, line)
		if columns > 1 {
			doc.Words = append(doc.Words, corpus.Clean(fields[0]))
		}
	}
}
