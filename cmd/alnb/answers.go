package main

import (
	"context"
	"encoding/json"
	"iter"
	"strconv"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/datasets/rows"
)

// answered are rows with their answers, which are fields of a JSON object, as they stand between its braces.
type answered struct {
	rows    []rows.Row
	answers [][]byte
}

// appendLines appends the rows' lines.
func (a answered) appendLines(out []byte) []byte {
	for i, answer := range a.answers {
		out = append(out, '{')
		if id := a.rows[i].ID; id != nil {
			out = append(append(append(out, `"id":`...), id...), ',')
		}
		out = append(append(out, answer...), "}\n"...)
	}
	return out
}

// A predictor answers rows, chunk by chunk; progress counts the rows of a chunk that are done.
type predictor interface {
	answers(ctx context.Context, chunks iter.Seq2[[]rows.Row, error], progress func(done int)) iter.Seq2[answered, error]
}

// answerAll answers rows by what a stream gives for their documents. The stream may read chunks ahead.
func answerAll[Doc, Result any](
	chunks iter.Seq2[[]rows.Row, error], document func(rows.Row) Doc,
	stream func(iter.Seq2[[]Doc, error]) iter.Seq2[[]Result, error], answer func(Result) ([]byte, error),
) iter.Seq2[answered, error] {
	return func(yield func(answered, error) bool) {
		read := make(chan []rows.Row, 8) // a stream reads one chunk ahead
		docs := func(yield func([]Doc, error) bool) {
			for rows, err := range chunks {
				docs := make([]Doc, len(rows))
				for i, r := range rows {
					docs[i] = document(r)
				}
				if err == nil {
					read <- rows
				}
				if !yield(docs, err) {
					return
				}
			}
		}
		for results, err := range stream(docs) {
			var a answered
			if err == nil {
				a = answered{<-read, make([][]byte, len(results))}
			}
			for i := 0; i < len(results) && err == nil; i++ {
				a.answers[i], err = answer(results[i])
			}
			if !yield(a, err) || err != nil {
				return
			}
		}
	}
}

// cuts counts documents that were cut, and the words cut off.
type cuts struct {
	Documents int `json:"documents"`
	Words     int `json:"words"`
}

// classifier is what textClassifier needs of a model.
type classifier interface {
	Classes() []string
	PredictChunks(ctx context.Context, chunks iter.Seq2[[]corpus.Document, error], progress func(done int)) iter.Seq2[[][]float32, error]
	Origin() string
	Close() error
}

// textClassifier answers rows with "text" by "label" and "probs", in the order of the classes.
type textClassifier struct{ classifier }

func (c textClassifier) cut() *cuts { return new(cuts) }

func (c textClassifier) answers(ctx context.Context, chunks iter.Seq2[[]rows.Row, error], progress func(done int)) iter.Seq2[answered, error] {
	classes, err := quoted(c.Classes())
	if err != nil {
		return func(yield func(answered, error) bool) { yield(answered{}, err) }
	}
	return answerAll(chunks,
		func(r rows.Row) corpus.Document { return corpus.Document{ID: r.Name(), Text: r.Text} },
		func(docs iter.Seq2[[]corpus.Document, error]) iter.Seq2[[][]float32, error] {
			return c.PredictChunks(ctx, docs, progress)
		},
		func(p []float32) ([]byte, error) { return labelAnswer(classes, p), nil })
}

func labelAnswer(classes [][]byte, p []float32) []byte {
	out := make([]byte, 0, 32*(1+len(p)))
	out = append(append(out, `"label":`...), classes[eval.Best(p)]...)
	out = append(out, `,"probs":{`...)
	for k := range p {
		if k > 0 {
			out = append(out, ',')
		}
		out = append(append(out, classes[k]...), ':')
		out = appendNumber(out, p[k])
	}
	return append(out, '}')
}

// wordTagger answers rows with "words" by "tags" and "probs", a list a word in the order of the classes.
type wordTagger struct {
	*model.Tagger
	cuts cuts
}

func (t *wordTagger) cut() *cuts { return &t.cuts }

func (t *wordTagger) answers(ctx context.Context, chunks iter.Seq2[[]rows.Row, error], progress func(done int)) iter.Seq2[answered, error] {
	return answerAll(chunks,
		func(r rows.Row) corpus.Tagged { return corpus.Tagged{ID: r.Name(), Words: r.Words} },
		func(docs iter.Seq2[[]corpus.Tagged, error]) iter.Seq2[[]learner.Tagging, error] {
			return t.TagChunks(ctx, docs, progress)
		},
		func(tagging learner.Tagging) ([]byte, error) {
			if tagging.Cut > 0 {
				t.cuts.Documents, t.cuts.Words = t.cuts.Documents+1, t.cuts.Words+tagging.Cut
			}
			return tagsAnswer(tagging)
		})
}

func tagsAnswer(tagging learner.Tagging) ([]byte, error) {
	tags, err := json.Marshal(tagging.Tags)
	if err != nil {
		return nil, err
	}
	out := append([]byte(`"tags":`), tags...)
	out = append(out, `,"probs":[`...)
	for i, word := range tagging.Probs {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '[')
		for k, p := range word {
			if k > 0 {
				out = append(out, ',')
			}
			out = appendNumber(out, p)
		}
		out = append(out, ']')
	}
	return append(out, ']'), nil
}

func appendNumber(out []byte, p float32) []byte {
	return strconv.AppendFloat(out, float64(p), 'g', -1, 32)
}

func quoted(names []string) ([][]byte, error) {
	out := make([][]byte, len(names))
	for i, name := range names {
		var err error
		if out[i], err = json.Marshal(name); err != nil {
			return nil, err
		}
	}
	return out, nil
}
