package annotate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestRefusals(t *testing.T) {
	desk := newDesk(false, []string{"Sport", "World"}, texts(3)...)
	server := serve(t, desk, Options{Hosts: []string{"hub.example.org", "other.example.org:8000"}})
	port := server[strings.LastIndexByte(server, ':'):]
	jsonHeader := func(more ...string) http.Header {
		h := http.Header{"Content-Type": {"application/json"}}
		for i := 0; i < len(more); i += 2 {
			h.Set(more[i], more[i+1])
		}
		return h
	}
	page, judge := "/"+token+"/", "/"+token+"/api/judge"
	post := func(host string, h http.Header, body string) question {
		return question{http.MethodPost, judge, host, h, strings.NewReader(body)}
	}
	get := func(path, host string) question { return question{http.MethodGet, path, host, nil, nil} }
	said := func(verdict, more string) question {
		return post("", jsonHeader(), `{"request": "r", "document": "doc-0", "verdict": "`+verdict+`"`+more+`}`)
	}
	add := func(name string, h http.Header) question {
		return question{http.MethodPost, page + "api/classes", "", h, strings.NewReader(`{"name": "` + name + `"}`)}
	}
	plain := func(kind string) http.Header { return http.Header{"Content-Type": {kind}} }
	const evil = "https://evil.example"
	endless := io.LimitReader(spaces{}, 10<<20)
	for name, test := range map[string]struct {
		question
		want int
	}{
		"the page":                     {get(page, ""), 200},
		"its script":                   {get(page+"main.js", ""), 200},
		"no slash":                     {get("/"+token, ""), 308},
		"nothing":                      {get("/", ""), 404},
		"no token":                     {get("/api/batch", ""), 404},
		"a wrong token":                {get("/"+token+"x/", ""), 404},
		"a wrong token for data":       {get("/correct-horse-battery-stable/api/batch", ""), 404},
		"no such file":                 {get(page+"missing.js", ""), 404},
		"a folder":                     {get(page+".", ""), 404},
		"out of the folder":            {get(page+"..%2fserver.go", ""), 404},
		"no such question":             {get(page+"api/missing", ""), 404},
		"a change by GET":              {get(judge, ""), 405},
		"a page by POST":               {question{http.MethodPost, page, "", jsonHeader(), nil}, 405},
		"localhost":                    {get(page, "localhost"+port), 200},
		"LOCALHOST":                    {get(page, "LOCALHOST"+port), 200},
		"IPv6":                         {get(page, "[::1]"+port), 200},
		"another host":                 {get(page, "evil.example"), 403},
		"another host with the port":   {get(page, "evil.example"+port), 403},
		"another host in front":        {get(page, "localhost.evil.example"+port), 403},
		"localhost with another port":  {get(page, "localhost:1"), 403},
		"localhost without a port":     {get(page, "localhost"), 403},
		"a host that is allowed":       {get(page, "hub.example.org"), 200},
		"with any port":                {get(page, "hub.example.org:8443"), 200},
		"a host that has its port":     {get(page, "other.example.org:8000"), 200},
		"and another":                  {get(page, "other.example.org"), 403},
		"another host's change":        {post("evil.example"+port, jsonHeader(), judged), 403},
		"a foreign origin":             {post("", jsonHeader("Origin", evil), judged), 403},
		"a foreign origin in disguise": {post("", jsonHeader("Origin", evil, "Sec-Fetch-Site", "same-origin"), judged), 403},
		"another port's origin":        {post("", jsonHeader("Origin", "http://127.0.0.1:1"), judged), 403},
		"no origin that can be told":   {post("", jsonHeader("Origin", "null"), judged), 403},
		"a file's origin":              {post("", jsonHeader("Origin", "file://"), judged), 403},
		"cross-site":                   {post("", jsonHeader("Sec-Fetch-Site", "cross-site"), judged), 403},
		"same-site":                    {post("", jsonHeader("Sec-Fetch-Site", "same-site"), judged), 403},
		"a form":                       {post("", plain("application/x-www-form-urlencoded"), judged), 415},
		"a form of plain text":         {post("", plain("text/plain"), judged), 415},
		"no type":                      {post("", nil, judged), 415},
		"10 MB":                        {post("", jsonHeader(), strings.Repeat("x", 10<<20)), 413},
		"10 MB of who knows":           {question{http.MethodPost, judge, "", jsonHeader(), endless}, 413},
		"no JSON":                      {post("", jsonHeader(), "request=r1"), 400},
		"two values":                   {post("", jsonHeader(), judged+judged), 400},
		"an unknown field":             {said("skip", `, "at": 1`), 400},
		"no request":                   {post("", jsonHeader(), `{"document": "doc-0", "verdict": "skip"}`), 400},
		"no document":                  {post("", jsonHeader(), `{"request": "r", "verdict": "skip"}`), 400},
		"no verdict":                   {said("", ``), 400},
		"an unknown verdict":           {said("maybe", ``), 400},
		"skipped with a class":         {said("skip", `, "class": "Sport"`), 400},
		"withdrawn with a verdict":     {said("skip", `, "withdraw": true`), 400},
		"what the desk refuses":        {said("label", `, "class": "Sports"`), 422},
		"a class without a name":       {add(` `, jsonHeader()), 400},
		"a class that is there":        {add(`Sport`, jsonHeader()), 422},
		"a class of another page":      {add(`x`, jsonHeader("Origin", "null")), 403},
	} {
		t.Run(name, func(t *testing.T) {
			code, header, body := test.ask(t, server)
			if code != test.want {
				t.Fatalf("the answer is %d, want %d: %.200s", code, test.want, body)
			}
			checkHeaders(t, header)
			if code >= 400 {
				var said struct{ Error string }
				err := json.Unmarshal([]byte(body), &said)
				if err != nil || said.Error == "" || header.Get("Content-Type") != "application/json" {
					t.Errorf("no sentence says what is wrong: %v: %.200s", err, body)
				}
			}
		})
	}
	if len(desk.taken) != 0 || len(desk.classes) != 2 {
		t.Errorf("something was taken: %v, %v", desk.taken, desk.classes)
	}
	for _, q := range []question{
		post("", jsonHeader("Origin", server, "Sec-Fetch-Site", "same-origin"), judged),
		post("hub.example.org", jsonHeader("Origin", "https://hub.example.org"), judged), // again, behind a proxy that ends TLS
	} {
		if code, _, body := q.ask(t, server); code != 200 {
			t.Errorf("the page itself is refused: %d %s", code, body)
		}
	}
	if len(desk.taken) != 1 || desk.repeated != 1 {
		t.Errorf("taken: %v, repeated: %d", desk.taken, desk.repeated)
	}
}

// spaces is a body that says nothing about its length.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// checkHeaders checks what every answer says about what may be done with it.
func checkHeaders(t *testing.T, h http.Header) {
	t.Helper()
	for name, want := range map[string]string{
		"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
	} {
		if h.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, h.Get(name), want)
		}
	}
	policy := h.Get("Content-Security-Policy")
	for _, want := range []string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
		"frame-ancestors 'self' http://localhost:* http://127.0.0.1:*",
	} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %q", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("the policy allows what is unsafe: %q", policy)
	}
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("another origin may read it: %s", name)
		}
	}
}

func TestNew(t *testing.T) {
	for name, test := range map[string]struct {
		token   string
		options Options
		want    string
	}{
		"no token":           {"", Options{}, "at least 24"},
		"a short token":      {"guessable", Options{}, "at least 24"},
		"a path":             {"correct/horse/battery/staple", Options{}, "letters, digits"},
		"a second directive": {token, Options{FrameAncestors: []string{"x; script-src *"}}, "one origin"},
		"an address":         {token, Options{Hosts: []string{"https://hub.example.org/"}}, "is no host"},
	} {
		if _, err := New(newDesk(false, nil), test.token, test.options); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, test.want)
		}
	}
	s := httptest.NewServer(must(New(newDesk(false, nil), token, Options{FrameAncestors: []string{"https://hub.example.org"}})))
	defer s.Close()
	_, header, _ := question{method: http.MethodGet, path: "/" + token + "/"}.ask(t, s.URL)
	policy := header.Get("Content-Security-Policy")
	if !strings.HasSuffix(policy, "frame-ancestors 'self' https://hub.example.org") {
		t.Error(policy)
	}
}

// behindProxy serves a server as jupyter-server-proxy does: below a path, with the Host that the browser sent.
func behindProxy(t *testing.T, server string) string {
	t.Helper()
	target := must(url.Parse(server))
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host }}
	s := httptest.NewServer(http.StripPrefix("/user/ada/proxy/4321", proxy))
	t.Cleanup(s.Close)
	return s.URL + "/user/ada/proxy/4321"
}

func TestBehindAProxy(t *testing.T) {
	desk := newDesk(false, []string{"Sport"}, texts(1)...)
	strict := behindProxy(t, serve(t, desk, Options{}))
	if code, _, _ := (question{method: http.MethodGet, path: "/" + token + "/"}).ask(t, strict); code != 403 {
		t.Errorf("a proxy that nobody allowed: %d", code)
	}
	proxy := behindProxy(t, serve(t, desk, Options{Hosts: []string{"127.0.0.1"}}))
	code, header, _ := question{method: http.MethodGet, path: "/" + token}.ask(t, proxy)
	if code != 308 || header.Get("Location") != token+"/" {
		t.Errorf("%d to %q", code, header.Get("Location"))
	}
	if code, receipt := judge(t, proxy, judged); code != 200 || receipt.Seq != 1 {
		t.Errorf("%d %+v", code, receipt)
	}
}

// A client that doesn't come to the end of its request is let go.
func TestSlowClient(t *testing.T) {
	server := NewServer("127.0.0.1:0", must(New(newDesk(false, nil), token, Options{})))
	if min(server.ReadHeaderTimeout, server.ReadTimeout, server.WriteTimeout, server.IdleTimeout) == 0 {
		t.Fatalf("the server waits for ever: %+v", server)
	}
	server.ReadHeaderTimeout = 100 * time.Millisecond
	listener, err := net.Listen("tcp", server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	defer server.Close()
	slow, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	fmt.Fprintf(slow, "GET /%s/ HTTP/1.1\r\nHost: ", token)
	slow.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.ReadAll(slow); errors.Is(err, net.ErrClosed) || err != nil && strings.Contains(err.Error(), "timeout") {
		t.Errorf("it still waits after 5 s: %v", err)
	}
}
