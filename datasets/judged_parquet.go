package datasets

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/alnb/alnb/alnb/corpus"
)

// parquetDocument is what rows of both kinds have.
type parquetDocument struct {
	ID        string     `parquet:"id"`
	Text      string     `parquet:"text"`
	Verdict   *string    `parquet:"verdict,optional"`
	Flagged   bool       `parquet:"flagged"`
	Note      *string    `parquet:"note,optional"`
	Annotator *string    `parquet:"annotator,optional"`
	At        *time.Time `parquet:"at,timestamp(nanosecond)"`
	Test      bool       `parquet:"test"`
}

// parquetText is a row of a text with a class.
type parquetText struct {
	parquetDocument
	Label     *string   `parquet:"label,optional"`
	Predicted *string   `parquet:"predicted,optional"`
	Probs     []float64 `parquet:"probs,list"`
}

// parquetWords is a row of words with spans.
type parquetWords struct {
	parquetDocument
	Words     []string `parquet:"words,list"`
	Tags      []string `parquet:"tags,list"`
	Spans     []mark   `parquet:"spans,list"`
	Asked     bool     `parquet:"has_prediction"`
	Predicted []mark   `parquet:"predicted,list"`
}

// rowsAGroup bounds what is in memory until it is written.
const rowsAGroup = 10_000

// WriteParquet writes documents with the columns of [WriteCSV], as Parquet has them: what is missing is null, at is a time
// in nanoseconds, probs is a list in the order of the classes, which the file's metadata hold as JSON under "classes".
// Where words are marked there are lists of words, of tags in IOB2 and of spans, which count in code points of the text.
func WriteParquet(w io.Writer, labels Labels, docs iter.Seq2[corpus.Judged, error]) error {
	if labels.Spans {
		return writeParquet(w, labels, docs, parquetWordsOf)
	}
	return writeParquet(w, labels, docs, parquetTextOf)
}

func writeParquet[T any](
	w io.Writer, labels Labels, docs iter.Seq2[corpus.Judged, error], rowOf func(corpus.Judged) (T, error),
) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("datasets: the documents can't be written as Parquet: %v", r)
		}
	}()
	classes, err := json.Marshal(append([]string{}, labels.Classes...))
	if err != nil {
		return fmt.Errorf("datasets: %w", err)
	}
	out := parquet.NewGenericWriter[T](w, parquet.Compression(&parquet.Snappy), parquet.MaxRowsPerRowGroup(rowsAGroup),
		parquet.KeyValueMetadata("classes", string(classes)))
	err = eachJudged(io.Discard, labels, docs, func(_ *bufio.Writer, doc corpus.Judged) error {
		row, err := rowOf(doc)
		if err == nil {
			_, err = out.Write([]T{row})
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("datasets: %w", err)
	}
	return nil
}

func parquetOfDocument(doc corpus.Judged) (row parquetDocument, err error) {
	s := saidOf(doc)
	row = parquetDocument{ID: doc.ID, Text: shown(doc.Document), Verdict: some(string(s.Verdict)), Flagged: s.Flagged,
		Note: some(s.Note), Annotator: some(s.Annotator), Test: s.Test}
	if !s.At.IsZero() {
		if row.At = &s.At; !time.Unix(0, s.At.UnixNano()).Equal(s.At) {
			err = errors.New("the time of its judgment is not one that Parquet holds in nanoseconds")
		}
	}
	return row, err
}

// some returns a text that isn't empty.
func some(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func parquetTextOf(doc corpus.Judged) (row parquetText, err error) {
	row.parquetDocument, err = parquetOfDocument(doc)
	if j := doc.Judgment; j != nil && j.Verdict == corpus.Labeled {
		row.Label = some(j.Class)
	}
	if p := doc.Prediction; p != nil {
		row.Predicted, row.Probs = some(p.Class), p.Probabilities
	}
	return row, err
}

func parquetWordsOf(doc corpus.Judged) (row parquetWords, err error) {
	if row.parquetDocument, err = parquetOfDocument(doc); err != nil {
		return row, err
	}
	row.Words = doc.Words
	if j := doc.Judgment; j != nil && j.Verdict == corpus.Labeled {
		if row.Spans, err = marksOf(doc.Document, j.Spans); err != nil {
			return row, err
		}
		row.Tags = corpus.Tags(len(doc.Words), j.Spans)
	}
	if p := doc.Prediction; p != nil {
		row.Asked = true
		row.Predicted, err = marksOf(doc.Document, p.Spans)
	}
	return row, err
}
