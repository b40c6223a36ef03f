package annotate

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

const token = "correct-horse-battery-staple"

// serve serves a desk and returns the address of the server, without the token.
func serve(t *testing.T, desk Desk, options Options) string {
	t.Helper()
	handler, err := New(desk, token, options)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}

func texts(n int) []Item {
	items := make([]Item, n)
	for i := range items {
		items[i] = Item{ID: fmt.Sprintf("doc-%d", i), Text: fmt.Sprintf("The text number %d.", i)}
	}
	return items
}

// A question is a request that a test makes.
type question struct {
	method, path string
	host         string // the Host that it claims; empty is the true one
	header       http.Header
	body         io.Reader
}

func (q question) ask(t *testing.T, server string) (code int, header http.Header, body string) {
	t.Helper()
	r, err := http.NewRequest(q.method, server+q.path, q.body)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range q.header {
		r.Header[name] = values
	}
	r.Host = q.host
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(raw)
}

const judged = `{"request": "r1", "document": "doc-0", "verdict": "label", "class": "Sport"}`

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
