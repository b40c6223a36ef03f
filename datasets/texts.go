package datasets

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
)

// Texts are documents of one's own to be labeled: the texts, or words, of a file. Some may have labels.
//
// Files are CSV, TSV, JSON lines or Parquet, by the endings .csv, .tsv, .jsonl (or .ndjson) and .parquet, or a folder of
// .txt files, DIR/FILE.txt without labels or DIR/CLASS/FILE.txt with them. Where words are to be marked, files with another
// ending are CoNLL: a file of one column has no labels.
type Texts struct {
	Pool    string `json:"pool"`    // path of the documents to label
	Labeled string `json:"labeled"` // path of documents with labels, which Pool may have, too. May be empty
	Test    string `json:"test"`    // path of the test split, all with labels. May be empty

	Text  string `json:"text"`  // column; empty finds text, sentence, content, document, body, review, message
	Label string `json:"label"` // column; empty finds label, class, category, topic, target, sentiment; "-" leaves Pool's alone
	ID    string `json:"id"`    // column; empty finds id; without one, or with "-", an ID is made of the text's SHA-256

	// Spans says that words are to be marked; else texts are to be given a class. Words of a text are [corpus.Segments].
	// Labels then come from JSON lines: {"text", "spans": [{"start", "end", "type"}]}, which count the text's code points
	// and begin and end where words do, or {"words", "tags"}, a tag a word. Or from CoNLL, where Text and Label are numbers
	// of columns, counted from 1: the first and the last, where they are empty.
	Spans bool `json:"spans"`

	// Classes are the names of the classes, or types of spans, in order. Empty takes those that come up, sorted; there may
	// be none. A label that isn't declared is an error.
	Classes []string `json:"classes"`

	Encoding string `json:"encoding"` // of CSV, TSV, JSON lines, CoNLL and .txt: UTF8, the default, or Latin1
}

// NoLabel as Texts.Label leaves a column of labels alone.
const NoLabel = "-"

// Name implements corpus.PoolSource.
func (Texts) Name() string { return "texts" }

// LoadPool implements corpus.PoolSource. Documents without anything to read are left out, and Origin says how many. Errors
// name the file and the line.
func (t Texts) LoadPool(ctx context.Context) (*corpus.Pool, error) {
	pool, err := t.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	return pool, nil
}

func (t Texts) load(ctx context.Context) (*corpus.Pool, error) {
	if t.Pool == "" {
		return nil, errors.New("Pool names no file")
	}
	labels, err := newLabelSet(t.Classes)
	if err != nil {
		return nil, err
	}
	g := &gathering{
		pool:   &corpus.Pool{Name: strings.TrimSuffix(filepath.Base(t.Pool), filepath.Ext(t.Pool)), Spans: t.Spans},
		labels: labels, places: make(map[string]string),
	}
	if err := g.read(ctx, t, t.Pool, g.add); err != nil {
		return nil, err
	}
	if len(g.pool.Docs) == 0 {
		return nil, fmt.Errorf("%s: there are no documents in it, or none with anything to read", t.Pool)
	}
	g.origin = t.Pool
	if t.Label == NoLabel {
		t.Label = ""
	}
	if t.Labeled != "" {
		if err := g.readLabeled(ctx, t); err != nil {
			return nil, err
		}
	}
	if t.Test != "" {
		if err := g.read(ctx, t, t.Test, g.addTest); err != nil {
			return nil, err
		}
		if len(g.pool.Test) == 0 {
			return nil, fmt.Errorf("%s: there are no documents in it, or none with anything to read", t.Test)
		}
		g.origin += " and, as test split, " + t.Test
	}
	g.pool.Classes, g.pool.Origin = labels.names(), g.origin+g.notes()
	return g.pool, nil
}

// A gathering is a pool while it is read.
type gathering struct {
	pool   *corpus.Pool
	origin string
	labels *labelSet
	index  Index             // of the pool
	ids    corpus.IDMaker    // of the pool and the test split
	places map[string]string // where each ID came up

	blank, repeated, shared, contradicted int
}

// read calls take for what can be read in a file's documents. Its errors are completed with the place.
func (g *gathering) read(ctx context.Context, t Texts, path string, take func(poolRow) error) error {
	for r, err := range t.rows(ctx, path) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if strings.TrimSpace(shown(r.doc)) == "" || t.Spans && len(r.doc.Words) == 0 {
			g.blank++
			continue
		}
		if err := g.check(r); err != nil {
			return fmt.Errorf("%s: %w", r.place, err)
		}
		if err := take(r); err != nil {
			return fmt.Errorf("%s: %w", r.place, err)
		}
	}
	return nil
}

// check notes the labels of a document.
func (g *gathering) check(r poolRow) error {
	if !r.labeled {
		return nil
	}
	if !g.pool.Spans {
		return g.labels.add(r.class)
	}
	for _, s := range r.spans {
		if err := g.labels.add(s.Type); err != nil {
			return err
		}
	}
	return nil
}

// identify sees to it that no document before has the document's ID, which is made where it has none.
func (g *gathering) identify(r *poolRow) error {
	made := g.ids.ID(shown(r.doc))
	if r.doc.ID == "" {
		r.doc.ID = made
	}
	if before, ok := g.places[r.doc.ID]; ok {
		return fmt.Errorf("the ID %q has come up in %s; IDs must differ (ID: %q makes them of the texts instead)",
			r.doc.ID, before, NoID)
	}
	g.places[r.doc.ID] = r.place
	return nil
}

// add puts a document into the pool.
func (g *gathering) add(r poolRow) error {
	if err := g.identify(&r); err != nil {
		return err
	}
	if found, err := g.index.Find(corpus.Document{Text: r.doc.Text, Words: r.doc.Words}); err == nil && len(found) > 0 {
		g.repeated++
	}
	g.index.Add(r.doc)
	g.pool.Docs = append(g.pool.Docs, corpus.Judged{Document: r.doc, Judgment: r.judgment()})
	return nil
}

func (g *gathering) addTest(r poolRow) error {
	if !r.labeled {
		return errors.New("it has no label, which documents of the test split need")
	}
	if found, err := g.index.Find(corpus.Document{Text: r.doc.Text, Words: r.doc.Words}); err == nil && len(found) > 0 {
		g.shared++
	}
	if err := g.identify(&r); err != nil {
		return err
	}
	g.pool.Test = append(g.pool.Test, corpus.Judged{Document: r.doc, Judgment: r.judgment(), Test: true})
	return nil
}

// notes says what one should know of the documents.
func (g *gathering) notes() string {
	var notes []string
	note := func(n int, format string) {
		if n > 0 {
			notes = append(notes, fmt.Sprintf(format, n))
		}
	}
	note(g.blank, "%d documents with nothing to read were left out")
	note(g.repeated, "%d texts of the pool repeat another")
	note(g.contradicted, "%d have two labels, of which the first was taken; they are flagged")
	note(g.shared, "%d test texts are in the pool, too")
	if notes == nil {
		return ""
	}
	return " (" + strings.Join(notes, "; ") + ")"
}
