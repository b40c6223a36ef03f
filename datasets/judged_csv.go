package datasets

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
)

// WriteCSV writes documents as RFC 4180 has it: a first line with the columns' names, values with commas, quotes or line
// breaks in quotes, lines that end in CR LF. Values are exact, so a spreadsheet may take one that begins with =, +, - or @
// for a formula: open files of texts from elsewhere as text. The columns are
//
//	id, text, label, verdict, flagged, note, annotator, at, test, predicted, probs
//
// or, where words are marked, with spans in place of label and without probs. Spans, predicted ones too, are JSON: a list
// of {"start", "end", "type"} that counts in code points of the text. probs is a JSON object with a number for each class.
func WriteCSV(w io.Writer, labels Labels, docs iter.Seq2[corpus.Judged, error]) error {
	label, last := "label", []string{"probs"}
	if labels.Spans {
		label, last = "spans", nil
	}
	first := bufio.NewWriter(w)
	columns := []string{"id", "text", label, "verdict", "flagged", "note", "annotator", "at", "test", "predicted"}
	writeFields(first, append(columns, last...))
	if err := first.Flush(); err != nil {
		return fmt.Errorf("datasets: %w", err)
	}
	return eachJudged(w, labels, docs, func(w *bufio.Writer, doc corpus.Judged) error {
		fields, err := fieldsOf(doc, labels)
		if err != nil {
			return err
		}
		return writeFields(w, fields)
	})
}

func fieldsOf(doc corpus.Judged, labels Labels) ([]string, error) {
	answer := func(class string, spans []corpus.Span) (string, error) {
		if !labels.Spans {
			return class, nil
		}
		marks, err := marksOf(doc.Document, spans)
		if err != nil {
			return "", err
		}
		return compact(marks)
	}
	var label, at, predicted, probs string
	var err error
	said := saidOf(doc)
	if j := doc.Judgment; j != nil {
		if j.Verdict == corpus.Labeled {
			if label, err = answer(j.Class, j.Spans); err != nil {
				return nil, err
			}
		}
		if !said.At.IsZero() {
			at = said.At.Format(time.RFC3339Nano)
		}
	}
	if p := doc.Prediction; p != nil {
		if predicted, err = answer(p.Class, p.Spans); err != nil {
			return nil, err
		}
		if p.Probabilities != nil {
			if probs, err = compact(classProbs{labels.Classes, p.Probabilities}); err != nil {
				return nil, err
			}
		}
	}
	fields := []string{
		doc.ID, shown(doc.Document), label, string(said.Verdict), strconv.FormatBool(said.Flagged), said.Note,
		said.Annotator, at, strconv.FormatBool(said.Test), predicted,
	}
	if !labels.Spans {
		fields = append(fields, probs)
	}
	return fields, nil
}

// compact returns a value as JSON on one line.
func compact(value any) (string, error) {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return strings.TrimSuffix(out.String(), "\n"), err
}

// writeFields writes a line. (The writer of encoding/csv changes line breaks in values where lines end in CR LF.)
func writeFields(w *bufio.Writer, fields []string) error {
	for i, field := range fields {
		if i > 0 {
			w.WriteByte(',')
		}
		if strings.ContainsAny(field, ",\"\r\n") || strings.TrimSpace(field) != field {
			field = `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
		}
		w.WriteString(field)
	}
	_, err := w.WriteString("\r\n") // an earlier error stays
	return err
}
