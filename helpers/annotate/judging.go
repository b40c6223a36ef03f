package annotate

import (
	"fmt"
	"net/http"

	"github.com/alnb/alnb/alnb/corpus"
)

// What a judgment may hold, in bytes.
const (
	maxRequest = 100
	maxName    = 500
	maxNote    = 20_000
)

// judgingJSON is a judgment as the page sends it.
type judgingJSON struct {
	Request   string         `json:"request"`
	Document  string         `json:"document"`
	Verdict   corpus.Verdict `json:"verdict"`
	Class     string         `json:"class"`
	Spans     []corpus.Span  `json:"spans"`
	Flagged   bool           `json:"flagged"`
	Note      string         `json:"note"`
	Annotator string         `json:"annotator"`
	Withdraw  bool           `json:"withdraw"`
	Seconds   float64        `json:"seconds"`
}

// judging checks what can be told without the desk.
func (j judgingJSON) judging() (Judging, error) {
	problem := ""
	switch {
	case j.Request == "" || len(j.Request) > maxRequest:
		problem = fmt.Sprintf("its request must be named, in at most %d bytes", maxRequest)
	case j.Document == "":
		problem = "it names no document"
	case len(j.Annotator) > maxName:
		problem = fmt.Sprintf("the annotator's name is longer than %d bytes", maxName)
	case len(j.Note) > maxNote:
		problem = fmt.Sprintf("the note is longer than %d bytes", maxNote)
	case j.Seconds < 0:
		problem = "the time it took is negative"
	case j.Withdraw && (j.Verdict != "" || j.Class != "" || len(j.Spans) > 0 || j.Flagged || j.Note != ""):
		problem = "it takes a judgment back and gives one"
	case j.Withdraw:
	case j.Verdict != corpus.Labeled && j.Verdict != corpus.Skipped && j.Verdict != corpus.Unsure:
		problem = fmt.Sprintf("its verdict is %.20q; it must be %q, %q or %q",
			j.Verdict, corpus.Labeled, corpus.Skipped, corpus.Unsure)
	case j.Verdict != corpus.Labeled && (j.Class != "" || len(j.Spans) > 0):
		problem = fmt.Sprintf("its verdict is %q, so that it can't have a class or spans", j.Verdict)
	case j.Class != "" && len(j.Spans) > 0:
		problem = "it has a class and spans; it can't have both"
	}
	if problem != "" {
		return Judging{}, &httpError{http.StatusBadRequest,
			fmt.Sprintf("the judgment of document %.40q was refused: %s", j.Document, problem)}
	}
	return Judging{
		Request: j.Request, Document: j.Document, Withdraw: j.Withdraw, Seconds: j.Seconds,
		Judgment: corpus.Judgment{
			Verdict: j.Verdict, Class: j.Class, Spans: j.Spans, Flagged: j.Flagged, Note: j.Note, Annotator: j.Annotator,
		},
	}, nil
}
