package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/model"
)

// classifier is what textClassifier needs of a model.
type classifier interface {
	Classes() []string
	Probabilities(ctx context.Context, docs []corpus.Document, progress func(done int)) ([][]float32, error)
	Origin() string
	Close() error
}

// textClassifier answers rows with "text" by "label" and "probs", in the order of the classes.
type textClassifier struct{ classifier }

func (c textClassifier) remark() string { return "" }

func (c textClassifier) answer(ctx context.Context, rows []row, progress func(done int)) ([][]byte, error) {
	docs := make([]corpus.Document, len(rows))
	for i, r := range rows {
		docs[i] = corpus.Document{ID: fmt.Sprintf("in line %d", r.line), Text: r.text}
	}
	probabilities, err := c.Probabilities(ctx, docs, progress)
	if err != nil {
		return nil, err
	}
	classes, err := quoted(c.Classes())
	if err != nil {
		return nil, err
	}
	answers := make([][]byte, len(rows))
	for i, p := range probabilities {
		out := append([]byte(`"label":`), classes[eval.Best(p)]...)
		out = append(out, `,"probs":{`...)
		for k := range p {
			if k > 0 {
				out = append(out, ',')
			}
			out = append(append(out, classes[k]...), ':')
			out = appendNumber(out, p[k])
		}
		answers[i] = append(out, '}')
	}
	return answers, nil
}

// wordTagger answers rows with "words" by "tags" and "probs", a list a word in the order of the classes.
type wordTagger struct {
	*model.Tagger
	documents, words int // documents that were cut, and the words cut off
}

func (t *wordTagger) remark() string {
	if t.documents == 0 {
		return ""
	}
	return fmt.Sprintf("cut: documents: %d, words: %d; these words, past the model's limit, are tagged O", t.documents, t.words)
}

func (t *wordTagger) answer(ctx context.Context, rows []row, progress func(done int)) ([][]byte, error) {
	docs := make([]corpus.Tagged, len(rows))
	for i, r := range rows {
		docs[i] = corpus.Tagged{ID: fmt.Sprintf("in line %d", r.line), Words: r.words}
	}
	taggings, err := t.Tag(ctx, docs, progress)
	if err != nil {
		return nil, err
	}
	answers := make([][]byte, len(rows))
	for i, tagging := range taggings {
		if tagging.Cut > 0 {
			t.documents, t.words = t.documents+1, t.words+tagging.Cut
		}
		if answers[i], err = tagsAnswer(tagging); err != nil {
			return nil, err
		}
	}
	return answers, nil
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
