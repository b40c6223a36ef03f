package headless

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/home"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/helpers/internal/browsertest"
	"github.com/alnb/alnb/helpers/setup"
)

// In these tests somebody labels in a real JupyterLab, in a real browser, while the session's real server trains.

// opening is a cell that opens a session in the folder session; its parts are the source, and the model with its settings.
const opening = `import (
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/datasets"
	"github.com/alnb/alnb/helpers/nb"
)

func session() *alnb.Session {
	m := model.%[2]s
	m.MaxTokens = 32
	m.Training.Steps, m.Training.BatchSize = %[3]d, 8
	texts := datasets.Texts{Label: datasets.NoLabel, %[1]s}
	return nb.OpenSession("session", alnb.SessionConfig{Pool: texts, %[4]s: m})
}

%%%%
nb.Report(session())`

const (
	headlines = `Pool: "headlines.csv", Test: "headlines-test.csv", Classes: []string{"World", "Sports", "Business", "Sci/Tech"}`
	news      = `Pool: "news.jsonl", Test: "news-test.jsonl", Spans: true, Classes: []string{"PER", "LOC", "ORG"}`
)

// A labeler is a person at a notebook.
type labeler struct {
	t      *testing.T
	layout setup.Layout
	dir    string // of the notebook
	gold   map[string]any
}

// newLabeler makes a notebook whose first cell is given, or skips the test where a part is missing.
func newLabeler(t *testing.T, opens string) *labeler {
	t.Helper()
	if testing.Short() {
		t.Skip("NOT TESTED: labeling in JupyterLab takes a minute; -short was given")
	}
	requireKernel(t)
	folder, err := home.Dir()
	if err != nil {
		t.Fatal(err)
	}
	browsertest.Chromium(t)
	browsertest.Playwright(t)
	l := &labeler{t: t, layout: setup.Paths(folder), dir: t.TempDir()}
	l.gold = make(map[string]any)
	if _, err := os.Stat(l.layout.Alnb); err != nil {
		t.Skipf("NOT TESTED: labeling in JupyterLab: %v (make setup puts it there)", err)
	}
	for _, name := range []string{"headlines.csv", "headlines-test.csv", "news.jsonl", "news-test.jsonl"} {
		raw, err := os.ReadFile("../../notebooks/texts/" + name)
		if err == nil {
			err = os.WriteFile(filepath.Join(l.dir, name), raw, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	l.write("n.ipynb", map[string]any{
		"cells": []any{
			code("a", opens), code("b", "%%\nnb.Annotate(session(), 30)"), code("c", "%%\nnb.Wait(session(), time.Hour)"),
		},
		"metadata": map[string]any{
			"kernelspec": map[string]any{"display_name": "Go (alnb)", "language": "go", "name": setup.KernelName},
		},
		"nbformat": 4, "nbformat_minor": 5,
	})
	t.Cleanup(l.endServer)
	return l
}

func code(id, source string) map[string]any {
	return map[string]any{
		"cell_type": "code", "id": id, "metadata": map[string]any{}, "execution_count": nil, "outputs": []any{}, "source": source,
	}
}

func (l *labeler) write(name string, content any) string {
	l.t.Helper()
	path := filepath.Join(l.dir, name)
	raw, err := json.Marshal(content)
	if err == nil {
		err = os.WriteFile(path, raw, 0o666)
	}
	if err != nil {
		l.t.Fatal(err)
	}
	return path
}

// know reads the answers.
func (l *labeler) know() {
	l.t.Helper()
	table, err := os.Open(filepath.Join(l.dir, "headlines.csv"))
	if err != nil {
		l.t.Fatal(err)
	}
	defer table.Close()
	rows, err := csv.NewReader(table).ReadAll()
	if err != nil {
		l.t.Fatal(err)
	}
	for _, row := range rows[1:] {
		l.gold[row[0]] = row[1]
	}
	lines, err := os.Open(filepath.Join(l.dir, "news.jsonl"))
	if err != nil {
		l.t.Fatal(err)
	}
	defer lines.Close()
	for scanner := bufio.NewScanner(lines); scanner.Scan(); {
		var doc struct {
			Text  string
			Spans []corpus.Span
		}
		if err := json.Unmarshal(scanner.Bytes(), &doc); err != nil {
			l.t.Fatal(err)
		}
		spans := [][]any{}
		for _, s := range doc.Spans {
			spans = append(spans, []any{s.Start, s.End, s.Type})
		}
		l.gold[doc.Text] = spans
	}
}

// found is what labeling.py says.
type found struct {
	Said []struct {
		Text, Class, Doing string
		Spans              [][]any // start, end and type, in characters
	}
	Times          []float64 // milliseconds from a key or a click to the next text
	Lasted         float64   // seconds that a cell went on after it was interrupted
	Address, Alone string
}

// environment is JupyterLab's: its settings lie in a folder of their own, and what the caller's proxy is doesn't matter. Its
// theme follows the browser's.
func (l *labeler) environment(more ...string) []string {
	l.t.Helper()
	own := l.t.TempDir()
	settings := filepath.Join(own, "lab", "user-settings", "@jupyterlab", "apputils-extension")
	if err := os.MkdirAll(settings, 0o777); err != nil {
		l.t.Fatal(err)
	}
	for name, content := range map[string]string{
		"themes.jupyterlab-settings": `{"adaptive-theme": true}`, "notification.jupyterlab-settings": `{"fetchNews": "false"}`,
	} {
		if err := os.WriteFile(filepath.Join(settings, name), []byte(content), 0o666); err != nil {
			l.t.Fatal(err)
		}
	}
	var environment []string
	for _, entry := range os.Environ() {
		foreign := func(prefix string) bool { return strings.HasPrefix(entry, prefix) }
		if !slices.ContainsFunc([]string{"ALNB_PROXY=", "ALNB_HOST=", "ALNB_HEADLESS=", "JUPYTER"}, foreign) {
			environment = append(environment, entry)
		}
	}
	return append(append(environment, "JUPYTER_PATH="+l.layout.JupyterData, "JUPYTER_CONFIG_DIR="+own,
		"JUPYTER_DATA_DIR="+filepath.Join(own, "data"), "JUPYTER_RUNTIME_DIR="+filepath.Join(own, "runtime")), more...)
}

// play has labeling.py do a part in the JupyterLab at server.
func (l *labeler) play(part, server string) (f found) {
	l.t.Helper()
	l.know()
	out, err := browsertest.Drive(l.t, "testdata/labeling.py", part, server, "n.ipynb", l.write("gold.json", l.gold))
	if err == nil {
		err = json.Unmarshal(out, &f)
	}
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(l.dir, "session", "serve.log"))
		l.t.Fatalf("%s: %v\n%s\nthe server's log: %s", part, err, out, log)
	}
	return f
}

func (l *labeler) session() *store.Session {
	l.t.Helper()
	s, err := store.OpenSession(context.Background(), filepath.Join(l.dir, "session"))
	if err != nil {
		l.t.Fatal(err)
	}
	return s
}

// endServer ends the session's server, which must end in order.
func (l *labeler) endServer() {
	if _, err := os.Stat(filepath.Join(l.dir, "session")); err != nil {
		return // the notebook didn't come so far
	}
	s := l.session()
	defer s.Close()
	holder, err := s.Holder(context.Background(), time.Minute)
	if err != nil || holder == nil {
		l.t.Logf("there is no server to end: %v", err)
		return
	}
	syscall.Kill(holder.PID, syscall.SIGTERM)
	for began := time.Now(); syscall.Kill(holder.PID, 0) == nil; time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			l.t.Errorf("the server still runs 20 s after it was asked to end")
			syscall.Kill(holder.PID, syscall.SIGKILL)
			return
		}
	}
}

// check checks that the session holds exactly what was said, each once, and that it is whole.
func (l *labeler) check(f found) {
	l.t.Helper()
	s := l.session()
	defer s.Close()
	if err := s.Verify(l.t.Context()); err != nil {
		l.t.Error(err)
	}
	want := make(map[string]corpus.Judgment)
	for _, said := range f.Said {
		want[said.Text] = corpus.Judgment{Verdict: corpus.Labeled, Class: said.Class}
	}
	if len(want) != len(f.Said) {
		l.t.Errorf("%d of %d texts were asked about again", len(f.Said)-len(want), len(f.Said))
	}
	history, err := s.History(l.t.Context(), "")
	if err != nil {
		l.t.Fatal(err)
	}
	history = slices.DeleteFunc(history, func(j store.StoredJudgment) bool { return j.Test })
	if len(history) != len(f.Said) {
		l.t.Errorf("the history has %d judgments, want %d", len(history), len(f.Said))
	}
	held := 0
	for j, err := range s.Judgments(l.t.Context()) {
		if err != nil {
			l.t.Fatal(err)
		}
		if j.Test {
			continue
		}
		doc, err := s.Document(l.t.Context(), j.Document)
		if err != nil {
			l.t.Fatal(err)
		}
		held++
		got := corpus.Judgment{Verdict: j.Verdict, Class: j.Class, Flagged: j.Flagged, Note: j.Note}
		if w, ok := want[doc.Text]; !ok || !reflect.DeepEqual(got, w) {
			l.t.Errorf("%q: the session has %+v, the person said %+v (%v)", doc.Text, got, w, ok)
		}
		if said := l.spansOf(f, doc.Text); !reflect.DeepEqual(inText(l.t, doc.Document, j.Spans), said) {
			l.t.Errorf("%q: the session has the spans %v, the person marked %v", doc.Text, j.Spans, said)
		}
	}
	if held != len(want) {
		l.t.Errorf("%d documents are judged, want %d", held, len(want))
	}
}

// spansOf are the spans that were marked in a text, by characters.
func (l *labeler) spansOf(f found, text string) (spans []corpus.Span) {
	for _, said := range f.Said {
		for _, span := range said.Spans {
			if said.Text == text {
				spans = append(spans, corpus.Span{Start: int(span[0].(float64)), End: int(span[1].(float64)), Type: span[2].(string)})
			}
		}
	}
	return spans
}

// inText gives spans of words their place in an ASCII text.
func inText(t *testing.T, doc corpus.Document, spans []corpus.Span) (out []corpus.Span) {
	t.Helper()
	if len(spans) == 0 {
		return nil
	}
	places, err := corpus.Offsets(doc.Text, doc.Words)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range spans {
		out = append(out, corpus.Span{Start: places[s.Start][0], End: places[s.End-1][1], Type: s.Type})
	}
	return out
}

// trained waits until the server has trained on all that is labeled.
func (l *labeler) trained(labeled int) {
	l.t.Helper()
	s := l.session()
	defer s.Close()
	for began := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		models, err := s.Models(l.t.Context())
		if err != nil {
			l.t.Fatal(err)
		}
		if n := len(models); n > 0 && models[n-1].Labeled >= labeled {
			l.t.Logf("%d models were trained beside it", n)
			return
		}
		if time.Since(began) > 2*time.Minute {
			l.t.Fatalf("the server has trained %d models, none of them on %d documents, after 2 minutes", len(models), labeled)
		}
	}
}

// checkTimes checks how long it took from a click to the next text.
func (l *labeler) checkTimes(f found) {
	l.t.Helper()
	slices.Sort(f.Times)
	if len(f.Times) < 20 {
		l.t.Fatalf("only %d times were measured", len(f.Times))
	}
	median := f.Times[len(f.Times)/2]
	l.t.Logf("to the next text: median %.1f ms, slowest %.1f ms, of %d", median, f.Times[len(f.Times)-1], len(f.Times))
	if median >= 250 {
		l.t.Errorf("the next text takes %.0f ms, median; want less than 250", median)
	}
}

func tinyBERT(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../alnb/model/testdata/tiny-bert")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// 30 texts are labeled in the notebook by keyboard and mouse, while all of JupyterLab is loaded again, the kernel started
// again, and a cell that waits interrupted.
func TestLabelingInJupyterLab(t *testing.T) {
	l := newLabeler(t, fmt.Sprintf(opening, headlines, fmt.Sprintf("Pretrained(%q)", tinyBERT(t)), 60, "Model"))
	f := l.play("texts", startLab(t, []string{l.layout.Jupyter, "lab"}, l.dir, l.environment()))
	if len(f.Said) != 30 {
		t.Errorf("%d texts were labeled, want 30", len(f.Said))
	}
	l.check(f)
	l.checkTimes(f)
	t.Logf("the cell ended %.2f s after it was interrupted", f.Lasted)
	if f.Lasted > 3 {
		t.Errorf("the cell went on for %.1f s after it was interrupted", f.Lasted)
	}
	l.trained(30) // all counts for the batch, also what was labeled when the trainer had just chosen other texts
}

// 20 spans are marked in the notebook.
func TestMarkingInJupyterLab(t *testing.T) {
	l := newLabeler(t, fmt.Sprintf(opening, news, fmt.Sprintf("PretrainedTagger(%q)", tinyBERT(t)), 60, "Tagger"))
	f := l.play("spans", startLab(t, []string{l.layout.Jupyter, "lab"}, l.dir, l.environment()))
	marked := 0
	for _, said := range f.Said {
		marked += len(said.Spans)
	}
	if marked != 20 {
		t.Errorf("%d spans were marked, want 20", marked)
	}
	l.check(f)
	l.trained(10 * (len(f.Said) / 10))
}

// On the page by itself 30 texts are labeled while a model is trained that takes longer than that.
func TestLabelingWhileItTrains(t *testing.T) {
	l := newLabeler(t, fmt.Sprintf(opening, headlines, `Pretrained("sentence-transformers/all-MiniLM-L6-v2")`, 5000, "Model"))
	if _, err := os.Stat(filepath.Join(l.layout.Home, "models", "sentence-transformers", "all-MiniLM-L6-v2")); err != nil {
		t.Skipf("NOT TESTED: labeling while a model is trained: %v (make setup puts it there)", err)
	}
	f := l.play("alone", startLab(t, []string{l.layout.Jupyter, "lab"}, l.dir, l.environment()))
	if len(f.Said) != 30 {
		t.Errorf("%d texts were labeled, want 30", len(f.Said))
	}
	l.check(f)
	l.checkTimes(f)
	for i, said := range f.Said[min(10, len(f.Said)):] {
		if !strings.Contains(said.Doing, "training") {
			t.Errorf("text %d was labeled while no model was trained: %q", i+10, said.Doing)
		}
	}
}

// Through jupyter-server-proxy the page works where Jupyter runs on this machine, without more than ALNB_PROXY.
func TestLabelingThroughJupyterServerProxy(t *testing.T) {
	l := newLabeler(t, fmt.Sprintf(opening, headlines, fmt.Sprintf("Pretrained(%q)", tinyBERT(t)), 60, "Model"))
	python := browsertest.Playwright(t)
	packages, err := exec.CommandContext(t.Context(), python, "-c",
		"import jupyter_server_proxy, pathlib; print(pathlib.Path(jupyter_server_proxy.__file__).parent.parent, end='')").Output()
	if err != nil {
		t.Skipf("NOT TESTED BEHIND JUPYTER'S PROXY: %s has no jupyter-server-proxy; "+
			"install helpers/annotate/testdata/requirements.txt", python)
	}
	// alnb's JupyterLab, and after its own packages those of the proxy.
	borrow := fmt.Sprintf("import sys; sys.path.append(%q); ", packages)
	try := exec.CommandContext(t.Context(), l.layout.VenvPython, "-c", borrow+"import jupyter_server_proxy")
	if said, err := try.CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED BEHIND JUPYTER'S PROXY: JupyterLab can't use that of %s: %s", python, said)
	}
	environment := l.environment("ALNB_PROXY=/proxy")
	enabled := []byte(`{"ServerApp": {"jpserver_extensions": {"jupyter_server_proxy": true}}}`)
	for _, entry := range environment {
		if folder, ok := strings.CutPrefix(entry, "JUPYTER_CONFIG_DIR="); ok {
			if err := os.WriteFile(filepath.Join(folder, "jupyter_server_config.json"), enabled, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	server := startLab(t, []string{
		l.layout.VenvPython, "-c", borrow + "from jupyterlab.labapp import main; sys.exit(main())",
	}, l.dir, environment)
	f := l.play("proxy", strings.Replace(server, "127.0.0.1", "localhost", 1))
	if !strings.HasPrefix(f.Address, "/proxy/") || f.Alone != strings.Replace(server, "127.0.0.1", "localhost", 1)+f.Address {
		t.Errorf("the frame shows %q, and the link leads to %q", f.Address, f.Alone)
	}
	l.check(f)
	for host, want := range map[string]int{
		"": http.StatusOK, "localhost:1": http.StatusOK, "evil.example": http.StatusForbidden,
	} {
		request, err := http.NewRequest(http.MethodGet, server+f.Address, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("under the name %q the answer is %d, want %d", host, answer.StatusCode, want)
		}
	}
}
