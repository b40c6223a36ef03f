package annotate

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
)

// Classes are renamed and merged by requests that are guarded as all changes are.
func TestChangeClasses(t *testing.T) {
	desk := newDesk(false, []string{"A", "B", "C"})
	handler := must(New(desk, token, Options{Hosts: []string{"example.com"}}))
	ask := func(what, body string, header http.Header) (int, string) {
		r := httptest.NewRequest(http.MethodPost, "/"+token+"/api/"+what, strings.NewReader(body))
		r.Header = header
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	json := http.Header{"Content-Type": {"application/json"}}
	foreign := http.Header{"Content-Type": {"application/json"}, "Origin": {"https://evil.example"}}
	long := strings.Repeat("x", maxName+1)
	for _, test := range []struct {
		what, body string
		header     http.Header
		code       int
		says       string
	}{
		{"rename", `{"from": "A", "to": " D ", "annotator": "Ada"}`, json, 200, `{"number":0,"name":"D","took":[]}`},
		{"merge", `{"from": "B", "into": "D"}`, json, 200, `{"number":0,"name":"D","took":[1]}`},
		{"merge", `{"from": "D", "into": "C"}`, json, 200, `{"number":2,"name":"C","took":[0,1]}`},
		{"rename", `{"from": "C", "to": " "}`, json, 400, "between 1 and"},
		{"rename", `{"from": "C", "to": "` + long + `"}`, json, 400, "between 1 and"},
		{"rename", `{"from": "C", "to": "E", "annotator": "` + long + `"}`, json, 400, "annotator"},
		{"merge", `{"from": "C", "into": "C", "annotator": "` + long + `"}`, json, 400, "annotator"},
		{"rename", `{"from": "A", "to": "E"}`, json, 422, "A"},
		{"merge", `{"from": "C", "into": "C"}`, json, 422, "C"},
		{"merge", `{"from": "C", "to": "C"}`, json, 400, "unknown field"},
		{"merge", `{"from": "C", "into": "C"}`, foreign, 403, ""},
		{"rename", `{"from": "C", "to": "E"}`, foreign, 403, ""},
	} {
		if code, said := ask(test.what, test.body, test.header); code != test.code || !strings.Contains(said, test.says) {
			t.Errorf("%s %.60s: %d %s; want %d, %q", test.what, test.body, code, said, test.code, test.says)
		}
	}
	want := []string{"Ada renames A to D", " merges B into D", " merges D into C"}
	if !reflect.DeepEqual(desk.events, want) {
		t.Errorf("%q; want %q", desk.events, want)
	}
}
