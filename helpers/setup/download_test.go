package setup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const body = "weights, said to be"

// testServer answers as the world may.
func testServer(t *testing.T) (*httptest.Server, *fetcher) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/good", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, body) })
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/good", http.StatusFound) })
	mux.HandleFunc("/insecure", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+r.Host+"/good", http.StatusFound)
	})
	mux.HandleFunc("/circle", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/circle", http.StatusFound) })
	mux.HandleFunc("/broken", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		fmt.Fprint(w, body[:5])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	mux.HandleFunc("/long", func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush() // no Content-Length
		fmt.Fprint(w, body, body)
	})
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	return server, newFetcher(server.Client().Transport.(*http.Transport), newLogger(nil))
}

func TestFetch(t *testing.T) {
	server, f := testServer(t)
	good := file{Size: int64(len(body)), SHA256: digest(body)}
	wrong := file{Size: int64(len(body)), SHA256: digest("something else")}
	for _, c := range []struct {
		path string
		want file
		says string // in the error; empty where there is none
	}{
		{"/good", good, ""},
		{"/good", file{}, ""},
		{"/moved", good, ""},
		{"/good", wrong, "as pinned; it is refused"},
		{"/good", file{Size: 3, SHA256: good.SHA256}, "not 3 as it should be"},
		{"/long", good, "longer than"},
		{"/broken", good, "broke off after 5 bytes"},
		{"/none", good, "404"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "file")
		sha, err := f.fetch(t.Context(), server.URL+c.path, c.want, path)
		if c.says == "" {
			if got, _ := os.ReadFile(path); err != nil || string(got) != body || sha != good.SHA256 {
				t.Errorf("%s: error %v, content %q", c.path, err, got)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v, want one that says %q", c.path, err, c.says)
		}
		wantEmpty(t, dir)
	}
}

func TestFetchStaysOnHTTPS(t *testing.T) {
	server, f := testServer(t)
	for _, path := range []string{"/insecure", "/circle"} {
		dir := t.TempDir()
		_, err := f.fetch(t.Context(), server.URL+path, file{}, filepath.Join(dir, "file"))
		if err == nil || !strings.Contains(err.Error(), "it redirects") {
			t.Errorf("%s: %v", path, err)
		}
		wantEmpty(t, dir)
	}
	for _, address := range []string{"http://example.org/x", "file:///etc/passwd", "https://", "::"} {
		if _, err := f.fetch(t.Context(), address, file{}, filepath.Join(t.TempDir(), "file")); err == nil {
			t.Errorf("%s was taken", address)
		}
	}
}

func TestFetchTriesADeadHostOnce(t *testing.T) {
	dials := 0
	f := newFetcher(&http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		dials++
		return nil, errors.New("no route to host")
	}}, newLogger(nil))
	dir := t.TempDir()
	for range 3 {
		_, err := f.fetch(t.Context(), "https://example.org/file", file{}, filepath.Join(dir, "file"))
		if err == nil || err.Error() != "example.org can't be reached: no route to host" {
			t.Errorf("error %v", err)
		}
	}
	if dials != 1 {
		t.Errorf("dialed %d times", dials)
	}
	wantEmpty(t, dir)
}

func TestFetchStops(t *testing.T) {
	server, f := testServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	if _, err := f.fetch(ctx, server.URL+"/good", file{}, filepath.Join(dir, "file")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	wantEmpty(t, dir)
}

func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("%s was left behind", e.Name())
	}
}

func TestReleaseWantsAPin(t *testing.T) {
	server, f := testServer(t)
	var out bytes.Buffer
	j := &job{Layout: Paths(t.TempDir()), log: newLogger(&out), net: f}
	archive := tarball(t, map[string]string{"dist/lib.a": "code"})
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(archive) })
	dest := filepath.Join(j.Home, "lib.a")
	get := func(sha string) error {
		_, err := j.release("lib", map[string]asset{platform: {URL: server.URL + "/lib.tar.gz", SHA256: sha}}, "lib.a", dest).get(t.Context())
		return err
	}
	t.Setenv("ALNB_TRUST_UNPINNED", "")
	if err := get(""); err == nil || !strings.Contains(err.Error(), "ALNB_TRUST_UNPINNED") {
		t.Errorf("an unpinned release gave %v", err)
	}
	if err := get(digest("other")); err == nil {
		t.Error("a release with another digest was taken")
	}
	if _, err := os.Stat(dest); err == nil {
		t.Error("a refused release was unpacked")
	}
	if err := get(digest(string(archive))); err != nil {
		t.Error(err)
	}
	if got, _ := os.ReadFile(dest); string(got) != "code" {
		t.Errorf("unpacked %q", got)
	}
	t.Setenv("ALNB_TRUST_UNPINNED", "1")
	if err := get(""); err != nil || !strings.Contains(out.String(), digest(string(archive))) {
		t.Errorf("a trusted release gave %v; the log should hold its digest:\n%s", err, &out)
	}
	if _, err := j.release("lib", nil, "lib.a", dest).get(t.Context()); err == nil || !strings.Contains(err.Error(), platform) {
		t.Errorf("a platform without release gave %v", err)
	}
}
