package datasets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
)

// ReadLabelStudio reads the tasks that Label Studio exports as JSON, or that [WriteLabelStudio] wrote. The text is the
// value under "text", or another usual name, in a task's "data"; the ID is that under "id", and is empty where there is
// none: then the document is found by its text (see [Index]). Of several annotations the last counts, or the last that is
// called ground truth; one that was cancelled is a skipped document, one without a choice none. Of several predictions the
// last counts. Annotations have one choice, or labels that begin and end where words do, without overlaps.
// Errors name the task, counted from 1.
func ReadLabelStudio(r io.Reader, labels Labels) iter.Seq2[corpus.Judged, error] {
	return unplaced(placedLabelStudio(r, labels))
}

func placedLabelStudio(r io.Reader, labels Labels) iter.Seq2[Placed, error] {
	return func(yield func(Placed, error) bool) {
		text, err := decoded(r, UTF8)
		if err != nil {
			yield(Placed{}, err)
			return
		}
		decoder := json.NewDecoder(text)
		if begin, err := decoder.Token(); err != nil || begin != json.Delim('[') {
			yield(Placed{}, errors.New("it is not a list of tasks, as Label Studio exports as JSON"))
			return
		}
		number := 0
		for decoder.More() {
			number++
			var raw json.RawMessage
			doc := Placed{Place: fmt.Sprintf("task %d", number)}
			err := decoder.Decode(&raw)
			if err == nil {
				doc.Judged, err = taskFrom(raw, labels)
			}
			if err != nil {
				err = fmt.Errorf("task %d%s: %w", number, called(doc.ID), err)
			}
			if !yield(doc, err) || err != nil {
				return
			}
		}
		if _, err := decoder.Token(); err != nil {
			yield(Placed{}, fmt.Errorf("after task %d: the list of tasks doesn't end: %w", number, err))
		}
	}
}

func taskFrom(raw json.RawMessage, labels Labels) (doc corpus.Judged, err error) {
	if err := checkUTF8(string(raw)); err != nil {
		return doc, err
	}
	var task, data object
	if err := json.Unmarshal(raw, &task); err != nil || task == nil {
		return doc, errors.New("it is not a JSON object")
	}
	if err := json.Unmarshal(task["data"], &data); err != nil || data == nil {
		return doc, errors.New(`it has no "data", as tasks of Label Studio's JSON have (those of its JSON-MIN don't)`)
	}
	if doc.ID, err = data.optional("id"); err != nil {
		return doc, err
	}
	given, err := studioDocument(data, &doc.Document, labels)
	if err != nil {
		return doc, err
	}
	said, probs, joined, err := ours(task, labels)
	if err != nil {
		return doc, fmt.Errorf(`in "meta": %w`, err)
	}
	if joined && strings.Join(doc.Words, " ") == doc.Text {
		doc.Text = ""
	}
	doc.Test = said.Test
	if doc.Judgment, err = annotated(task, doc.Document, given, said, labels); err != nil {
		return doc, fmt.Errorf(`in "annotations": %w`, err)
	}
	if doc.Prediction, err = foretold(task, doc.Document, given, labels); err != nil {
		return doc, fmt.Errorf(`in "predictions": %w`, err)
	}
	if doc.Prediction != nil {
		doc.Prediction.Probabilities = probs
	}
	return doc, nil
}

// studioDocument takes the text, and the words where they are to be marked. given is the text as offsets count in it.
func studioDocument(data object, doc *corpus.Document, labels Labels) (given string, err error) {
	at := slices.IndexFunc(textColumns, data.has)
	if at < 0 {
		return "", fmt.Errorf(`there is no text in its "data", under %s`, strings.Join(textColumns, ", "))
	}
	if given, err = data.text(textColumns[at]); err != nil {
		return "", err
	}
	doc.Text = corpus.Clean(given)
	if !labels.Spans {
		return given, nil
	}
	if doc.Words, err = data.words(); err != nil {
		return "", err
	}
	if doc.Words == nil {
		doc.Words = corpus.Segments(doc.Text)
	} else {
		_, err = corpus.Offsets(doc.Text, doc.Words)
	}
	return given, err
}

// ours takes what WriteLabelStudio put under "meta".
func ours(task object, labels Labels) (s said, probs []float64, joined bool, err error) {
	var meta, inner object
	if json.Unmarshal(task["meta"], &meta) != nil || json.Unmarshal(meta["alnb"], &inner) != nil {
		return s, nil, false, nil
	}
	if s, err = inner.said(); err == nil {
		joined, err = inner.flag("joined")
	}
	if err == nil {
		probs, err = inner.probs(labels)
	}
	return s, probs, joined, err
}

// annotated returns the judgment that counts; nil where there is none.
func annotated(task object, doc corpus.Document, given string, said said, labels Labels) (*corpus.Judgment, error) {
	var list []object
	if task.has("annotations") && json.Unmarshal(task["annotations"], &list) != nil {
		return nil, errors.New("they are not a list of objects")
	}
	var chosen object
	truth := false
	for _, annotation := range list {
		ground, err := annotation.flag("ground_truth")
		if err != nil {
			return nil, err
		}
		if ground || !truth {
			chosen, truth = annotation, ground
		}
	}
	if chosen == nil {
		if said.Verdict != corpus.Unsure && said.Verdict != corpus.Skipped {
			return nil, nil
		}
		return said.judgment(), nil
	}
	cancelled, err := chosen.flag("was_cancelled")
	if err != nil {
		return nil, err
	}
	j := said.judgment()
	j.Verdict = corpus.Skipped
	if !cancelled {
		var ok bool
		if j.Class, j.Spans, ok, err = results(chosen, doc, given, labels); err != nil || !ok {
			return nil, err
		}
		j.Verdict = corpus.Labeled
	}
	if by := completedBy(chosen); by != "" {
		j.Annotator = by
	}
	for _, key := range []string{"created_at", "updated_at"} {
		if at, err := chosen.time(key); err == nil && !at.IsZero() { // old versions wrote them in another way
			j.At = at
		}
	}
	return j, nil
}

// completedBy names who made an annotation: by their e-mail address, or by the number of their account.
func completedBy(annotation object) string {
	var account object
	if json.Unmarshal(annotation["completed_by"], &account) != nil {
		by, _ := annotation.optional("completed_by")
		return corpus.Clean(by)
	}
	for _, key := range []string{"email", "id"} {
		if by, err := account.optional(key); err == nil && by != "" {
			return corpus.Clean(by)
		}
	}
	return ""
}

// foretold returns the prediction that counts; nil where there is none.
func foretold(task object, doc corpus.Document, given string, labels Labels) (*corpus.Prediction, error) {
	var list []json.RawMessage
	if task.has("predictions") && json.Unmarshal(task["predictions"], &list) != nil {
		return nil, errors.New("they are not a list")
	}
	var last object
	if len(list) == 0 || json.Unmarshal(list[len(list)-1], &last) != nil || last == nil { // some exports have only numbers there
		return nil, nil
	}
	class, spans, ok, err := results(last, doc, given, labels)
	if err != nil || !ok {
		return nil, err
	}
	return &corpus.Prediction{Class: class, Spans: spans}, nil
}

// results takes the class, or the spans, of an annotation or a prediction. ok is false where no class was chosen.
func results(
	of object, doc corpus.Document, given string, labels Labels,
) (class string, spans []corpus.Span, ok bool, err error) {
	var list []struct {
		Type  string `json:"type"`
		Value object `json:"value"`
	}
	if of.has("result") && json.Unmarshal(of["result"], &list) != nil {
		return "", nil, false, errors.New(`"result" is not a list of objects with "type" and "value"`)
	}
	var marks []mark
	var points []rune
	for i, result := range list {
		switch {
		case labels.Spans && result.Type == studioLabels:
			if points == nil {
				points = []rune(given)
			}
			m, err := markFrom(result.Value, points)
			if err != nil {
				return "", nil, false, fmt.Errorf("result %d: %w", i+1, err)
			}
			marks = append(marks, m)
		case !labels.Spans && result.Type == studioChoices:
			choices, err := result.Value.texts("choices")
			if err == nil && (len(choices) != 1 || class != "") {
				err = errors.New("one choice is expected (documents with several labels are not supported)")
			}
			if err != nil {
				return "", nil, false, fmt.Errorf("result %d: %w", i+1, err)
			}
			class = choices[0]
		case labels.Spans && strings.HasSuffix(result.Type, studioLabels):
			return "", nil, false, fmt.Errorf("result %d is of the type %.60q; spans are read from %q, those of a Text",
				i+1, result.Type, studioLabels)
		}
	}
	if !labels.Spans {
		return class, nil, class != "", nil
	}
	spans, err = spansOf(given, doc.Words, marks)
	return "", spans, err == nil, err
}

// markFrom takes a span, which must hold the text that it says it holds, but for white space.
func markFrom(value object, points []rune) (m mark, err error) {
	names, err := value.texts(studioLabels)
	if err != nil {
		return m, err
	}
	if len(names) != 1 {
		return m, fmt.Errorf("it has %d labels, one is expected", len(names))
	}
	m.Type = names[0]
	if json.Unmarshal(value["start"], &m.Start) != nil || json.Unmarshal(value["end"], &m.End) != nil {
		return m, errors.New(`"start" and "end" are not two whole numbers, as those of a Text are`)
	}
	text, err := value.optional("text")
	if err != nil || text == "" || m.Start < 0 || m.End < m.Start || m.End > len(points) {
		return m, err // what is wrong is found later
	}
	if held := string(points[m.Start:m.End]); squeezed(held) != squeezed(text) {
		return m, fmt.Errorf("it says that it is %.60q, and from %d to %d stands %.60q; do they count code points?",
			text, m.Start, m.End, held)
	}
	return m, nil
}

// squeezed leaves out white space, which Label Studio changes.
func squeezed(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(corpus.Clean(text), `\n`, " ")), "")
}
