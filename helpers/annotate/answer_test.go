package annotate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
)

// judge sends a judgment until there is an answer, and returns its code and receipt.
func judge(t *testing.T, server, body string) (code int, receipt Receipt) {
	t.Helper()
	h := http.Header{"Content-Type": {"application/json"}}
	q := question{http.MethodPost, "/" + token + "/api/judge", "", h, strings.NewReader(body)}
	code, _, answer := q.ask(t, server)
	if err := json.Unmarshal([]byte(answer), &receipt); err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	return code, receipt
}

func TestJudge(t *testing.T) {
	desk := newDesk(false, []string{"Sport", "World"}, texts(3)...)
	server := serve(t, desk, Options{})
	full := `{"request": "a", "document": "doc-1", "verdict": "label", "class": "World", "spans": null, "flagged": true,
		"note": "two\nlines", "annotator": "Ada", "withdraw": false, "seconds": 2.5}`
	if code, got := judge(t, server, full); code != 200 || got != (Receipt{1, false}) {
		t.Errorf("%d %+v", code, got)
	}
	want := Judging{Request: "a", Document: "doc-1", Seconds: 2.5, Judgment: corpus.Judgment{
		Verdict: corpus.Labeled, Class: "World", Flagged: true, Note: "two\nlines", Annotator: "Ada"}}
	if got := desk.taken[0]; !reflect.DeepEqual(got, want) {
		t.Errorf("taken %+v, want %+v", got, want)
	}
	// The answer was lost: the same request comes again, and again.
	for range 3 {
		if code, got := judge(t, server, full); code != 200 || got != (Receipt{1, true}) {
			t.Errorf("%d %+v", code, got)
		}
	}
	// Another judgment under that name is refused for good.
	if code, _ := judge(t, server, strings.Replace(full, "World", "Sport", 1)); code != 422 {
		t.Errorf("another judgment in the same request: %d", code)
	}
	// What may pass is no refusal: the page goes on trying.
	desk.failure = errors.New("store: the disk is full")
	if code, _ := judge(t, server, strings.Replace(full, `"a"`, `"b"`, 1)); code != 500 {
		t.Errorf("a full disk: %d", code)
	}
	desk.failure = nil
	if code, got := judge(t, server, `{"request": "c", "document": "doc-1", "withdraw": true}`); code != 200 || got.Seq != 2 {
		t.Errorf("withdrawn: %d %+v", code, got)
	}
	if len(desk.taken) != 2 || len(desk.said()) != 0 {
		t.Errorf("taken %+v", desk.taken)
	}
}

// Several pages send at once, every request three times.
func TestJudgeFromManyPages(t *testing.T) {
	const pages, each = 8, 25
	desk := newDesk(false, []string{"Sport"}, texts(pages*each)...)
	server := serve(t, desk, Options{})
	var wait sync.WaitGroup
	for page := range pages {
		wait.Go(func() {
			for i := range each {
				body := fmt.Sprintf(`{"request": "%d-%d", "document": "doc-%d", "verdict": "label", "class": "Sport"}`,
					page, i, page*each+i)
				var first Receipt
				for try := range 3 {
					code, receipt := judge(t, server, body)
					if try == 0 {
						first = receipt
					}
					if code != 200 || receipt.Seq != first.Seq || receipt.Repeated != (try > 0) {
						t.Errorf("page %d, judgment %d, try %d: %d %+v", page, i, try, code, receipt)
					}
				}
			}
		})
	}
	wait.Wait()
	if len(desk.taken) != pages*each || desk.repeated != 2*pages*each || len(desk.said()) != pages*each {
		t.Errorf("%d taken, %d repeated, %d documents", len(desk.taken), desk.repeated, len(desk.said()))
	}
	last := map[string]int{} // each page's judgments are in the order in which it sent them
	for _, j := range desk.taken {
		var page, i int
		fmt.Sscanf(j.Request, "%d-%d", &page, &i)
		if i != last[fmt.Sprint(page)] {
			t.Errorf("page %d: judgment %d came as number %d", page, i, last[fmt.Sprint(page)])
		}
		last[fmt.Sprint(page)]++
	}
}

// A judgment that was begun is brought to its end though the page has gone.
func TestJudgeOutlivesThePage(t *testing.T) {
	desk := newDesk(false, []string{"Sport"}, texts(1)...)
	desk.hold = make(chan struct{})
	server := serve(t, contextDesk{desk}, Options{})
	client := http.Client{Timeout: 200 * time.Millisecond}
	if _, err := client.Post(server+"/"+token+"/api/judge", "application/json", strings.NewReader(judged)); err == nil {
		t.Fatal("the client did not give up")
	}
	close(desk.hold)
	for began := time.Now(); len(desk.said()) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > 5*time.Second {
			t.Fatal("the judgment is lost")
		}
	}
}

// contextDesk fails as a database does when nobody waits any more.
type contextDesk struct{ *fakeDesk }

func (d contextDesk) Judge(ctx context.Context, j Judging) (Receipt, error) {
	<-d.hold
	if err := ctx.Err(); err != nil {
		return Receipt{}, err
	}
	return d.fakeDesk.Judge(ctx, j)
}

func TestContent(t *testing.T) {
	desk := newDesk(true, []string{"PER", "LOC"},
		Item{ID: "words", Words: []string{"Angela", "Merkel", "in", "Köln"}},
		Item{ID: "text", Text: "😀 Köln's  café", Words: []string{"😀", "Köln's", "café"}})
	desk.judgments["words"] = &corpus.Judgment{Verdict: corpus.Labeled, Spans: []corpus.Span{{Start: 0, End: 2, Type: "PER"}}}
	desk.suggest = map[string]*corpus.Prediction{"text": {Spans: []corpus.Span{{Start: 1, End: 2, Type: "LOC"}}}}
	desk.again = []Item{{ID: "words", Words: []string{"Angela", "Merkel"}}}
	desk.twins = map[string][]Item{"text": {{ID: "a"}, {ID: "b", Judgment: &corpus.Judgment{Verdict: corpus.Skipped}}}}
	desk.status = Status{
		PerHour: math.NaN(), Progress: 1.5, Doing: "training", Metric: "span F1",
		Curve: []Point{{10, 0.5}, {20, math.Inf(1)}, {30, 0.75}},
	}
	server := serve(t, desk, Options{})
	for path, want := range map[string]string{
		"batch": `{"round":0,"items":[` +
			`{"id":"words","text":"Angela Merkel in Köln","words":[[0,6],[7,13],[14,16],[17,21]],` +
			`"judgment":{"verdict":"label","class":"","spans":[{"start":0,"end":2,"type":"PER"}],"flagged":false,"note":""}},` +
			`{"id":"text","text":"😀 Köln's  café","words":[[0,2],[3,9],[11,15]],"judgment":null}],` +
			`"again":[{"id":"words","text":"Angela Merkel","words":[[0,6],[7,13]],` +
			`"judgment":{"verdict":"label","class":"","spans":[{"start":0,"end":2,"type":"PER"}],"flagged":false,"note":""}}]}`,
		"twins?id=text":       `{"judgments":[null,{"verdict":"skip","class":"","spans":[],"flagged":false,"note":""}]}`,
		"twins?id=words":      `{"judgments":[]}`,
		"suggestion?id=text":  `{"suggestion":{"class":"","probability":0,"spans":[{"start":1,"end":2,"type":"LOC"}]}}`,
		"suggestion?id=words": `{"suggestion":null}`,
	} {
		code, _, body := question{method: http.MethodGet, path: "/" + token + "/api/" + path}.ask(t, server)
		if code != 200 || body != want {
			t.Errorf("%s: %d\n got %s\nwant %s", path, code, body, want)
		}
	}
	code, _, body := question{method: http.MethodGet, path: "/" + token + "/api/status"}.ask(t, server)
	want := `"perHour":0,"doing":"training","progress":1,"curve":[{"labeled":10,"value":0.5},{"labeled":30,"value":0.75}]`
	if code != 200 || !strings.Contains(body, want) {
		t.Errorf("%d: %s lacks %s", code, body, want)
	}
}

func TestLayOut(t *testing.T) {
	for name, test := range map[string]struct {
		item  Item
		text  string
		words [][2]int
		want  string // in the error
	}{
		"no words":        {Item{Text: "a b"}, "a b", [][2]int{}, ""},
		"only words":      {Item{Words: []string{"a", "😀", "b"}}, "a 😀 b", [][2]int{{0, 1}, {2, 4}, {5, 6}}, ""},
		"found":           {Item{Text: "a--a b", Words: []string{"a", "a", "b"}}, "a--a b", [][2]int{{0, 1}, {3, 4}, {5, 6}}, ""},
		"side by side":    {Item{Text: "日本語", Words: []string{"日本", "語"}}, "日本語", [][2]int{{0, 2}, {2, 3}}, ""},
		"no UTF-8":        {Item{Text: "\xff\xfe a", Words: []string{"a"}}, "\xff\xfe a", [][2]int{{3, 4}}, ""},
		"not there":       {Item{ID: "x", Text: "a", Words: []string{"b"}}, "", nil, `document "x"`},
		"in a character":  {Item{Text: "é", Words: []string{"x"}, Offsets: [][2]int{{0, 1}}}, "", nil, "cuts a character"},
		"overlapping":     {Item{Text: "abc", Words: []string{"ab", "bc"}, Offsets: [][2]int{{0, 2}, {1, 3}}}, "", nil, "word 2"},
		"out of the text": {Item{Text: "abc", Words: []string{"abcd"}, Offsets: [][2]int{{0, 4}}}, "", nil, "leaves the text"},
		"a place too few": {Item{Text: "ab", Words: []string{"a", "b"}, Offsets: [][2]int{{0, 1}}}, "", nil, "2 words and 1"},
	} {
		text, words, err := layOut(test.item)
		if test.want != "" {
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %v, want an error with %q", name, err, test.want)
			}
			continue
		}
		if err != nil || text != test.text || !reflect.DeepEqual(words, test.words) {
			t.Errorf("%s: %q %v %v, want %q %v", name, text, words, err, test.text, test.words)
		}
	}
}
