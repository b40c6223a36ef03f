package datasets

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
)

// WriteCoNLL writes the documents that are labeled with spans: a line a word, the word and its tag in IOB2 with a tab
// between, and a blank line after each document. There is no place for IDs, for other verdicts, notes and predictions;
// documents that aren't labeled are left out. A word that readers of such files would take for something else, such as
// one with a tab in it, is an error.
func WriteCoNLL(w io.Writer, labels Labels, docs iter.Seq2[corpus.Judged, error]) error {
	if !labels.Spans {
		return errors.New("datasets: CoNLL is a form for words with spans; these documents are given classes")
	}
	first := true
	return eachJudged(w, labels, docs, func(w *bufio.Writer, doc corpus.Judged) error {
		if doc.Judgment == nil || doc.Judgment.Verdict != corpus.Labeled {
			return nil
		}
		if err := corpus.CheckSpans(len(doc.Words), doc.Judgment.Spans); err != nil {
			return err
		}
		for i, tag := range corpus.Tags(len(doc.Words), doc.Judgment.Spans) {
			word := doc.Words[i]
			line := word + "\t" + tag
			fields := splitColumns(line)
			if !slices.Equal(fields, []string{word, tag}) || strings.ContainsAny(line, "\r\n") || corpus.Clean(line) != line ||
				strings.HasPrefix(word, "-DOCSTART-") || i == 0 && comment(line, fields, 2) ||
				first && strings.HasPrefix(word, "\ufeff") { // it would be a byte order mark
				return fmt.Errorf("a line of CoNLL can't hold word %d, %.40q, with the tag %.40q; write JSON lines instead",
					i+1, word, tag)
			}
			first = false
			w.WriteString(line)
			w.WriteByte('\n')
		}
		return w.WriteByte('\n')
	})
}

// ReadCoNLL reads words with spans, as [CoNLL] does: each document is labeled. Where there is one column, none is. It has
// no IDs: documents are found by their words (see [Index]). Errors name the line.
func ReadCoNLL(r io.Reader, labels Labels) iter.Seq2[corpus.Judged, error] {
	return unplaced(placedCoNLL(r, labels))
}

func placedCoNLL(r io.Reader, labels Labels) iter.Seq2[Placed, error] {
	return func(yield func(Placed, error) bool) {
		if !labels.Spans {
			yield(Placed{}, errors.New("CoNLL holds words with spans, and classes are wanted"))
			return
		}
		text, err := decoded(r, UTF8)
		if err != nil {
			yield(Placed{}, err)
			return
		}
		for b, err := range blocks(text, CoNLL{}.pickAny) {
			doc, err := b.judged(err)
			if !yield(Placed{doc, fmt.Sprintf("line %d", b.line)}, err) || err != nil {
				return
			}
		}
	}
}

// judged returns a block's document, or the error that came instead.
func (b block) judged(err error) (corpus.Judged, error) {
	if err != nil {
		return corpus.Judged{}, err
	}
	doc := corpus.Judged{Document: corpus.Document{Words: b.words}}
	if b.tags[0] == "" {
		return doc, nil
	}
	spans, err := b.spans()
	doc.Judgment = &corpus.Judgment{Verdict: corpus.Labeled, Spans: spans}
	return doc, err
}

// pickAny is pick where lines may have one column: then there is no tag.
func (c CoNLL) pickAny(fields []string, columns *int) (word, tag string, err error) {
	if len(fields) == 1 && *columns <= 1 {
		*columns = 1
		return c.pickWord(fields, columns)
	}
	if word, tag, err = c.pick(fields, columns); err == nil && tag == "" {
		err = errors.New("the tag is empty")
	}
	return word, tag, err
}

// pickWord takes a word and no tag.
func (c CoNLL) pickWord(fields []string, columns *int) (word, _ string, err error) {
	if *columns == 0 {
		*columns = len(fields)
	}
	at := max(c.Word-1, 0)
	switch {
	case len(fields) != *columns:
		return "", "", fmt.Errorf("it has %d columns, the lines before it have %d", len(fields), *columns)
	case at >= len(fields):
		return "", "", fmt.Errorf("it has %d columns; the word is to stand in column %d", len(fields), at+1)
	}
	if err := checkUTF8(fields[at]); err != nil {
		return "", "", err
	}
	if word = corpus.Clean(fields[at]); word == "" {
		return "", "", errors.New("the word is empty, or only U+0000")
	}
	return word, "", nil
}
