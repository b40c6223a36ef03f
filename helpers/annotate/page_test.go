package annotate

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
)

// checkLatency checks how long a click or a key took to the next text.
func checkLatency(t *testing.T, found map[string]any) {
	t.Helper()
	var times []float64
	for _, v := range found["times"].([]any) {
		times = append(times, v.(float64))
	}
	slices.Sort(times)
	if len(times) < 10 {
		t.Fatalf("only %d times were measured", len(times))
	}
	median, slowest := times[len(times)/2], times[len(times)-1]
	t.Logf("to the next text: median %.1f ms, slowest %.1f ms, of %d", median, slowest, len(times))
	if median >= 250 {
		t.Errorf("the next text takes %.0f ms, median; want less than 250", median)
	}
}

var sections = []string{"World", "Sport", "Business", "Science"}

// 30 texts are labeled by keyboard and mouse, while the page is loaded again, answers are lost, and the server is
// stopped and started. The desk has in the end what was meant, each judgment once, in order.
func TestLabelTexts(t *testing.T) {
	var items []Item
	for i := range 30 {
		items = append(items, Item{ID: fmt.Sprintf("doc-%02d", i), Text: fmt.Sprintf(
			"%s news, number %d. The quick brown fox jumps over the lazy dog, and 👩‍👩‍👧‍👦 look on from the other side of the river.",
			sections[i%4], i)})
	}
	desk := newDesk(false, sections, items...)
	desk.suggest = map[string]*corpus.Prediction{"doc-00": {Class: "World", Probabilities: []float64{0.875, 0.125, 0, 0}}}
	desk.status = Status{
		PerHour: 312, Doing: "training", Progress: 0.4, Metric: "accuracy",
		Curve:  []Point{{10, 0.52}, {20, 0.61}, {30, 0.70}, {40, 0.74}, {50, 0.78}, {60, 0.79}},
		Advice: []string{"The last three models agree on 96 % of the pool: more labels change little."},
	}
	s := newStage(t, desk, Options{})
	found := s.play("texts")
	checkLatency(t, found)

	want := map[string]corpus.Judgment{}
	for i, item := range items {
		j := corpus.Judgment{Verdict: corpus.Labeled, Class: sections[i%4], Annotator: "Ada"}
		switch i {
		case 5:
			j = corpus.Judgment{Verdict: corpus.Skipped, Annotator: "Ada"}
		case 6:
			j = corpus.Judgment{Verdict: corpus.Unsure, Annotator: "Ada"}
		case 7:
			j.Flagged, j.Note = true, "two\nlines"
		case 8:
			j.Flagged = true // after it was judged
		}
		want[item.ID] = j
	}
	checkSaid(t, desk, want)
	if desk.repeated == 0 {
		t.Error("no request was repeated, though an answer was lost")
	}
	again := map[string]int{}
	for _, j := range desk.taken {
		if again[j.Document]++; j.Seconds < 0 || j.Seconds > 100 {
			t.Errorf("%s took %g s", j.Document, j.Seconds)
		}
	}
	for id, n := range again { // doc-08 is labeled and then flagged; doc-09 labeled wrongly, taken back, and labeled
		if expected := map[string]int{"doc-08": 2, "doc-09": 3}[id]; n != max(1, expected) {
			t.Errorf("%s has %d judgments", id, n)
		}
	}
}

func checkSaid(t *testing.T, desk *fakeDesk, want map[string]corpus.Judgment) {
	t.Helper()
	said := desk.said()
	for id, w := range want {
		got, ok := said[id]
		if len(got.Spans) == 0 {
			got.Spans = nil
		}
		if !ok || !reflect.DeepEqual(got, w) {
			t.Errorf("%s: got %+v, want %+v", id, got, w)
		}
	}
	if len(said) != len(want) {
		t.Errorf("%d documents are judged, want %d", len(said), len(want))
	}
}

func span(start, end int, kind string) corpus.Span {
	return corpus.Span{Start: start, End: end, Type: kind}
}

func isBetween(r rune) bool { return strings.ContainsRune(" ,.", r) }

// 20 spans are marked by keyboard and mouse, in words with and without a text.
func TestLabelSpans(t *testing.T) {
	words := func(i int, sentence string) Item {
		return Item{ID: fmt.Sprintf("doc-%d", i), Words: strings.Fields(sentence)}
	}
	const right = "😀 פגשה אנגלה מרקל את דוד בירושלים, וגם את רות."
	items := []Item{
		words(0, "Angela Merkel visited Paris with Emmanuel Macron on Monday ."),
		words(1, "Siemens of Munich hired Ada Lovelace and Alan Turing in London ."),
		words(2, "Nobody is named here ."),
		{ID: "doc-3", Text: right, Words: strings.FieldsFunc(right, isBetween)},
		words(4, strings.Repeat("Grace Hopper met Katherine Johnson in Houston . ", 4)),
	}
	desk := newDesk(true, []string{"PER", "LOC", "ORG"}, items...)
	desk.suggest = map[string]*corpus.Prediction{
		"doc-0": {Spans: []corpus.Span{{Start: 0, End: 2, Type: "PER"}, {Start: 3, End: 4, Type: "LOC"}}},
	}
	s := newStage(t, desk, Options{})
	s.play("spans")
	spans := func(spans ...corpus.Span) corpus.Judgment {
		return corpus.Judgment{Verdict: corpus.Labeled, Spans: spans}
	}
	const per, loc, org = "PER", "LOC", "ORG"
	var many []corpus.Span
	for i := range 3 {
		many = append(many, span(8*i, 8*i+2, per), span(8*i+3, 8*i+5, per), span(8*i+6, 8*i+7, loc))
	}
	want := map[string]corpus.Judgment{
		"doc-0": spans(span(0, 2, per), span(3, 4, loc), span(5, 7, per)),
		"doc-1": spans(span(0, 1, org), span(2, 3, loc), span(4, 6, per), span(7, 9, per), span(10, 11, loc)),
		"doc-2": spans(),
		"doc-3": spans(span(2, 4, per), span(5, 6, per), span(6, 7, loc)),
		"doc-4": spans(many...),
	}
	checkSaid(t, desk, want)
	total := 0
	for _, j := range desk.said() {
		total += len(j.Spans)
	}
	if total != 20 {
		t.Errorf("%d spans are marked, want 20", total)
	}
	if len(desk.taken) != len(items) {
		t.Errorf("%d judgments were taken, want one for each of %d documents", len(desk.taken), len(items))
	}
}

// hostile are texts and names that would do harm where they are not shown as text.
var hostile = []string{
	`<script>window.ran='script'</script>`,
	`"><img src=x onerror="window.ran='image'">`,
	`</script><svg onload="window.ran='svg'">`,
	"line\u2028separator\u2029and\u202ebidi\u2066control\x00\x1b[31m",
	`{{window.ran='template'}} ${window.ran='literal'} <b>bold</b> & 'quoted' javascript:window.ran=1`,
	`<iframe srcdoc="<script>parent.ran='frame'</script>"></iframe>`,
	"__proto__",
}

func checkHarmless(t *testing.T, found map[string]any) {
	t.Helper()
	if found["ran"] != "" {
		t.Errorf("something ran: %v", found["ran"])
	}
	if found["elements"] != "" {
		t.Errorf("a text became an element: %v", found["elements"])
	}
}

// Hostile texts, names and sentences are shown, and do nothing.
func TestHostileTexts(t *testing.T) {
	for _, spans := range []bool{false, true} {
		t.Run(fmt.Sprintf("spans %v", spans), func(t *testing.T) {
			var items []Item
			suggest := map[string]*corpus.Prediction{}
			for i, text := range hostile {
				item := Item{ID: text, Text: text + fmt.Sprintf(" %d", i)}
				suggest[text] = &corpus.Prediction{Class: text, Probabilities: []float64{0.5}}
				if spans {
					item.Words = strings.Fields(item.Text)
					suggest[text].Spans = []corpus.Span{{Start: 0, End: 1, Type: text}}
				}
				items = append(items, item)
			}
			desk := newDesk(spans, hostile, items...)
			desk.title, desk.suggest = strings.Join(hostile, " "), suggest
			desk.status = Status{
				Doing: hostile[1], Progress: 0.5, Metric: hostile[2], Curve: []Point{{1, 0.5}, {2, 0.6}}, Advice: hostile,
			}
			s := newStage(t, desk, Options{})
			found := s.play(map[bool]string{false: "hostile", true: "hostile spans"}[spans])
			checkHarmless(t, found)
			for _, text := range hostile {
				j, ok := desk.said()[text]
				class := j.Class
				if spans && len(j.Spans) == 1 {
					class = j.Spans[0].Type
				}
				if !ok || class != text {
					t.Errorf("%q was judged as %+v", text, j)
				}
				if j.Note != `<img src=x onerror="window.ran='note'">` {
					t.Errorf("%q has the note %q", text, j.Note)
				}
			}
		})
	}
}

// A foreign page that knows the address, its token included, can neither label nor read, and can't show the page in a
// frame; a page of Jupyter's can show it. Under another name, which an attacker may have made to lead here, there is
// nothing.
func TestForeignPages(t *testing.T) {
	desk := newDesk(false, []string{"Sport"}, texts(4)...)
	s := newStage(t, desk, Options{})
	page := "http://" + s.addr + "/" + token + "/"
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!DOCTYPE html><title>other</title><iframe src=%q width="900" height="600"></iframe>
<form method="post" enctype="text/plain" action=%q target="_blank">
<input name='{"request":"f","document":"doc-0","verdict":"skip","note":"' value='"}'></form>`,
			page, page+"api/judge")
	}))
	defer host.Close()
	found := s.play("foreign", page, host.URL)
	for what, want := range map[string]any{
		"foreign fetch": "refused", "foreign read": "refused", "foreign frame": "empty",
		"another name": "403", "jupyter's frame": "works",
	} {
		if found[what] != want {
			t.Errorf("%s: %v, want %v", what, found[what], want)
		}
	}
	if len(desk.taken) != 1 || desk.taken[0].Document != "doc-0" || desk.taken[0].Class != "Sport" {
		t.Errorf("taken: %+v, want only what was labeled in Jupyter's frame", desk.taken)
	}
}

func topics(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("Topic %02d", i)
	}
	return names
}

// manyChosen are the classes that page.py chooses among many.
var manyChosen = []string{"Topic 03", "Topic 27", "Eco", "Économie", "Quite new", "Quite new"}

// Behind a proxy that puts a path in front, and with many classes, one of which is added on the way.
func TestManyClassesBehindAProxy(t *testing.T) {
	desk := newDesk(false, append(topics(40), "Économie", "Eco"), texts(6)...)
	s := newStage(t, desk, Options{Hosts: []string{"127.0.0.1"}})
	s.play("many", behindProxy(t, "http://"+s.addr)+"/"+token+"/")
	want := map[string]corpus.Judgment{}
	for i, class := range manyChosen {
		want[fmt.Sprintf("doc-%d", i)] = corpus.Judgment{Verdict: corpus.Labeled, Class: class}
	}
	checkSaid(t, desk, want)
}

// What the server refuses or can't save is said, and nothing is called saved before it is.
func TestTrouble(t *testing.T) {
	desk := newDesk(false, sections, texts(8)...)
	s := newStage(t, desk, Options{})
	s.play("trouble")
	skipped := corpus.Judgment{Verdict: corpus.Skipped}
	checkSaid(t, desk, map[string]corpus.Judgment{
		"doc-0": skipped, "doc-1": skipped, "doc-2": {Verdict: corpus.Unsure}, "doc-3": skipped, "doc-4": skipped,
		"new-1-0": skipped, "new-1-1": skipped,
	})
}

// Texts that are to be looked at again come after the one that is shown, with what was said about them, and are done when they
// are judged, also if in the same way.
func TestLookAgain(t *testing.T) {
	desk := newDesk(false, []string{"A", "B"}, texts(6)...)
	desk.judgments["old"] = &corpus.Judgment{Verdict: corpus.Labeled, Class: "B"}
	newStage(t, desk, Options{}).play("again")
	want := map[string]corpus.Judgment{}
	for id, class := range map[string]string{"doc-0": "A", "doc-1": "B", "doc-2": "A", "doc-3": "B", "old": "A", "doc-4": "A", "doc-5": "A"} {
		want[id] = corpus.Judgment{Verdict: corpus.Labeled, Class: class}
	}
	checkSaid(t, desk, want)
	times := map[string]int{}
	for _, j := range desk.taken {
		times[j.Document]++
	}
	if times["doc-1"] != 3 || times["old"] != 2 || len(desk.taken) != 10 {
		t.Errorf("judged: %v", times)
	}
}

// What was said about texts that are nearly the same is shown when it is asked for.
func TestTwins(t *testing.T) {
	desk := newDesk(false, []string{"A", "B"}, texts(3)...)
	a := &corpus.Judgment{Verdict: corpus.Labeled, Class: "<b>A</b>"}
	desk.twins = map[string][]Item{
		"doc-0": {{ID: "x", Judgment: a}, {ID: "y"}, {ID: "z", Judgment: a}, {ID: "u", Judgment: &corpus.Judgment{Verdict: corpus.Skipped}}},
	}
	newStage(t, desk, Options{}).play("twins")
}

// Classes are renamed and merged by keyboard, the latter after a question; what was said before has the new names, also where it
// is taken back and given again.
func TestClasses(t *testing.T) {
	desk := newDesk(false, []string{"World", "Sport", "Business"}, texts(6)...)
	newStage(t, desk, Options{}).play("classes")
	want := []string{"Ada renames Sport to Sports", "Ada merges Business into World"}
	if !slices.Equal(desk.events, want) {
		t.Errorf("%q; want %q", desk.events, want)
	}
	if said := desk.said(); len(said) != 1 || said["doc-0"].Class != "World" {
		t.Errorf("%+v", said)
	}
}

// Types of spans are renamed and merged, also in marks that aren't saved yet, and in what the mouse marks with.
func TestTypes(t *testing.T) {
	desk := newDesk(true, []string{"PER", "LOC"},
		Item{ID: "a", Words: []string{"Ann", "sleeps"}}, Item{ID: "b", Words: []string{"Bob", "met", "Eve"}})
	newStage(t, desk, Options{}).play("types")
	checkSaid(t, desk, map[string]corpus.Judgment{
		"a": {Verdict: corpus.Labeled, Spans: []corpus.Span{span(0, 1, "PERSON")}},
		"b": {Verdict: corpus.Labeled, Spans: []corpus.Span{span(0, 1, "PERSON"), span(2, 3, "PERSON")}},
	})
}

// In a document of 10,000 words the keys are as good as at once.
func TestLongText(t *testing.T) {
	const n = 10_000
	desk := newDesk(true, []string{"PER", "LOC"}, Item{ID: "long", Words: strings.Fields(strings.Repeat("word ", n))})
	found := newStage(t, desk, Options{}).play("long")
	t.Logf("median times: moving the cursor %.0f ms, marking %.0f ms", found["move"], found["mark"])
	if found["move"].(float64) >= 250 || found["mark"].(float64) >= 250 {
		t.Errorf("moving the cursor takes %.0f ms, marking %.0f ms; want less than 250", found["move"], found["mark"])
	}
	spans := desk.said()["long"].Spans
	if len(spans) != 2 || spans[1] != span(n-1, n, "PER") {
		t.Errorf("marked: %+v", spans)
	}
}
