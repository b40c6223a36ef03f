package datasets

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
)

// judgedLine is a line of JSON: docs/schemas/judged.json.
type judgedLine struct {
	ID    string   `json:"id"`
	Text  *string  `json:"text,omitempty"`
	Words []string `json:"words,omitempty"`
	Label string   `json:"label,omitempty"`
	Spans []mark   `json:"spans,omitzero"`
	Tags  []string `json:"tags,omitzero"`
	said
	Predicted *predicted `json:"predicted,omitempty"`
}

type predicted struct {
	Label string      `json:"label,omitempty"`
	Probs *classProbs `json:"probs,omitempty"`
	Spans []mark      `json:"spans,omitzero"`
	Tags  []string    `json:"tags,omitzero"`
}

// WriteJSONL writes documents as JSON lines, as docs/schemas/judged.json says. A text has "text", and its "spans" count in
// code points; words that weren't found in a text by [corpus.Segments] have "words" with "tags" in IOB2.
func WriteJSONL(w io.Writer, labels Labels, docs iter.Seq2[corpus.Judged, error]) error {
	return eachJudged(w, labels, docs, func(w *bufio.Writer, doc corpus.Judged) error {
		line, err := lineOf(doc, labels)
		if err != nil {
			return err
		}
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(line)
	})
}

func lineOf(doc corpus.Judged, labels Labels) (line judgedLine, err error) {
	line = judgedLine{ID: doc.ID, said: saidOf(doc)}
	asTags := labels.Spans && len(doc.Words) > 0 && (doc.Text == "" || !slices.Equal(doc.Words, corpus.Segments(doc.Text)))
	if asTags {
		line.Words = doc.Words
	}
	if !asTags || doc.Text != "" {
		text := shown(doc.Document)
		line.Text = &text
	}
	write := func(spans []corpus.Span) (marks []mark, tags []string, err error) {
		if !asTags {
			marks, err = marksOf(doc.Document, spans)
			return marks, nil, err
		}
		if err := corpus.CheckSpans(len(doc.Words), spans); err != nil {
			return nil, nil, err
		}
		return nil, corpus.Tags(len(doc.Words), spans), nil
	}
	if j := doc.Judgment; j != nil && j.Verdict == corpus.Labeled {
		if !labels.Spans {
			line.Label = j.Class
		} else if line.Spans, line.Tags, err = write(j.Spans); err != nil {
			return line, err
		}
	}
	if p := doc.Prediction; p != nil {
		line.Predicted = &predicted{Label: p.Class}
		if p.Probabilities != nil {
			line.Predicted.Probs = &classProbs{labels.Classes, p.Probabilities}
		}
		if labels.Spans {
			line.Predicted.Spans, line.Predicted.Tags, err = write(p.Spans)
		}
	}
	return line, err
}

// ReadJSONL reads JSON lines as [WriteJSONL] writes them. A document needs an "id", a "text" or "words"; without an "id"
// its ID is empty, and it is to be found by the rest (see [Index]). A "label", "spans" or "tags" alone are a judgment.
// Errors name the line.
func ReadJSONL(r io.Reader, labels Labels) iter.Seq2[corpus.Judged, error] {
	return unplaced(placedJSONL(r, labels))
}

func placedJSONL(r io.Reader, labels Labels) iter.Seq2[Placed, error] {
	return func(yield func(Placed, error) bool) {
		for o, err := range objects(r, UTF8) {
			doc := Placed{Place: fmt.Sprintf("line %d", o.line)}
			if err == nil {
				if doc.Judged, err = o.object.judged(labels); err != nil {
					err = fmt.Errorf("line %d%s: %w", o.line, called(doc.ID), err)
				}
			}
			if !yield(doc, err) || err != nil {
				return
			}
		}
	}
}

// called names a document in an error, where it has an ID.
func called(id string) string {
	if id == "" {
		return ""
	}
	return fmt.Sprintf(" (document %.60q)", id)
}

func (o object) judged(labels Labels) (doc corpus.Judged, err error) {
	id, err := o.optional("id")
	if err != nil {
		return doc, err
	}
	doc.ID = id
	document, given, err := o.document("text", labels.Spans)
	if err != nil {
		return doc, err
	}
	doc.Document = corpus.Document{ID: id, Text: document.Text, Words: document.Words}
	if id == "" && !o.has("text") && doc.Words == nil {
		return doc, errors.New(`it has no "id", no "text" and no "words": which document is it about?`)
	}
	said, err := o.said()
	if err != nil {
		return doc, err
	}
	doc.Test = said.Test
	class, spans, ok, err := o.label(doc.Document, given, labels)
	switch {
	case err != nil:
		return doc, err
	case ok && said.Verdict == "":
		said.Verdict = corpus.Labeled
	case ok && said.Verdict != corpus.Labeled:
		return doc, fmt.Errorf(`the "verdict" is %q, and yet there is a label`, said.Verdict)
	case !ok && said.Verdict == corpus.Labeled:
		return doc, fmt.Errorf(`the "verdict" is %q, and there is no label`, said.Verdict)
	}
	if said.Verdict != "" {
		doc.Judgment = said.judgment()
		doc.Judgment.Class, doc.Judgment.Spans = class, spans
	}
	if !o.has("predicted") {
		return doc, nil
	}
	if doc.Prediction, err = o.predicted(doc.Document, given, labels); err != nil {
		return doc, fmt.Errorf(`in "predicted": %w`, err)
	}
	return doc, nil
}

// label takes the class, or the spans; ok tells whether there is one, or are any.
func (o object) label(
	doc corpus.Document, given string, labels Labels,
) (class string, spans []corpus.Span, ok bool, err error) {
	if labels.Spans {
		spans, ok, err = o.marked(doc, given)
		return "", spans, ok, err
	}
	class, err = o.optional("label")
	class = corpus.Clean(class)
	return class, nil, class != "", err
}

func (o object) predicted(doc corpus.Document, given string, labels Labels) (*corpus.Prediction, error) {
	var inner object
	if err := json.Unmarshal(o["predicted"], &inner); err != nil {
		return nil, errors.New("it is not an object")
	}
	inner["words"] = o["words"] // beside which tags stand
	class, spans, _, err := inner.label(doc, given, labels)
	if err != nil {
		return nil, err
	}
	p := &corpus.Prediction{Class: class, Spans: spans}
	p.Probabilities, err = inner.probs(labels)
	return p, err
}

// probs takes the probabilities of classes; nil where there are none.
func (o object) probs(labels Labels) ([]float64, error) {
	if !o.has("probs") {
		return nil, nil
	}
	var probs classProbs
	if err := json.Unmarshal(o["probs"], &probs); err != nil {
		return nil, fmt.Errorf(`"probs": %w`, err)
	}
	return probs.of(labels.Classes)
}
