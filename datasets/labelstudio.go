package datasets

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
)

// studioTask is a document as Label Studio imports and exports it.
type studioTask struct {
	Data        studioData         `json:"data"`
	Meta        studioMeta         `json:"meta"`
	Annotations []studioAnnotation `json:"annotations,omitempty"`
	Predictions []studioAnnotation `json:"predictions,omitempty"`
}

type studioData struct {
	ID    string   `json:"id"`
	Text  string   `json:"text"`
	Words []string `json:"words,omitempty"` // where they aren't corpus.Segments of the text
}

// studioMeta holds what Label Studio has no place for. It keeps it as it is.
type studioMeta struct {
	Ours struct {
		said
		Probs  *classProbs `json:"probs,omitempty"`
		Joined bool        `json:"joined,omitempty"` // the text is only the words with spaces between
	} `json:"alnb"`
}

type studioAnnotation struct {
	ModelVersion string         `json:"model_version,omitempty"`
	Score        *float64       `json:"score,omitempty"`
	WasCancelled bool           `json:"was_cancelled,omitempty"`
	Result       []studioResult `json:"result"`
}

type studioResult struct {
	ID       string      `json:"id"`
	FromName string      `json:"from_name"`
	ToName   string      `json:"to_name"`
	Type     string      `json:"type"`
	Value    studioValue `json:"value"`
}

type studioValue struct {
	Choices []string `json:"choices,omitempty"`
	Start   *int     `json:"start,omitempty"`
	End     *int     `json:"end,omitempty"`
	Text    string   `json:"text,omitempty"`
	Labels  []string `json:"labels,omitempty"`
}

// The types of results that are read and written.
const (
	studioChoices = "choices"
	studioLabels  = "labels"
)

// WriteLabelStudio writes documents as tasks for Label Studio, a JSON list: a label as an annotation, a skipped document as
// one that was cancelled, a prediction as a prediction. Its project needs the interface that [LabelStudioInterface] returns.
// Spans count in code points, as Label Studio has done since 2022. What it has no place for is under "meta".
func WriteLabelStudio(w io.Writer, labels Labels, docs iter.Seq2[corpus.Judged, error]) error {
	begun := false
	err := eachJudged(w, labels, docs, func(w *bufio.Writer, doc corpus.Judged) error {
		task, err := taskOf(doc, labels)
		if err != nil {
			return err
		}
		raw, err := compact(task)
		if err != nil {
			return err
		}
		separator := ",\n"
		if !begun {
			begun, separator = true, "[\n"
		}
		w.WriteString(separator)
		_, err = w.WriteString(raw)
		return err
	})
	if err != nil {
		return err
	}
	end := "\n]\n"
	if !begun {
		end = "[]\n"
	}
	if _, err := io.WriteString(w, end); err != nil {
		return fmt.Errorf("datasets: %w", err)
	}
	return nil
}

func taskOf(doc corpus.Judged, labels Labels) (task studioTask, err error) {
	task.Data = studioData{ID: doc.ID, Text: shown(doc.Document)}
	if labels.Spans && !slices.Equal(doc.Words, corpus.Segments(task.Data.Text)) {
		task.Data.Words = doc.Words
	}
	task.Meta.Ours.said, task.Meta.Ours.Joined = saidOf(doc), doc.Text == "" && len(doc.Words) > 0
	if j := doc.Judgment; j != nil && j.Verdict != corpus.Unsure {
		annotation := studioAnnotation{WasCancelled: j.Verdict == corpus.Skipped, Result: []studioResult{}}
		if j.Verdict == corpus.Labeled {
			if annotation.Result, err = resultsOf(doc.Document, j.Class, j.Spans, labels); err != nil {
				return task, err
			}
		}
		task.Annotations = []studioAnnotation{annotation}
	}
	if p := doc.Prediction; p != nil {
		prediction := studioAnnotation{ModelVersion: "alnb"}
		if prediction.Result, err = resultsOf(doc.Document, p.Class, p.Spans, labels); err != nil {
			return task, err
		}
		if len(p.Probabilities) > 0 {
			most := slices.Max(p.Probabilities)
			prediction.Score = &most
			task.Meta.Ours.Probs = &classProbs{labels.Classes, p.Probabilities}
		}
		task.Predictions = []studioAnnotation{prediction}
	}
	return task, nil
}

func resultsOf(doc corpus.Document, class string, spans []corpus.Span, labels Labels) ([]studioResult, error) {
	result := studioResult{ID: "1", FromName: "label", ToName: "text"}
	if !labels.Spans {
		result.Type, result.Value.Choices = studioChoices, []string{class}
		return []studioResult{result}, nil
	}
	marks, err := marksOf(doc, spans)
	if err != nil {
		return nil, err
	}
	results := make([]studioResult, len(marks))
	walk := pointer{text: shown(doc)}
	for i, m := range marks {
		from, _ := walk.to(m.Start)
		to, _ := walk.to(m.End)
		result.ID, result.Type = fmt.Sprint(i+1), studioLabels
		result.Value = studioValue{Start: &m.Start, End: &m.End, Text: walk.text[from:to], Labels: []string{m.Type}}
		results[i] = result
	}
	return results, nil
}

// LabelStudioInterface returns the labeling interface that a project of Label Studio needs for what [WriteLabelStudio]
// writes.
func LabelStudioInterface(labels Labels) string {
	outer, inner := "Choices", "Choice"
	if labels.Spans {
		outer, inner = "Labels", "Label"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "<View>\n  <%s name=\"label\" toName=\"text\">\n", outer)
	for _, class := range labels.Classes {
		fmt.Fprintf(&out, "    <%s value=\"", inner)
		xml.EscapeText(&out, []byte(class))
		out.WriteString("\"/>\n")
	}
	fmt.Fprintf(&out, "  </%s>\n  <Text name=\"text\" value=\"$text\"/>\n</View>\n", outer)
	return out.String()
}
