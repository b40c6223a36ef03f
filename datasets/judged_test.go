package datasets

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/alnb/alnb/alnb/corpus"
)

var testClasses = []string{"bug", "a \"class\", quoted", "<b>", "מחלקה", "=sum", "\u2028"}

// hostileJudged makes a document of any kind that there is.
func hostileJudged(random *rand.Rand, number int, labels Labels) corpus.Judged {
	doc := corpus.Judged{Document: corpus.Document{ID: fmt.Sprint(number, " ", hostileText(random)), Text: hostileText(random)}, Test: random.IntN(5) == 0}
	if labels.Spans {
		doc.Text += "x" // there is a word
		switch random.IntN(3) {
		case 0:
			doc.Words = strings.FieldsFunc(doc.Text, func(r rune) bool { return r == ' ' })
		case 1:
			doc.Text = ""
			for range 1 + random.IntN(6) {
				doc.Words = append(doc.Words, hostileText(random)+"x")
			}
		default:
			doc.Words = corpus.Segments(doc.Text)
		}
	}
	at := time.Unix(random.Int64N(4e9), random.Int64N(1e9)).UTC()
	if random.IntN(3) > 0 {
		j := &corpus.Judgment{Verdict: []corpus.Verdict{corpus.Labeled, corpus.Labeled, corpus.Skipped, corpus.Unsure}[random.IntN(4)]}
		if j.Verdict == corpus.Labeled && labels.Spans {
			j.Spans = randomSpans(random, len(doc.Words))
		} else if j.Verdict == corpus.Labeled {
			j.Class = labels.Classes[random.IntN(len(labels.Classes))]
		}
		if random.IntN(2) == 0 {
			j.Flagged, j.Note, j.Annotator, j.At = true, hostileText(random), hostileText(random), at
		}
		doc.Judgment = j
	}
	if random.IntN(2) == 0 {
		doc.Prediction = &corpus.Prediction{}
		if labels.Spans {
			doc.Prediction.Spans = randomSpans(random, len(doc.Words))
		} else {
			doc.Prediction.Class = labels.Classes[random.IntN(len(labels.Classes))]
			if random.IntN(3) > 0 {
				for range labels.Classes {
					doc.Prediction.Probabilities = append(doc.Prediction.Probabilities, random.Float64())
				}
			}
		}
	}
	return doc
}

func hostileDocuments(seed uint64, n int, labels Labels) []corpus.Judged {
	random := rand.New(rand.NewPCG(seed, 1))
	docs := make([]corpus.Judged, n)
	for i := range docs {
		docs[i] = hostileJudged(random, i, labels)
	}
	return docs
}

func all(docs []corpus.Judged) iter.Seq2[corpus.Judged, error] {
	return func(yield func(corpus.Judged, error) bool) {
		for _, doc := range docs {
			if !yield(doc, nil) {
				return
			}
		}
	}
}

// written returns what is written of the documents.
func written(t testing.TB, form string, labels Labels, docs []corpus.Judged) string {
	t.Helper()
	var out strings.Builder
	if err := Write(&out, form, labels, all(docs)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func collect(t testing.TB, docs iter.Seq2[corpus.Judged, error]) []corpus.Judged {
	t.Helper()
	var out []corpus.Judged
	for doc, err := range docs {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, doc)
	}
	return out
}

// plain makes no difference between no spans and none.
func plain(doc corpus.Judged) corpus.Judged {
	if doc.Judgment != nil && len(doc.Judgment.Spans) == 0 {
		j := *doc.Judgment
		j.Spans, doc.Judgment = nil, &j
	}
	if doc.Prediction != nil && len(doc.Prediction.Spans) == 0 {
		p := *doc.Prediction
		p.Spans, doc.Prediction = nil, &p
	}
	return doc
}

func shownJudged(doc corpus.Judged) string {
	return fmt.Sprintf("%+q, judged %+v, predicted %+v, test %t", []any{doc.ID, doc.Text, doc.Words}, doc.Judgment, doc.Prediction, doc.Test)
}

var bothLabels = map[string]Labels{"classes": {Classes: testClasses}, "spans": {Spans: true, Classes: []string{"PER", "a type"}}}

func TestRoundTrips(t *testing.T) {
	for kind, labels := range bothLabels {
		docs := hostileDocuments(21, 5000, labels)
		for form, read := range map[string]func(io.Reader, Labels) iter.Seq2[corpus.Judged, error]{JSONLForm: ReadJSONL, LabelStudioForm: ReadLabelStudio} {
			text := written(t, form, labels, docs)
			got := collect(t, read(strings.NewReader(text), labels))
			if len(got) != len(docs) {
				t.Fatalf("%s, %s: %d documents, want %d", form, kind, len(got), len(docs))
			}
			for i, doc := range docs {
				if !reflect.DeepEqual(plain(got[i]), plain(doc)) {
					t.Fatalf("%s, %s:\n%s\nwant\n%s", form, kind, shownJudged(got[i]), shownJudged(doc))
				}
			}
			if again := written(t, form, labels, got); again != text {
				t.Errorf("%s, %s: written again, it is another file", form, kind)
			}
			if form == JSONLForm && strings.ContainsAny(text, "\u2028\u2029") {
				t.Errorf("%s, %s: U+2028 ends a line for some readers", form, kind)
			}
		}
	}
}

func TestCoNLLRoundTrip(t *testing.T) {
	labels := bothLabels["spans"]
	var fit []corpus.Judged
	refused := 0
	for _, doc := range hostileDocuments(22, 5000, labels) {
		var out strings.Builder
		err := WriteCoNLL(&out, labels, all([]corpus.Judged{doc}))
		switch {
		case err == nil && (doc.Judgment == nil || doc.Judgment.Verdict != corpus.Labeled):
			if out.Len() > 0 {
				t.Fatalf("%s was written as %q", shownJudged(doc), out.String())
			}
		case err == nil:
			fit = append(fit, doc)
		case !strings.Contains(err.Error(), "a line of CoNLL can't hold word") || !strings.Contains(err.Error(), fmt.Sprintf("document %q", doc.ID)):
			t.Fatal(err)
		default:
			refused++
		}
	}
	t.Logf("%d documents fit, %d didn't", len(fit), refused)
	if len(fit) < 500 || refused < 100 {
		t.Error("the documents show little")
	}
	text := written(t, CoNLLForm, labels, fit)
	if !strings.HasSuffix(text, "\n\n") {
		t.Error("the form is another")
	}
	got := collect(t, ReadCoNLL(strings.NewReader(text), labels))
	if len(got) != len(fit) {
		t.Fatalf("%d documents, want %d", len(got), len(fit))
	}
	for i, doc := range fit {
		want := corpus.Judged{Document: corpus.Document{Words: doc.Words}, Judgment: &corpus.Judgment{Verdict: corpus.Labeled, Spans: doc.Judgment.Spans}}
		if !reflect.DeepEqual(plain(got[i]), plain(want)) {
			t.Fatalf("%s\nwant\n%s", shownJudged(got[i]), shownJudged(want))
		}
	}
	ann := corpus.Judged{Document: corpus.Document{ID: "1", Text: "Ann  Lee met Bob", Words: []string{"Ann", "Lee", "met", "Bob"}}}
	ann.Judgment = &corpus.Judgment{Verdict: corpus.Labeled, Spans: []corpus.Span{{Start: 0, End: 2, Type: "PER"}, {Start: 3, End: 4, Type: "PER"}}}
	if text := written(t, CoNLLForm, labels, []corpus.Judged{ann}); text != "Ann\tB-PER\nLee\tI-PER\nmet\tO\nBob\tB-PER\n\n" {
		t.Errorf("%q", text)
	}
}

// parseCSV reads RFC 4180 to the letter; encoding/csv changes line breaks in values.
func parseCSV(text string) (rows [][]string, err error) {
	var row []string
	for text != "" {
		var field string
		if quoted, ok := strings.CutPrefix(text, `"`); ok {
			for {
				before, after, ok := strings.Cut(quoted, `"`)
				if !ok {
					return nil, errors.New("a quote doesn't end")
				}
				field += before
				if quoted, ok = strings.CutPrefix(after, `"`); !ok {
					text = after
					break
				}
				field += `"`
			}
		} else {
			end := strings.IndexAny(text, ",\r\n\"")
			if end < 0 || text[end] == '"' || text[end] == '\n' {
				return nil, fmt.Errorf("in %q", text[:min(len(text), 50)])
			}
			field, text = text[:end], text[end:]
		}
		row = append(row, field)
		if rest, ok := strings.CutPrefix(text, ","); ok {
			text = rest
		} else if text, ok = strings.CutPrefix(text, "\r\n"); ok {
			rows, row = append(rows, row), nil
		} else {
			return nil, fmt.Errorf("after %q", field)
		}
	}
	return rows, nil
}

func TestCSVIsExact(t *testing.T) {
	for kind, labels := range bothLabels {
		docs := hostileDocuments(23, 3000, labels)
		rows, err := parseCSV(written(t, CSVForm, labels, docs))
		if err != nil || len(rows) != len(docs)+1 {
			t.Fatalf("%s: %d rows, %v", kind, len(rows), err)
		}
		want := "id,text,label,verdict,flagged,note,annotator,at,test,predicted,probs"
		if labels.Spans {
			want = "id,text,spans,verdict,flagged,note,annotator,at,test,predicted"
		}
		if got := strings.Join(rows[0], ","); got != want {
			t.Errorf("%s: columns %s", kind, got)
		}
		for i, doc := range docs {
			got := map[string]string{}
			for k, column := range rows[0] {
				got[column] = rows[i+1][k]
			}
			back := corpus.Judged{Document: corpus.Document{ID: got["id"], Text: doc.Text, Words: doc.Words}, Test: got["test"] == "true"}
			if got["text"] != shown(doc.Document) {
				t.Fatalf("%q, want %q", got["text"], shown(doc.Document))
			}
			answer := func(cell string) []corpus.Span {
				var marks []mark
				if err := json.Unmarshal([]byte(cell), &marks); err != nil {
					t.Fatal(err)
				}
				spans, err := spansOf(got["text"], doc.Words, marks)
				if err != nil {
					t.Fatal(err)
				}
				return spans
			}
			if got["verdict"] != "" {
				j := &corpus.Judgment{Verdict: corpus.Verdict(got["verdict"]), Class: got["label"], Flagged: got["flagged"] == "true", Note: got["note"], Annotator: got["annotator"]}
				if got["at"] != "" {
					if j.At, err = time.Parse(time.RFC3339Nano, got["at"]); err != nil {
						t.Fatal(err)
					}
				}
				if got["spans"] != "" {
					j.Spans = answer(got["spans"])
				}
				back.Judgment = j
			}
			if got["predicted"] != "" {
				back.Prediction = &corpus.Prediction{Class: got["predicted"]}
				if labels.Spans {
					back.Prediction = &corpus.Prediction{Spans: answer(got["predicted"])}
				}
				if got["probs"] != "" {
					var probs classProbs
					if err := json.Unmarshal([]byte(got["probs"]), &probs); err != nil || !slices.Equal(probs.classes, labels.Classes) {
						t.Fatalf("%s, %v", got["probs"], err)
					}
					back.Prediction.Probabilities = probs.values
				}
			}
			if !reflect.DeepEqual(plain(back), plain(doc)) {
				t.Fatalf("%s:\n%s\nwant\n%s", kind, shownJudged(back), shownJudged(doc))
			}
		}
	}
}

// parquetRows writes documents and reads their rows.
func parquetRows[T any](t *testing.T, labels Labels, docs []corpus.Judged) []T {
	t.Helper()
	text := written(t, ParquetForm, labels, docs)
	file, err := parquet.OpenFile(strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	classes, ok := file.Lookup("classes")
	raw, _ := json.Marshal(labels.Classes)
	if !ok || classes != string(raw) {
		t.Errorf("the classes are %q", classes)
	}
	rows, err := parquet.Read[T](strings.NewReader(text), int64(len(text)))
	if err != nil || len(rows) != len(docs) {
		t.Fatalf("%d rows, want %d: %v", len(rows), len(docs), err)
	}
	return rows
}

func value(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// judged gives back what a row says.
func (row parquetDocument) judged(t *testing.T, doc corpus.Judged) corpus.Judged {
	t.Helper()
	back := corpus.Judged{Document: corpus.Document{ID: row.ID, Text: doc.Text, Words: doc.Words}, Test: row.Test}
	if row.Text != shown(doc.Document) {
		t.Fatalf("%q, want %q", row.Text, shown(doc.Document))
	}
	if row.Verdict != nil {
		back.Judgment = &corpus.Judgment{
			Verdict: corpus.Verdict(*row.Verdict), Flagged: row.Flagged, Note: value(row.Note), Annotator: value(row.Annotator),
		}
		if row.At != nil {
			back.Judgment.At = row.At.UTC()
		}
	}
	return back
}

// The rows without an embedded struct, of which parquet.Read makes pointers to nothing where there is null.
type (
	flatText struct {
		ID        string     `parquet:"id"`
		Text      string     `parquet:"text"`
		Verdict   *string    `parquet:"verdict,optional"`
		Flagged   bool       `parquet:"flagged"`
		Note      *string    `parquet:"note,optional"`
		Annotator *string    `parquet:"annotator,optional"`
		At        *time.Time `parquet:"at,timestamp(nanosecond)"`
		Test      bool       `parquet:"test"`
		Label     *string    `parquet:"label,optional"`
		Predicted *string    `parquet:"predicted,optional"`
		Probs     []float64  `parquet:"probs,list"`
	}
	flatWords struct {
		ID        string     `parquet:"id"`
		Text      string     `parquet:"text"`
		Verdict   *string    `parquet:"verdict,optional"`
		Flagged   bool       `parquet:"flagged"`
		Note      *string    `parquet:"note,optional"`
		Annotator *string    `parquet:"annotator,optional"`
		At        *time.Time `parquet:"at,timestamp(nanosecond)"`
		Test      bool       `parquet:"test"`
		Words     []string   `parquet:"words,list"`
		Tags      []string   `parquet:"tags,list"`
		Spans     []mark     `parquet:"spans,list"`
		Asked     bool       `parquet:"has_prediction"`
		Predicted []mark     `parquet:"predicted,list"`
	}
)

func TestParquetIsExact(t *testing.T) {
	labels := bothLabels["classes"]
	docs := hostileDocuments(24, 25_000, labels) // several groups of rows
	for i, row := range parquetRows[flatText](t, labels, docs) {
		document := parquetDocument{row.ID, row.Text, row.Verdict, row.Flagged, row.Note, row.Annotator, row.At, row.Test}
		back := document.judged(t, docs[i])
		if row.Label != nil {
			back.Judgment.Class = *row.Label
		}
		if row.Predicted != nil {
			back.Prediction = &corpus.Prediction{Class: *row.Predicted}
			if len(row.Probs) > 0 {
				back.Prediction.Probabilities = row.Probs
			}
		}
		if !reflect.DeepEqual(plain(back), plain(docs[i])) {
			t.Fatalf("%s\nwant\n%s", shownJudged(back), shownJudged(docs[i]))
		}
	}
	labels = bothLabels["spans"]
	docs = hostileDocuments(25, 5000, labels)
	for i, row := range parquetRows[flatWords](t, labels, docs) {
		document := parquetDocument{row.ID, row.Text, row.Verdict, row.Flagged, row.Note, row.Annotator, row.At, row.Test}
		back := document.judged(t, docs[i])
		back.Words = row.Words
		answer := func(marks []mark) []corpus.Span {
			spans, err := spansOf(row.Text, row.Words, marks)
			if err != nil {
				t.Fatal(err)
			}
			return spans
		}
		if back.Judgment != nil && back.Judgment.Verdict == corpus.Labeled {
			back.Judgment.Spans = answer(row.Spans)
			if spans, err := corpus.Spans(row.Tags); err != nil || len(row.Tags) != len(row.Words) || !slices.Equal(spans, back.Judgment.Spans) {
				t.Fatalf("%q, %v", row.Tags, err)
			}
		} else if len(row.Tags)+len(row.Spans) > 0 {
			t.Fatalf("%+v", row)
		}
		if row.Asked {
			back.Prediction = &corpus.Prediction{Spans: answer(row.Predicted)}
		}
		if !reflect.DeepEqual(plain(back), plain(docs[i])) {
			t.Fatalf("%s\nwant\n%s", shownJudged(back), shownJudged(docs[i]))
		}
	}
}

// What is exported can be the pool of another session.
func TestExportsAreReadAsPools(t *testing.T) {
	labels := Labels{Classes: []string{"a", "b"}}
	docs := []corpus.Judged{
		{Document: corpus.Document{ID: "1", Text: "one,\n\"two\""}, Judgment: &corpus.Judgment{Verdict: corpus.Labeled, Class: "b"}},
		{Document: corpus.Document{ID: "2", Text: "=three"}, Judgment: &corpus.Judgment{Verdict: corpus.Skipped}},
		{Document: corpus.Document{ID: "3", Text: "four"}},
	}
	for ending, form := range map[string]string{".csv": CSVForm, ".jsonl": JSONLForm, ".parquet": ParquetForm} {
		path := filepath.Join(put(t, map[string]string{"f" + ending: written(t, form, labels, docs)}), "f"+ending)
		pool, err := Texts{Pool: path}.LoadPool(t.Context())
		if err != nil {
			t.Errorf("%s: %v", ending, err)
			continue
		}
		if got := described(pool.Docs); got != "1: one,\n\"two\" → label b\n2: =three\n3: four" {
			t.Errorf("%s: %s", ending, got)
		}
	}
}

func TestWhatIsNotWritten(t *testing.T) {
	broken := func(yield func(corpus.Judged, error) bool) { yield(corpus.Judged{}, errors.New("the disk is gone")) }
	doc := func(change func(*corpus.Judged)) iter.Seq2[corpus.Judged, error] {
		d := corpus.Judged{Document: corpus.Document{ID: "x", Text: "a b", Words: []string{"a", "b"}}}
		d.Judgment = &corpus.Judgment{Verdict: corpus.Labeled, Class: "a"}
		d.Prediction = &corpus.Prediction{Class: "a"}
		change(&d)
		return all([]corpus.Judged{d})
	}
	classes, spans := Labels{Classes: []string{"a"}}, Labels{Spans: true}
	for _, test := range []struct {
		want   string
		forms  []string
		labels Labels
		docs   iter.Seq2[corpus.Judged, error]
	}{
		{"datasets: the disk is gone", Forms(), spans, broken},
		{`documents can't be written as "xml"; they can as jsonl, csv, conll, parquet, label-studio`, []string{"xml"}, spans, broken},
		{"CoNLL is a form for words with spans", []string{CoNLLForm}, classes, broken},
		{`document "x": its verdict is "perhaps"`, Forms(), spans, doc(func(d *corpus.Judged) { d.Judgment.Verdict = "perhaps" })},
		{`document "x": it is labeled, and has no class`, []string{JSONLForm, CSVForm, ParquetForm, LabelStudioForm}, classes, doc(func(d *corpus.Judged) { d.Judgment.Class = "" })},
		{`document "x": it has 2 probabilities, and there are 1 classes`, []string{JSONLForm, CSVForm, ParquetForm, LabelStudioForm}, classes,
			doc(func(d *corpus.Judged) { d.Prediction.Probabilities = []float64{1, 0} })},
		{`document "x": it was judged in the year 10000`, Forms(), spans, doc(func(d *corpus.Judged) { d.Judgment.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) })},
		{`document "x": the time of its judgment is not one that Parquet holds`, []string{ParquetForm}, classes, doc(func(d *corpus.Judged) { d.Judgment.At = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) })},
		{`document "x": the span [1, 3) of type "A" overlaps`, Forms(), spans, doc(func(d *corpus.Judged) { d.Judgment.Spans = []corpus.Span{{Start: 1, End: 3, Type: "A"}} })},
		{`document "x": the span [1, 3) of type "A" overlaps`, []string{JSONLForm, CSVForm, ParquetForm, LabelStudioForm}, spans,
			doc(func(d *corpus.Judged) { d.Prediction.Spans = []corpus.Span{{Start: 1, End: 3, Type: "A"}} })},
		{`document "x": it is not valid UTF-8`, Forms(), spans, doc(func(d *corpus.Judged) { d.Judgment.Note = "\xff" })},
		{`document "x": `, []string{JSONLForm, CSVForm, LabelStudioForm}, classes, doc(func(d *corpus.Judged) { d.Prediction.Probabilities = []float64{nan()} })},
	} {
		for _, form := range test.forms {
			if err := Write(io.Discard, form, test.labels, test.docs); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: want %q, got %v", form, test.want, err)
			}
		}
	}
	for _, form := range Forms() {
		if err := Write(fullDisk{}, form, spans, doc(func(*corpus.Judged) {})); err == nil || !errors.Is(err, errFull) {
			t.Errorf("%s: on a full disk: %v", form, err)
		}
	}
}

func nan() float64 { zero := 0.0; return zero / zero }

var errFull = errors.New("no space left on device")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestMistakesInJudgedLines(t *testing.T) {
	for _, test := range []struct {
		line, want string
		labels     Labels
	}{
		{`{"label":"a"}`, `line 1: it has no "id", no "text" and no "words"`, Labels{}},
		{`{"id":"7","text":"x","label":"a","verdict":"skip"}`, `line 1 (document "7"): the "verdict" is "skip", and yet there is a label`, Labels{}},
		{`{"id":"7","verdict":"label"}`, `the "verdict" is "label", and there is no label`, Labels{}},
		{`{"id":"7","verdict":"perhaps"}`, `"verdict" is "perhaps"; it can be "label", "skip" or "unsure"`, Labels{}},
		{`{"id":"7","flagged":"yes"}`, `"flagged" is neither true nor false`, Labels{}},
		{`{"id":"7","at":"yesterday"}`, `"at" is "yesterday", not a time`, Labels{}},
		{`{"id":"7","label":["a"]}`, `"label" is a list`, Labels{}},
		{`{"id":["7"]}`, `"id" is a list`, Labels{}},
		{`{"id":"7","predicted":"a"}`, `in "predicted": it is not an object`, Labels{}},
		{`{"id":"7","predicted":{"probs":[1]}}`, `in "predicted": "probs": it is not an object with a number for each class`, Labels{}},
		{`{"id":"7","predicted":{"probs":{"a":"1"}}}`, `it is not an object with a number`, Labels{}},
		{`{"id":"7","predicted":{"probs":{"c":1}}}`, `there is a probability of "c", which is none of the classes ["a" "b"]`, Labels{Classes: []string{"a", "b"}}},
		{`{"id":"7","predicted":{"probs":{"a":1,"a":0}}}`, `or comes up twice`, Labels{Classes: []string{"a", "b"}}},
		{`{"id":"7","spans":[{"start":0,"end":1,"type":"X"}]}`, `"spans" count in a text, or in words, and neither is there`, Labels{Spans: true}},
		{`{"id":"7","text":"abc","spans":[{"start":0,"end":1,"type":"X"}]}`, `character 1 is not where a word ends; the words around it are ["abc"]`, Labels{Spans: true}},
		{`{"id":"7","text":"a","predicted":{"spans":[{"start":1,"end":2,"type":"X"}]}}`, `in "predicted": span 1`, Labels{Spans: true}},
		{"{\"id\":\"7\"}\n[]", "line 2: it is not a JSON object", Labels{}},
		{"{\"id\":\"\xff\"}", "line 1: it is not valid UTF-8", Labels{}},
	} {
		var err error
		for _, err = range ReadJSONL(strings.NewReader(test.line), test.labels) {
		}
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: want %q, got %v", test.line, test.want, err)
		}
	}
	// What people write by hand.
	got := collect(t, ReadJSONL(strings.NewReader("\ufeff"+`{"id":7,"label":"a"}`+"\n"+`{"text":"x","verdict":"unsure","note":null}`+"\n"+`{"text":"y","predicted":{"probs":{"b":0.25,"a":0.75}}}`), Labels{}))
	if s := described(got); s != "7:  → label a\n: x → unsure \n: y" || !slices.Equal(got[2].Prediction.Probabilities, []float64{0.25, 0.75}) {
		t.Errorf("%s", s)
	}
	got = collect(t, ReadJSONL(strings.NewReader(`{"id":"1","tags":["B-X","O"]}`), Labels{Spans: true}))
	if s := described(got); s != "1:  → label [0,1 X]" {
		t.Errorf("%s", s)
	}
}

func TestReadJudged(t *testing.T) {
	dir := put(t, map[string]string{
		"f.jsonl": `{"text":"x","label":"a"}`, "f.json": `[{"data":{"text":"x"},"annotations":[{"result":[{"type":"choices","value":{"choices":["a"]}}]}]}]`,
		"bad.jsonl": "x", "f.conll": "Ann\tB-PER\n", "bad.conll": "Ann PER\n",
	})
	for want, test := range map[string]struct {
		name   string
		labels Labels
	}{
		": x → label a":                      {"f.jsonl", Labels{}},
		": x → label a ":                     {"f.json", Labels{}},
		`:  ["Ann"] → label [0,1 PER]`:       {"f.conll", Labels{Spans: true}},
		"bad.jsonl, line 1: it is not":       {"bad.jsonl", Labels{}},
		"bad.conll, in the document that be": {"bad.conll", Labels{Spans: true}},
		`the name ends in ".conll"; classes`: {"f.conll", Labels{}},
		"no such file":                       {"nothing.jsonl", Labels{}},
	} {
		var docs []corpus.Judged
		var err error
		for doc, e := range ReadJudged(filepath.Join(dir, test.name), test.labels) {
			if err = e; e == nil {
				docs = append(docs, doc)
			}
		}
		got := described(docs)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, strings.TrimSpace(want)) || err != nil && !strings.Contains(got, filepath.Join(dir, test.name)) {
			t.Errorf("%s: %s; want %s", test.name, got, want)
		}
	}
}

// fits tells what of a value a JSON schema doesn't allow, for as much of the language as ours use.
func fits(schema, root map[string]any, value any, at string) error {
	if ref, ok := schema["$ref"].(string); ok {
		return fits(root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any), root, value, at)
	}
	wrong := func(what string) error { return fmt.Errorf("%s: %s: %.80v", at, what, value) }
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, value) {
		return wrong("not of the enumeration")
	}
	one := func(option any) bool { return fits(option.(map[string]any), root, value, at) == nil }
	if options, ok := schema["anyOf"].([]any); ok && !slices.ContainsFunc(options, one) {
		return wrong("none of anyOf")
	}
	number := func(key string) (float64, bool) { n, ok := schema[key].(float64); return n, ok }
	kind := schema["type"]
	switch v := value.(type) {
	case map[string]any:
		if kind != nil && kind != "object" {
			return wrong("an object")
		}
		required, _ := schema["required"].([]any)
		for _, key := range required {
			if _, ok := v[key.(string)]; !ok {
				return wrong("without " + key.(string))
			}
		}
		properties, _ := schema["properties"].(map[string]any)
		for key, inner := range v {
			next, ok := properties[key].(map[string]any)
			if !ok {
				if next, ok = schema["additionalProperties"].(map[string]any); !ok {
					if schema["additionalProperties"] == false {
						return wrong("with " + key)
					}
					continue
				}
			}
			if err := fits(next, root, inner, at+"."+key); err != nil {
				return err
			}
		}
	case []any:
		if kind != "array" {
			return wrong("a list")
		}
		if n, ok := number("minItems"); ok && len(v) < int(n) {
			return wrong("too short")
		}
		for i, inner := range v {
			if err := fits(schema["items"].(map[string]any), root, inner, at+"."+strconv.Itoa(i)); err != nil {
				return err
			}
		}
	case string:
		pattern, _ := schema["pattern"].(string)
		n, _ := number("minLength")
		if kind != nil && kind != "string" || len(v) < int(n) || !regexp.MustCompile(pattern).MatchString(v) {
			return wrong("a text, or another text")
		}
		if _, err := time.Parse(time.RFC3339, v); err != nil && schema["format"] == "date-time" {
			return wrong("no time")
		}
	case float64:
		low, hasLow := number("minimum")
		high, hasHigh := number("maximum")
		if kind != "number" && kind != "integer" || kind == "integer" && v != float64(int(v)) || hasLow && v < low || hasHigh && v > high {
			return wrong("a number, or another number")
		}
	case bool:
		if kind != "boolean" {
			return wrong("true or false")
		}
	default:
		return wrong("null")
	}
	return nil
}

func TestSchemaOfJudgedLines(t *testing.T) {
	raw, err := os.ReadFile("../docs/schemas/judged.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	check := func(line string) error {
		var value any
		if err := json.Unmarshal([]byte(line), &value); err != nil {
			t.Fatal(err)
		}
		return fits(schema, schema, value, "")
	}
	seen := make(map[string]bool)
	for kind, labels := range bothLabels {
		for line := range strings.Lines(written(t, JSONLForm, labels, hostileDocuments(26, 2000, labels))) {
			if err := check(line); err != nil {
				t.Fatalf("%s: %v: %s", kind, err, line)
			}
			var keys map[string]any
			json.Unmarshal([]byte(line), &keys)
			for key := range keys {
				seen[key] = true
			}
		}
	}
	for key := range schema["properties"].(map[string]any) {
		if !seen[key] {
			t.Errorf("no document has %q", key)
		}
	}
	for _, line := range []string{
		`{"text":"x"}`, `{"id":7,"text":"x"}`, `{"id":"7"}`, `{"id":"7","words":[]}`, `{"id":"7","text":"x","verdict":"perhaps"}`, `{"id":"7","text":"x","more":1}`,
		`{"id":"7","text":"x","spans":[{"start":0,"end":1}]}`, `{"id":"7","text":"x","spans":[{"start":0.5,"end":1,"type":"X"}]}`, `{"id":"7","words":["x"],"tags":["PER"]}`,
		`{"id":"7","text":"x","at":"yesterday"}`, `{"id":"7","text":"x","predicted":{"probs":{"a":2}}}`, `{"id":"7","text":"x","note":null}`,
	} {
		if check(line) == nil {
			t.Errorf("%s fits", line)
		}
	}
}

type shortFile struct {
	text  string
	spans bool
}

// shortFiles are files of one document, of those that are short: with long ones, fuzzing is slow.
func shortFiles(t testing.TB, form string) (files []shortFile) {
	for _, labels := range bothLabels {
		for _, doc := range hostileDocuments(27, 100, labels) {
			if text := written(t, form, labels, []corpus.Judged{doc}); len(text) < 300 {
				files = append(files, shortFile{text, labels.Spans})
			}
		}
	}
	return files
}

func FuzzReadJSONL(f *testing.F) {
	for _, seed := range shortFiles(f, JSONLForm) {
		f.Add(seed.text, seed.spans)
	}
	f.Add(`{"id":7,"text":"a\u0000b","spans":[{"start":0,"end":3,"type":"X"}],"at":"2024-01-01T00:00:00+14:00"}`, true)
	f.Add(`{"id":"7","predicted":{"probs":{"a":1e999}}}`, false)
	fuzzJudged(f, JSONLForm, ReadJSONL)
}

// fuzzJudged holds that reading ends with an error that is a sentence, or with documents that are the same when they are
// written and read again.
func fuzzJudged(f *testing.F, form string, read func(io.Reader, Labels) iter.Seq2[corpus.Judged, error]) {
	f.Fuzz(func(t *testing.T, content string, spans bool) {
		labels := Labels{Spans: spans}
		var docs []corpus.Judged
		for doc, err := range read(strings.NewReader(content), labels) {
			if err != nil {
				if len(err.Error()) < 5 {
					t.Errorf("%v", err)
				}
				return
			}
			if strings.Contains(doc.Text, "\x00") {
				t.Errorf("%q", doc.Text)
			}
			if j := doc.Judgment; j != nil && doc.Words != nil {
				if err := corpus.CheckSpans(len(doc.Words), j.Spans); err != nil {
					t.Errorf("%+v: %v", doc, err)
				}
			}
			if p := doc.Prediction; p != nil {
				p.Probabilities = nil // there are no classes to name them
			}
			if doc.Text != "" || doc.Words != nil { // an ID alone is enough for reading
				docs = append(docs, doc)
			}
		}
		var out bytes.Buffer
		if err := Write(&out, form, labels, all(docs)); err != nil {
			return // such as one of the year 0
		}
		i := 0
		for doc, err := range read(&out, labels) {
			if err != nil {
				t.Fatalf("%+v: %v", docs[i], err)
			}
			if !reflect.DeepEqual(plain(doc), plain(docs[i])) {
				t.Fatalf("%s\nbecame\n%s", shownJudged(docs[i]), shownJudged(doc))
			}
			i++
		}
		if i != len(docs) {
			t.Fatalf("%d documents became %d", len(docs), i)
		}
	})
}
