package datasets

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
)

// Labels says what documents are labeled with.
type Labels struct {
	Spans   bool     // words are marked with spans; else texts are given a class
	Classes []string // in the order of probabilities; where it is empty, probabilities are read in the file's order
}

// The forms that judged documents are written in.
const (
	JSONLForm       = "jsonl"
	CSVForm         = "csv"
	CoNLLForm       = "conll"
	ParquetForm     = "parquet"
	LabelStudioForm = "label-studio"
)

// Forms returns all of them.
func Forms() []string { return []string{JSONLForm, CSVForm, CoNLLForm, ParquetForm, LabelStudioForm} }

// Write writes documents in a form, as [WriteJSONL], [WriteCSV], [WriteCoNLL], [WriteParquet] or [WriteLabelStudio] do. It
// ends at the first document that can't be had or can't be written; what was written before it is no whole file.
func Write(w io.Writer, form string, labels Labels, docs iter.Seq2[corpus.Judged, error]) error {
	write, ok := map[string]func(io.Writer, Labels, iter.Seq2[corpus.Judged, error]) error{
		JSONLForm: WriteJSONL, CSVForm: WriteCSV, CoNLLForm: WriteCoNLL, ParquetForm: WriteParquet,
		LabelStudioForm: WriteLabelStudio,
	}[form]
	if !ok {
		return fmt.Errorf("datasets: documents can't be written as %q; they can as %s", form, strings.Join(Forms(), ", "))
	}
	return write(w, labels, docs)
}

// ReadJudged reads documents with judgments from a file: JSON lines (.jsonl, .ndjson), Label Studio's JSON (.json) or,
// where spans are marked, CoNLL (any other ending). Errors name the file and the place in it.
func ReadJudged(path string, labels Labels) iter.Seq2[corpus.Judged, error] {
	return unplaced(ReadPlaced(path, labels))
}

// ReadPlaced is ReadJudged for who wants to say where each document stands.
func ReadPlaced(path string, labels Labels) iter.Seq2[Placed, error] {
	return func(yield func(Placed, error) bool) {
		read := placedCoNLL
		switch ending := strings.ToLower(filepath.Ext(path)); {
		case ending == ".jsonl", ending == ".ndjson":
			read = placedJSONL
		case ending == ".json":
			read = placedLabelStudio
		case !labels.Spans:
			yield(Placed{}, fmt.Errorf("datasets: %s: the name ends in %q; classes are read from .jsonl and .ndjson, and "+
				"from .json as Label Studio writes it", path, ending))
			return
		}
		for doc, err := range inFile(path, func(f *os.File) iter.Seq2[Placed, error] { return read(f, labels) }) {
			if err != nil {
				err = fmt.Errorf("datasets: %w", err)
			}
			if !yield(doc, err) || err != nil {
				return
			}
		}
	}
}

// eachJudged calls write for the documents, whose errors it completes, and flushes what w buffers.
func eachJudged(
	w io.Writer, labels Labels, docs iter.Seq2[corpus.Judged, error], write func(*bufio.Writer, corpus.Judged) error,
) error {
	buffered := bufio.NewWriterSize(w, 1<<16)
	for doc, err := range docs {
		if err != nil {
			return fmt.Errorf("datasets: %w", err)
		}
		if err = writable(doc, labels); err == nil {
			err = write(buffered, doc)
		}
		if err != nil {
			return fmt.Errorf("datasets: document %q: %w", doc.ID, err)
		}
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("datasets: %w", err)
	}
	return nil
}

// writable refuses what couldn't be read again as it is.
func writable(doc corpus.Judged, labels Labels) error {
	var spans []corpus.Span
	said := []string{doc.ID, doc.Text}
	if j := doc.Judgment; j != nil {
		switch j.Verdict {
		case corpus.Labeled, corpus.Skipped, corpus.Unsure:
		default:
			return fmt.Errorf("its verdict is %q", j.Verdict)
		}
		if !labels.Spans && j.Verdict == corpus.Labeled && j.Class == "" {
			return errors.New("it is labeled, and has no class")
		}
		if year := j.At.UTC().Year(); year < 1 || year > 9999 {
			return fmt.Errorf("it was judged in the year %d", year)
		}
		said = append(said, j.Class, j.Note, j.Annotator)
		spans = append(spans, j.Spans...)
	}
	if p := doc.Prediction; p != nil {
		if p.Probabilities != nil && len(p.Probabilities) != len(labels.Classes) {
			return fmt.Errorf("it has %d probabilities, and there are %d classes", len(p.Probabilities), len(labels.Classes))
		}
		said = append(said, p.Class)
		spans = append(spans, p.Spans...)
	}
	for _, s := range spans {
		said = append(said, s.Type)
	}
	return checkUTF8(append(said, doc.Words...)...)
}

// said is what was said about a document beside its label, as JSON has it.
type said struct {
	Verdict   corpus.Verdict `json:"verdict,omitempty"`
	Flagged   bool           `json:"flagged,omitempty"`
	Note      string         `json:"note,omitempty"`
	Annotator string         `json:"annotator,omitempty"`
	At        time.Time      `json:"at,omitzero"`
	Test      bool           `json:"test,omitempty"`
}

func saidOf(doc corpus.Judged) said {
	s := said{Test: doc.Test}
	if j := doc.Judgment; j != nil {
		s.Verdict, s.Flagged, s.Note, s.Annotator, s.At = j.Verdict, j.Flagged, j.Note, j.Annotator, j.At.UTC()
	}
	return s
}

// said takes what was said about a document out of an object.
func (o object) said() (s said, err error) {
	verdict, err := o.optional("verdict")
	if err == nil {
		s.Flagged, err = o.flag("flagged")
	}
	if err == nil {
		s.Test, err = o.flag("test")
	}
	if err == nil {
		s.Note, err = o.optional("note")
	}
	if err == nil {
		s.Annotator, err = o.optional("annotator")
	}
	if err != nil {
		return s, err
	}
	s.Note, s.Annotator = corpus.Clean(s.Note), corpus.Clean(s.Annotator)
	switch s.Verdict = corpus.Verdict(verdict); s.Verdict {
	case "", corpus.Labeled, corpus.Skipped, corpus.Unsure:
	default:
		return s, fmt.Errorf(`"verdict" is %.60q; it can be %q, %q or %q`, verdict, corpus.Labeled, corpus.Skipped, corpus.Unsure)
	}
	s.At, err = o.time("at")
	return s, err
}

func (o object) time(key string) (time.Time, error) {
	at, err := o.optional(key)
	if err != nil || at == "" {
		return time.Time{}, err
	}
	parsed, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return parsed, fmt.Errorf("%q is %.60q, not a time such as 2006-01-02T15:04:05Z", key, at)
	}
	return parsed.UTC(), nil
}

// judgment returns a judgment of the verdict, without a label.
func (s said) judgment() *corpus.Judgment {
	return &corpus.Judgment{Verdict: s.Verdict, Flagged: s.Flagged, Note: s.Note, Annotator: s.Annotator, At: s.At}
}

// labelSet collects the classes, or types of spans, that come up, or holds those that are declared.
type labelSet struct {
	declared []string
	found    map[string]bool
}

func newLabelSet(declared []string) (*labelSet, error) {
	s := &labelSet{declared: declared, found: make(map[string]bool)}
	for _, name := range declared {
		if strings.TrimSpace(name) == "" || s.found[name] {
			return nil, fmt.Errorf("the classes are %.200q; one is empty, or comes up twice", declared)
		}
		s.found[name] = true
	}
	return s, nil
}

// add refuses what isn't declared, where classes are.
func (s *labelSet) add(name string) error {
	if len(s.declared) > 0 && !s.found[name] {
		return fmt.Errorf("the label %.60q is none of the classes %.200q", name, s.declared)
	}
	s.found[name] = true
	return nil
}

func (s *labelSet) names() []string {
	if len(s.declared) > 0 {
		return s.declared
	}
	return slices.Sorted(maps.Keys(s.found))
}
