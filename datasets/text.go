package datasets

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"
	"os"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// The encodings that files may have.
const (
	UTF8   = "utf-8" // the default; a byte order mark is skipped
	Latin1 = "latin-1"
)

// decoded returns what is read as UTF-8; UTF-16 is known by its byte order mark. That it is valid is for the caller
// to check, who knows the line.
func decoded(r io.Reader, encoding string) (io.Reader, error) {
	switch encoding {
	case "", UTF8:
		buffered := bufio.NewReaderSize(r, 1<<16)
		switch mark, _ := buffered.Peek(3); {
		case bytes.Equal(mark, []byte("\ufeff")):
			buffered.Discard(len(mark))
		case bytes.HasPrefix(mark, []byte{0xff, 0xfe}), bytes.HasPrefix(mark, []byte{0xfe, 0xff}):
			return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(buffered), nil // a spreadsheet's "Unicode text"
		}
		return buffered, nil
	case Latin1:
		return charmap.ISO8859_1.NewDecoder().Reader(bufio.NewReaderSize(r, 1<<16)), nil
	}
	return nil, fmt.Errorf("the encoding %q is unknown; known are %q and %q", encoding, UTF8, Latin1)
}

// checkUTF8 refuses what would be stored as something else than was given.
func checkUTF8(values ...string) error {
	for _, v := range values {
		if !utf8.ValidString(v) {
			return fmt.Errorf("it is not valid UTF-8; convert the file to UTF-8, or declare its encoding, such as %q, where it can be declared", Latin1)
		}
	}
	return nil
}

// inFile opens a file for a reader, whose errors it completes with the file's name.
func inFile[T any](path string, read func(*os.File) iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		defer f.Close()
		for doc, err := range read(f) {
			if err != nil {
				err = fmt.Errorf("%s, %w", path, err)
			}
			if !yield(doc, err) || err != nil {
				return
			}
		}
	}
}
