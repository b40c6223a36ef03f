package datasets

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
)

// Files is a classification corpus in files of one's own: CSV, TSV, JSON lines or Parquet, by the endings .csv, .tsv,
// .jsonl (or .ndjson) and .parquet, or folders with one folder of .txt files a class. Columns are declared, or found by
// their usual names.
type Files struct {
	Train string `json:"train"` // path of the training split, the pool
	Test  string `json:"test"`  // path of the test split; where it is empty, Holdout says what is taken

	// Holdout is the share of Train's documents that becomes the test split where Test is empty, in (0, 1). They are
	// drawn by their IDs: adding documents moves none from one split to the other.
	Holdout float64 `json:"holdout"`

	Text  string `json:"text"`  // column; empty finds text, sentence, content, document, body, review, message
	Label string `json:"label"` // column; empty finds label, class, category, topic, target, sentiment
	ID    string `json:"id"`    // column; empty finds id; without one, or with "-", an ID is made of the text's SHA-256

	// Classes are the class names in order. Empty takes those that the training split's documents have, sorted. A
	// document of another class is an error.
	Classes []string `json:"classes"`

	Encoding string `json:"encoding"` // of CSV, TSV, JSON lines and .txt: UTF8, the default, or Latin1
}

// NoID as Files.ID leaves a column called id alone.
const NoID = "-"

// The usual names of columns, in the order in which they are looked for.
var (
	textColumns  = []string{"text", "sentence", "content", "document", "body", "review", "message"}
	labelColumns = []string{"label", "class", "category", "topic", "target", "sentiment"}
	idColumns    = []string{"id"}
)

// Name implements corpus.Source.
func (Files) Name() string { return "files" }

// Load implements corpus.Source. Errors name the file and the line.
func (f Files) Load(ctx context.Context) (*corpus.Dataset, error) {
	data, err := f.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	return data, nil
}

func (f Files) load(ctx context.Context) (*corpus.Dataset, error) {
	switch {
	case f.Train == "":
		return nil, errors.New("Train names no file")
	case f.Test == "" && !(f.Holdout > 0 && f.Holdout < 1):
		return nil, fmt.Errorf("there is no test split: Test names no file, and Holdout is %g, not a share between 0 and 1", f.Holdout)
	case f.Test != "" && f.Holdout != 0:
		return nil, errors.New("both Test and Holdout are set; a test split is either a file or a share of the training split")
	}
	train, err := f.read(ctx, f.Train)
	if err != nil {
		return nil, err
	}
	data := &corpus.Dataset{Name: strings.TrimSuffix(filepath.Base(f.Train), filepath.Ext(f.Train)), Classes: f.Classes}
	if len(data.Classes) == 0 {
		data.Classes = train.classes()
	}
	if len(data.Classes) < 2 {
		return nil, fmt.Errorf("%s: all documents have the class %q; a classifier needs at least two", f.Train, data.Classes)
	}
	if data.Train, err = train.examples(data.Classes); err != nil {
		return nil, fmt.Errorf("%s, %w", f.Train, err)
	}
	if f.Test == "" {
		data.Train, data.Test = split(data.Train, f.Holdout)
		data.Origin = fmt.Sprintf("%s, of which %d documents are the test split", f.Train, len(data.Test))
	} else {
		test, err := f.read(ctx, f.Test)
		if err != nil {
			return nil, err
		}
		if data.Test, err = test.examples(data.Classes); err != nil {
			return nil, fmt.Errorf("%s, %w", f.Test, err)
		}
		data.Origin = fmt.Sprintf("%s and %s", f.Train, f.Test)
	}
	if notes := duplicates(labeledTexts(data.Train), labeledTexts(data.Test)); notes != "" {
		data.Origin += " (" + notes + ")"
	}
	return data, nil
}

// labeled is a split as it is read: classes are names.
type labeled struct {
	documents []corpus.Document
	labels    []string
	places    []string
}

// read reads a file or folder.
func (f Files) read(ctx context.Context, path string) (*labeled, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return readFolder(ctx, path, f.Encoding)
	}
	t, err := openTable(path, f.Encoding)
	if err != nil {
		return nil, err
	}
	defer t.file.Close()
	text, err := t.column("text", f.Text, textColumns)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	label, err := t.column("label", f.Label, labelColumns)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	wanted := []string{text, label}
	if f.ID != NoID {
		if id, err := t.column("ID", f.ID, idColumns); err == nil {
			wanted = append(wanted, id)
		} else if f.ID != "" {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	out := &labeled{}
	var ids corpus.IDMaker
	seen := make(map[string]string)
	for r, err := range t.rows(wanted) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		doc := corpus.Document{Text: corpus.Clean(r.values[0])}
		if len(wanted) == 3 {
			doc.ID = r.values[2]
			if doc.ID == "" {
				return nil, fmt.Errorf("%s, %s: the ID is empty", path, r.place)
			}
			if before, ok := seen[doc.ID]; ok {
				return nil, fmt.Errorf("%s, %s: the ID %q has come up in %s; IDs must differ (ID: %q makes them of the texts instead)",
					path, r.place, doc.ID, before, NoID)
			}
			seen[doc.ID] = r.place
		} else {
			doc.ID = ids.ID(doc.Text)
		}
		out.add(doc, corpus.Clean(r.values[1]), r.place)
	}
	if len(out.documents) == 0 {
		return nil, fmt.Errorf("%s: there are no documents in it", path)
	}
	return out, nil
}

func (l *labeled) add(doc corpus.Document, label, place string) {
	l.documents, l.labels, l.places = append(l.documents, doc), append(l.labels, label), append(l.places, place)
}

func (l *labeled) classes() []string {
	found := make(map[string]bool)
	for _, label := range l.labels {
		found[label] = true
	}
	return slices.Sorted(maps.Keys(found))
}

func (l *labeled) examples(classes []string) ([]corpus.Example, error) {
	number := make(map[string]int, len(classes))
	for i, name := range classes {
		number[name] = i
	}
	out := make([]corpus.Example, len(l.documents))
	for i, doc := range l.documents {
		class, ok := number[l.labels[i]]
		switch {
		case l.labels[i] == "":
			return nil, fmt.Errorf("%s: the label is empty", l.places[i])
		case !ok:
			return nil, fmt.Errorf("%s: the label %q is none of the classes %.200q", l.places[i], l.labels[i], classes)
		}
		out[i] = corpus.Example{Document: doc, Label: class}
	}
	return out, nil
}

// split draws a share of the examples as test split.
func split(examples []corpus.Example, share float64) (train, test []corpus.Example) {
	for _, e := range examples {
		if (keyed.Key{Purpose: "holdout", ID: e.ID}).Float64() < share {
			test = append(test, e)
		} else {
			train = append(train, e)
		}
	}
	return train, test
}

func labeledTexts(examples []corpus.Example) iter.Seq2[string, string] {
	return func(yield func(text, label string) bool) {
		for _, e := range examples {
			if !yield(e.Text, strconv.Itoa(e.Label)) {
				return
			}
		}
	}
}

// duplicates says how many texts come up more than once, and in both splits: they are kept, but one should know.
func duplicates(train, test iter.Seq2[string, string]) string {
	labelOf := make(map[string]string)
	repeated, contradicting := 0, 0
	for text, label := range train {
		if before, ok := labelOf[text]; !ok {
			labelOf[text] = label
		} else {
			repeated++
			if before != label {
				contradicting++
			}
		}
	}
	shared := 0
	for text := range test {
		if _, ok := labelOf[text]; ok {
			shared++
		}
	}
	var notes []string
	if repeated > 0 {
		notes = append(notes, fmt.Sprintf("%d training texts repeat another, %d of them with another label", repeated, contradicting))
	}
	if shared > 0 {
		notes = append(notes, fmt.Sprintf("%d test texts are training texts, too", shared))
	}
	return strings.Join(notes, "; ")
}
