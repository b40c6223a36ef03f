package tests

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/datasets"
	"github.com/alnb/alnb/helpers/export"
	"github.com/alnb/alnb/helpers/report"
	"github.com/alnb/alnb/helpers/serve"
)

// hostile are names and texts that do harm, or get lost, where they aren't taken for what they are. Each has a word in it.
var hostile = []string{
	`<script>document.title='RAN'</script>`,
	`"><img src=x onerror="document.title='RAN'">`,
	`</script><svg onload="document.title='RAN'">`,
	"line\u2028separator\u2029and\u202ebidi\u2066control\x1b[31m",
	`{{template}} ${literal} {a|rich} <b>bold</b> & 'quoted' &lt;b&gt;`,
	`<iframe srcdoc="<script>parent.ran=1</script>"></iframe>`,
	"__proto__", "constructor", "null", "O", "B-PER", "-DOCSTART-", "=1+1", "a,b;c|d", "`code` ``` ~~~", `C:\new\u202e`, `"`,
	"two\nlines", "tab\tstop", "שלום עולם", "👩\u200d🚀👍🏽", "e\u0301\u0301", "\ufeffmark", "../../etc/passwd", "%s%n", strings.Repeat("long ", 40) + "end",
}

// A session whose classes and texts, IDs, notes and annotators are hostile is labeled over HTTP, trained, exported in every form and
// shown: everything comes back as it was, and no page has an element that isn't its own.
func TestHostileSession(t *testing.T) {
	tiny := model.Pretrained(filepath.Join("..", "alnb", "model", "testdata", "tiny-bert"))
	tiny.MaxTokens, tiny.Training.Steps, tiny.Training.LearningRate = 32, 4, 1e-3
	tagger := model.PretrainedTagger(tiny.Checkpoint)
	tagger.MaxTokens, tagger.Training.Steps, tagger.Training.LearningRate = 32, 4, 1e-3
	for _, test := range []struct {
		name   string
		config alnb.SessionConfig
		conll  string // why it can't be written as CoNLL
	}{
		{"classes", alnb.SessionConfig{Model: tiny}, "CoNLL is a form for words with spans"},
		{"spans", alnb.SessionConfig{Tagger: tagger}, "a line of CoNLL can't hold word"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := hostileSession{T: t, spans: test.config.Tagger != nil}
			h.begin(test.config)
			defer h.s.Close()
			h.label()
			if _, err := h.s.Train(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			h.checkClasses()
			h.checkExports(test.conll)
			h.checkModel()
			h.checkReport()
		})
	}
}

type hostileSession struct {
	*testing.T
	spans bool
	s     *alnb.Session
	said  map[string]corpus.Judgment // by document
}

// begin makes a session with two documents of the pool, and one of the test split, a name.
func (h *hostileSession) begin(config alnb.SessionConfig) {
	h.Helper()
	var docs [2][]corpus.Judged // of the pool, and the test split
	for i, name := range hostile {
		for k := range 3 {
			doc := corpus.Judged{Document: corpus.Document{ID: fmt.Sprint(k, " ", name), Text: fmt.Sprint("w", k, " ", name, " ", hostile[(i+k)%len(hostile)])}}
			if k < 2 {
				docs[0] = append(docs[0], doc)
				continue
			}
			j := h.judgment(name)
			doc.Judgment = &j
			docs[1] = append(docs[1], doc)
		}
	}
	for i := range docs[1] {
		if h.spans {
			docs[1][i].Words = corpus.Segments(docs[1][i].Text)
		}
	}
	dir := h.TempDir()
	var paths [2]string
	for i, name := range []string{"<script>alert(1)<!-- ` pool", "test"} {
		var file bytes.Buffer
		paths[i] = filepath.Join(dir, name+".jsonl")
		err := datasets.WriteJSONL(&file, datasets.Labels{Spans: h.spans, Classes: hostile}, func(yield func(corpus.Judged, error) bool) {
			for _, doc := range docs[i] {
				if !yield(doc, nil) {
					return
				}
			}
		})
		if err == nil {
			err = os.WriteFile(paths[i], file.Bytes(), 0o644)
		}
		if err != nil {
			h.Fatal(err)
		}
	}
	config.Pool = datasets.Texts{Pool: paths[0], Test: paths[1], Label: datasets.NoLabel, Spans: h.spans, Classes: hostile}
	config.Batch = 2 * len(hostile)
	var err error
	if h.s, err = alnb.CreateSession(h.Context(), filepath.Join(dir, "session"), config); err != nil {
		h.Fatal(err)
	}
}

// judgment is one that gives a class, or two spans at the beginning.
func (h *hostileSession) judgment(name string) corpus.Judgment {
	j := corpus.Judgment{Verdict: corpus.Labeled, Flagged: true, Note: "note " + name, Annotator: name}
	if h.spans {
		j.Spans = []corpus.Span{{Start: 0, End: 1, Type: name}, {Start: 1, End: 2, Type: name}}
	} else {
		j.Class = name
	}
	return j
}

// label labels all documents as the page does, while a server runs.
func (h *hostileSession) label() {
	h.Helper()
	ctx, end := context.WithCancel(h.Context())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- serve.Serve(ctx, h.s, serve.Options{Every: 1000, Log: slog.New(slog.DiscardHandler), Ready: func(address string) { ready <- address }})
	}()
	defer func() {
		end()
		<-ended
	}()
	var address string
	select {
	case address = <-ready:
	case err := <-ended:
		ended <- err
		h.Fatal(err)
	}
	ask := func(what string, body, into any) {
		h.Helper()
		method := http.MethodGet
		if body != nil {
			method = http.MethodPost
		}
		raw, err := json.Marshal(body)
		if err != nil {
			h.Fatal(err)
		}
		request, err := http.NewRequest(method, address+"api/"+what, bytes.NewReader(raw))
		if err != nil {
			h.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			h.Fatal(err)
		}
		defer response.Body.Close()
		var answer bytes.Buffer
		answer.ReadFrom(response.Body)
		if bytes.ContainsAny(answer.Bytes(), "<>") {
			h.Errorf("%s answers with what a browser could take for elements: %.200q", what, &answer)
		}
		if err := json.Unmarshal(answer.Bytes(), into); err != nil || response.StatusCode != http.StatusOK {
			h.Fatalf("%s: %s, %v: %s", what, response.Status, err, &answer)
		}
	}
	var about struct{ Classes []struct{ Name string } }
	ask("about", nil, &about)
	var batch struct{ Items []struct{ ID, Text string } }
	ask("batch", nil, &batch)
	if len(about.Classes) != len(hostile) || len(batch.Items) != 2*len(hostile) {
		h.Fatalf("%d classes, %d documents", len(about.Classes), len(batch.Items))
	}
	h.said = make(map[string]corpus.Judgment)
	for i, item := range batch.Items {
		name := about.Classes[i%len(hostile)].Name
		if name != hostile[i%len(hostile)] {
			h.Errorf("class %q is shown as %q", hostile[i%len(hostile)], name)
		}
		j := h.judgment(name)
		h.said[item.ID] = j
		var receipt struct{ Seq int64 }
		ask("judge", map[string]any{
			"request": fmt.Sprint(i), "document": item.ID, "verdict": j.Verdict, "class": j.Class, "spans": j.Spans, "flagged": j.Flagged,
			"note": j.Note, "annotator": j.Annotator,
		}, &receipt)
	}
}

// checkClasses: names are as they were, and one can become another.
func (h *hostileSession) checkClasses() {
	h.Helper()
	const plain = "plain"
	for _, err := range []error{
		h.s.RenameClass(h.Context(), hostile[0], plain, hostile[1]), h.s.RenameClass(h.Context(), plain, hostile[0], hostile[1]),
	} {
		if err != nil {
			h.Error(err)
		}
	}
	classes, err := h.s.Classes(h.Context())
	if err != nil || len(classes) != len(hostile) {
		h.Fatal(classes, err)
	}
	for i, class := range classes {
		if class.Name != hostile[i] {
			h.Errorf("class %q has become %q", hostile[i], class.Name)
		}
	}
}

// checkExports: what is written can be read, and says what was said.
func (h *hostileSession) checkExports(conll string) {
	h.Helper()
	predictions, err := h.s.Predict(h.Context(), nil)
	if err != nil {
		h.Fatal(err)
	}
	endings := map[string]string{datasets.LabelStudioForm: ".json", datasets.JSONLForm: ".jsonl"}
	labels := datasets.Labels{Spans: h.spans, Classes: hostile}
	for _, form := range datasets.Forms() {
		var file bytes.Buffer
		err := export.Documents(h.Context(), &file, h.s, form, predictions)
		if form == datasets.CoNLLForm {
			if err == nil || !strings.Contains(err.Error(), conll) {
				h.Errorf("%s: %v", form, err)
			}
			continue
		}
		if err != nil {
			h.Errorf("%s: %v", form, err)
			continue
		}
		switch form {
		case datasets.CSVForm:
			rows, err := csv.NewReader(&file).ReadAll()
			if err != nil || len(rows) != 3*len(hostile)+1 {
				h.Errorf("%s: %d rows, %v", form, len(rows), err)
			}
			h.checkNames(form, rows)
		case datasets.ParquetForm:
			read, err := parquet.OpenFile(bytes.NewReader(file.Bytes()), int64(file.Len()))
			if err != nil || read.NumRows() != int64(3*len(hostile)) {
				h.Fatal(form, err)
			}
			if classes, _ := read.Lookup("classes"); !reflect.DeepEqual(decoded(h.T, classes), hostile) {
				h.Errorf("%s: the classes are %s", form, classes)
			}
		default:
			path := filepath.Join(h.TempDir(), "export"+endings[form])
			if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
				h.Fatal(err)
			}
			h.checkRead(form, path, labels, predictions)
		}
	}
}

// checkNames: the cells of a table have the classes that were given.
func (h *hostileSession) checkNames(form string, rows [][]string) {
	h.Helper()
	column := slices.Index(rows[0], map[bool]string{false: "label", true: "spans"}[h.spans])
	given := make(map[string]bool)
	for _, row := range rows[1:] {
		if !h.spans {
			given[row[column]] = true
			continue
		}
		var spans []struct{ Type string }
		if err := json.Unmarshal([]byte(row[column]), &spans); err != nil {
			h.Fatal(form, err)
		}
		given[spans[0].Type] = true
	}
	want := slices.Sorted(slices.Values(hostile))
	if got := slices.Sorted(maps.Keys(given)); !slices.Equal(got, want) {
		h.Errorf("%s: the names are %q, want %q", form, got, want)
	}
}

// checkRead reads an export: each document has what was said about it, and what the model says.
func (h *hostileSession) checkRead(form, path string, labels datasets.Labels, predictions []corpus.Prediction) {
	h.Helper()
	n := 0
	for doc, err := range datasets.ReadJudged(path, labels) {
		if err != nil {
			h.Fatal(err)
		}
		stored, err := h.s.Document(h.Context(), doc.ID)
		if err != nil || stored.Text != doc.Text || !slices.Equal(stored.Words, doc.Words) {
			h.Errorf("%s: document %q is %q, want %q; %v", form, doc.ID, doc.Text, stored.Text, err)
		}
		p := doc.Prediction
		if p == nil || p.Class != predictions[n].Class || !slices.Equal(p.Spans, predictions[n].Spans) || !slices.Equal(p.Probabilities, predictions[n].Probabilities) {
			h.Errorf("%s: of document %q, %+v is predicted, want %+v", form, doc.ID, p, predictions[n])
		}
		n++
		want, ours := h.said[doc.ID]
		if !ours {
			continue // of the test split
		}
		got := *doc.Judgment
		want.At = got.At
		if got.At.IsZero() || !reflect.DeepEqual(got, want) {
			h.Errorf("%s: of document %q was said %+q, want %+q", form, doc.ID, fmt.Sprint(got), fmt.Sprint(want))
		}
	}
	if n != 3*len(hostile) {
		h.Errorf("%s: %d documents", form, n)
	}
}

func decoded(t *testing.T, list string) (names []string) {
	t.Helper()
	if err := json.Unmarshal([]byte(list), &names); err != nil {
		t.Fatal(err)
	}
	return names
}

// checkModel: the exported model knows the names, and its card shows them as code.
func (h *hostileSession) checkModel() {
	h.Helper()
	out := filepath.Join(h.TempDir(), "model")
	if err := export.Model(h.Context(), h.s, out); err != nil {
		h.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(out, "config.json"))
	if err != nil {
		h.Fatal(err)
	}
	var config struct {
		Names map[string]string `json:"id2label"`
	}
	if err := json.Unmarshal(raw, &config); err != nil {
		h.Fatal(err)
	}
	want := hostile
	if h.spans {
		want = []string{corpus.Outside}
		for _, name := range hostile {
			want = append(want, "B-"+name, "I-"+name)
		}
	}
	for i, name := range want {
		if got := config.Names[fmt.Sprint(i)]; got != name {
			h.Errorf("class %q of the model is called %q", name, got)
		}
	}
	card, err := os.ReadFile(filepath.Join(out, "README.md"))
	if err != nil {
		h.Fatal(err)
	}
	prose, rest, _ := strings.Cut(string(card), "\n```json\n")
	settings, ok := strings.CutSuffix(rest, "\n```\n")
	if !ok || strings.Contains(settings, "\n```") || !json.Valid([]byte(settings)) {
		h.Errorf("the settings end before their end: %s", settings)
	}
	for line := range strings.Lines(prose) {
		if strings.ContainsAny(withoutCode(line), "<>`") {
			h.Errorf("the card has %q, where a name isn't code", line)
		}
	}
	if strings.ContainsAny(string(card), "\u2028\u2029\u202e\u2066\x1b") {
		h.Error("the card has characters that change the text around them")
	}
}

// withoutCode leaves out what stands between as many backticks on both sides.
func withoutCode(line string) string {
	ticks := regexp.MustCompile("`+").FindAllStringIndex(line, -1)
	var prose strings.Builder
	at := 0
	for i := 0; i < len(ticks); i++ {
		for k := i + 1; k < len(ticks); k++ {
			if ticks[k][1]-ticks[k][0] == ticks[i][1]-ticks[i][0] {
				prose.WriteString(line[at:ticks[i][0]])
				at, i = ticks[k][1], k
				break
			}
		}
	}
	return prose.String() + line[at:]
}

// checkReport: the tables and the chart have no elements but their own.
func (h *hostileSession) checkReport() {
	h.Helper()
	status, err := h.s.Status(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	advice, err := status.Advice()
	if err != nil {
		h.Fatal(err)
	}
	name := h.s.About().Name
	classes, err := report.SessionTable(name, status).HTML()
	if err != nil {
		h.Fatal(err)
	}
	curve, err := report.SessionCurve(name, status).HTML()
	if err != nil {
		h.Fatal(err)
	}
	advised, err := report.AdviceTable(advice).HTML()
	if err != nil {
		h.Fatal(err)
	}
	for _, page := range []struct {
		html    string
		scripts int
	}{{string(classes), 0}, {string(curve), 1}, {string(advised), 0}} {
		if got := strings.Count(page.html, "<script"); got != page.scripts || strings.Count(page.html, "</script") != got {
			h.Errorf("%d scripts, want %d, in %s", got, page.scripts, page.html)
		}
		for _, element := range []string{"<img src=x", "<svg onload", "<b>", "<iframe", "<!--"} {
			if strings.Contains(page.html, element) {
				h.Errorf("a name became an element: %s in %s", element, page.html)
			}
		}
		if strings.ContainsAny(page.html, "\u2028\u2029\u202e\u2066\x1b") {
			h.Error("a page has characters that change the text around them")
		}
	}
}
