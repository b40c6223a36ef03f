package datasets

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
)

// An object is a JSON object that is yet to be understood.
type object map[string]json.RawMessage

// has tells whether there is a value that isn't null.
func (o object) has(key string) bool { return o[key] != nil && string(o[key]) != "null" }

// text returns a value as text; see [scalar].
func (o object) text(key string) (string, error) {
	value, err := scalar(o[key])
	if err != nil {
		return "", fmt.Errorf("%q %w", key, err)
	}
	return value, nil
}

// optional is text where the value may be missing, or null.
func (o object) optional(key string) (string, error) {
	if !o.has(key) {
		return "", nil
	}
	return o.text(key)
}

// flag returns true or false; what is missing is false.
func (o object) flag(key string) (value bool, err error) {
	if o.has(key) && json.Unmarshal(o[key], &value) != nil {
		return false, fmt.Errorf("%q is neither true nor false", key)
	}
	return value, nil
}

// texts returns a list.
func (o object) texts(key string) ([]string, error) {
	var list []*string
	if err := json.Unmarshal(o[key], &list); err != nil || slices.Contains(list, nil) {
		return nil, fmt.Errorf("%q is not a list of texts", key)
	}
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = corpus.Clean(*s)
	}
	return out, nil
}

// words returns a document's words; nil where there are none of that name.
func (o object) words() ([]string, error) {
	if !o.has("words") {
		return nil, nil
	}
	words, err := o.texts("words")
	switch {
	case err != nil:
		return nil, err
	case len(words) == 0:
		return nil, errors.New(`there are no "words"`)
	}
	if i := slices.Index(words, ""); i >= 0 {
		return nil, fmt.Errorf("word %d is empty, or only U+0000", i+1)
	}
	return words, nil
}

// marks returns a list of spans as they stand in the file.
func (o object) marks(key string) ([]mark, error) {
	var list []*struct {
		Start, End *int
		Type       string
	}
	if err := json.Unmarshal(o[key], &list); err != nil {
		return nil, fmt.Errorf(`%q is not a list of {"start": number, "end": number, "type": text}`, key)
	}
	marks := make([]mark, len(list))
	for i, s := range list {
		if s == nil || s.Start == nil || s.End == nil {
			return nil, fmt.Errorf(`%q: span %d has no "start" or no "end"`, key, i+1)
		}
		marks[i] = mark{*s.Start, *s.End, corpus.Clean(s.Type)}
	}
	return marks, nil
}

// document takes an object's document: its text and, where they are to be marked, its words. given is the text with
// U+0000, in which spans count. Either, or both, may be missing.
func (o object) document(textKey string, spans bool) (doc corpus.Document, given string, err error) {
	if o.has(textKey) {
		if given, err = o.text(textKey); err != nil {
			return doc, "", err
		}
		doc.Text = corpus.Clean(given)
	}
	if !spans {
		return doc, given, nil
	}
	if doc.Words, err = o.words(); err != nil {
		return doc, "", err
	}
	switch {
	case !o.has(textKey):
	case doc.Words == nil:
		doc.Words = corpus.Segments(doc.Text)
	default:
		_, err = corpus.Offsets(doc.Text, doc.Words)
	}
	return doc, given, err
}

// marked takes the spans of a document, from tags that stand beside its words, or else from spans; ok tells whether
// there are any. Spans count the code points of the text or, where there is none, the words.
func (o object) marked(doc corpus.Document, given string) (spans []corpus.Span, ok bool, err error) {
	beside := o.has("words") || doc.Text == "" // else tags may be anything
	switch {
	case o.has("tags") && beside && o.has("spans"):
		return nil, false, errors.New(`there are both "tags" and "spans"; one of them says what there is to say`)
	case o.has("tags") && beside:
		tags, err := o.texts("tags")
		if err != nil {
			return nil, false, err
		}
		if doc.Words != nil && len(tags) != len(doc.Words) {
			return nil, false, fmt.Errorf(`there are %d "words" and %d "tags"`, len(doc.Words), len(tags))
		}
		spans, err = corpus.Spans(tags)
		return spans, err == nil, err
	case !o.has("spans"):
		return nil, false, nil
	}
	marks, err := o.marks("spans")
	switch {
	case err != nil:
		return nil, false, err
	case doc.Text != "":
		spans, err = spansOf(given, doc.Words, marks)
	case doc.Words != nil:
		for _, m := range marks {
			spans = append(spans, corpus.Span(m))
		}
		err = corpus.CheckSpans(len(doc.Words), spans)
	case len(marks) > 0:
		err = errors.New(`"spans" count in a text, or in words, and neither is there`)
	}
	return spans, err == nil, err
}

// classProbs are probabilities with the names of their classes, in order.
type classProbs struct {
	classes []string
	values  []float64
}

// MarshalJSON writes an object, in order.
func (p classProbs) MarshalJSON() ([]byte, error) {
	var out strings.Builder
	for i, value := range p.values {
		name, err := json.Marshal(p.classes[i])
		if err != nil {
			return nil, err
		}
		number, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("the probability of %q is %g", p.classes[i], value)
		}
		fmt.Fprintf(&out, ",%s:%s", name, number)
	}
	return []byte("{" + strings.TrimPrefix(out.String(), ",") + "}"), nil
}

// UnmarshalJSON reads an object, in order.
func (p *classProbs) UnmarshalJSON(raw []byte) error {
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	wrong := errors.New("it is not an object with a number for each class")
	if begin, err := decoder.Token(); err != nil || begin != json.Delim('{') {
		return wrong
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return wrong
		}
		value, err := decoder.Token()
		number, ok := value.(float64)
		if err != nil || !ok {
			return wrong
		}
		p.classes, p.values = append(p.classes, name.(string)), append(p.values, number)
	}
	return nil
}

// of returns the probabilities in the order of the classes, or in their own where there are none.
func (p classProbs) of(classes []string) ([]float64, error) {
	if len(classes) == 0 {
		return p.values, nil
	}
	out := make([]float64, len(classes))
	seen := make(map[string]bool, len(classes))
	for i, name := range p.classes {
		at := slices.Index(classes, name)
		if at < 0 || seen[name] {
			return nil, fmt.Errorf("there is a probability of %.60q, which is none of the classes %.200q, or comes up twice",
				name, classes)
		}
		seen[name], out[at] = true, p.values[i]
	}
	return out, nil
}
