package download

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var content = bytes.Repeat([]byte("0123456789abcdef"), 1<<14) // 256 kB

// A server sends content, as hubs may: each request is first shown to handle, which may answer itself.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	ranges []string // of the requests so far
}

func serve(t *testing.T, handle func(n int, w http.ResponseWriter, r *http.Request) bool) *server {
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.ranges = append(s.ranges, r.Header.Get("Range"))
		n := len(s.ranges)
		s.mu.Unlock()
		if handle == nil || !handle(n, w, r) {
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// breaks sends the first n bytes of what was asked for and cuts the connection.
func breaks(w http.ResponseWriter, r *http.Request, n int) bool {
	from := 0
	fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
	w.Header().Set("Content-Length", fmt.Sprint(len(content)-from))
	if from > 0 {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
		w.WriteHeader(http.StatusPartialContent)
	}
	w.Write(content[from : from+n])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func (s *server) file() File {
	return File{
		URL: s.URL, Size: int64(len(content)), Sum: fmt.Sprintf("%x", sha256.Sum256(content)),
		NewHash: func(int64) hash.Hash { return sha256.New() },
	}
}

var quick = Client{Pause: time.Millisecond, Attempts: 3, Stall: 300 * time.Millisecond}

func TestFetch(t *testing.T) {
	elsewhere := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") != "" {
			http.Error(w, "the token came along", http.StatusBadRequest)
			return true
		}
		return false
	})
	for name, test := range map[string]struct {
		handle   func(n int, w http.ResponseWriter, r *http.Request) bool
		requests int
		want     string // in the error
	}{
		"at once": {nil, 1, ""},
		"redirected to another host, without the token": {func(n int, w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, elsewhere.URL, http.StatusFound) // another port
			return true
		}, 1, ""},
		"broken off twice": {func(n int, w http.ResponseWriter, r *http.Request) bool { return n <= 2 && breaks(w, r, 70000) }, 3, ""},
		"broken off again and again, but further each time": {func(n int, w http.ResponseWriter, r *http.Request) bool {
			return n <= 6 && breaks(w, r, 30000)
		}, 7, ""},
		"broken off at once, always": {func(n int, w http.ResponseWriter, r *http.Request) bool { return breaks(w, r, 0) }, 3, "after 3 attempts: the connection broke off after 0 of 262144"},
		"without ranges": {func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n == 1 {
				return breaks(w, r, 1000)
			}
			w.Write(content)
			return true
		}, 2, ""},
		"always cut, without ranges": {func(n int, w http.ResponseWriter, r *http.Request) bool {
			r.Header.Del("Range")
			return breaks(w, r, 1000)
		}, 3, "after 3 attempts: the connection broke off after 1000 of 262144"},
		"a page instead": {func(n int, w http.ResponseWriter, r *http.Request) bool {
			fmt.Fprint(w, "<html>log in</html>")
			return true
		}, 1, "the server sends 19 bytes, the file has 262144"},
		"in circles": {func(n int, w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "/", http.StatusFound)
			return true
		}, 10, "it redirects in circles"},
		"busy": {func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n == 1 {
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(http.StatusTooManyRequests)
			} else if n == 2 {
				w.WriteHeader(http.StatusBadGateway)
			}
			return n <= 2
		}, 3, ""},
		"busy for an hour": {func(n int, w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}, 1, "the server asks to wait 1h0m0s"},
		"unauthorized": {func(n int, w http.ResponseWriter, r *http.Request) bool {
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}, 1, "401 Unauthorized: it doesn't exist, or needs a token of someone who may read it (HF_TOKEN)"},
		"not found": {func(n int, w http.ResponseWriter, r *http.Request) bool { http.NotFound(w, r); return true }, 1, "404"},
		"another content": {func(n int, w http.ResponseWriter, r *http.Request) bool {
			w.Write(bytes.Repeat([]byte("x"), len(content)))
			return true
		}, 1, "it should have"},
		"too long": {func(n int, w http.ResponseWriter, r *http.Request) bool {
			w.Write(append(content, 'x'))
			return true
		}, 1, "longer than the 262144 bytes"},
		"silent": {func(n int, w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return true
		}, 3, "nothing came for 300ms"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, test.handle)
			dir := t.TempDir()
			path := filepath.Join(dir, "sub", "file")
			file := s.file()
			file.Token = "secret"
			err := quick.Fetch(t.Context(), file, path)
			got, _ := os.ReadFile(path)
			switch {
			case test.want == "" && (err != nil || !bytes.Equal(got, content)):
				t.Errorf("%v, %d bytes", err, len(got))
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || got != nil):
				t.Errorf("want %q, got %v and %d bytes", test.want, err, len(got))
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells the token: %v", err)
			}
			if len(s.ranges) != test.requests {
				t.Errorf("%d requests, want %d: %q", len(s.ranges), test.requests, s.ranges)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "sub", "*.part")); test.want == "" && len(left) > 0 {
				t.Errorf("left %q", left)
			}
		})
	}
}

// What another process has begun is gone on with; what it left of other content is not taken.
func TestFetchGoesOn(t *testing.T) {
	s := serve(t, nil)
	path := filepath.Join(t.TempDir(), "file")
	part := fmt.Sprintf("%s.%.12s.part", path, s.file().Sum)
	for name, test := range map[string]struct {
		begun  []byte
		ranges []string
	}{
		"half":        {content[:100000], []string{"bytes=100000-"}},
		"all":         {content, nil},
		"wrong half":  {bytes.Repeat([]byte("x"), 100000), []string{"bytes=100000-", ""}},
		"wrong whole": {bytes.Repeat([]byte("x"), len(content)), []string{""}},
		"too much":    {append(bytes.Clone(content), 'x'), []string{""}},
	} {
		os.Remove(path)
		s.ranges = nil
		if err := os.WriteFile(part, test.begun, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := quick.Fetch(t.Context(), s.file(), path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, _ := os.ReadFile(path); !bytes.Equal(got, content) || fmt.Sprint(s.ranges) != fmt.Sprint(test.ranges) {
			t.Errorf("%s: %d bytes, requests %q, want %q", name, len(got), s.ranges, test.ranges)
		}
	}
}

// Servers that answer a request for the rest with something else.
func TestFetchStartsOver(t *testing.T) {
	for name, handle := range map[string]func(n int, w http.ResponseWriter, r *http.Request) bool{
		"416": func(n int, w http.ResponseWriter, r *http.Request) bool {
			if r.Header.Get("Range") == "" {
				return false
			}
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return true
		},
		"another part": func(n int, w http.ResponseWriter, r *http.Request) bool {
			if r.Header.Get("Range") == "" {
				return false
			}
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", len(content)-1, len(content)))
			w.WriteHeader(http.StatusPartialContent)
			w.Write(content)
			return true
		},
	} {
		s := serve(t, handle)
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(fmt.Sprintf("%s.%.12s.part", path, s.file().Sum), content[:1000], 0o644); err != nil {
			t.Fatal(err)
		}
		if err := quick.Fetch(t.Context(), s.file(), path); err != nil || len(s.ranges) != 2 {
			t.Errorf("%s: %v after %q", name, err, s.ranges)
		}
	}
}

func TestFetchOfWhatIsThere(t *testing.T) {
	s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) bool {
		time.Sleep(50 * time.Millisecond)
		return false
	})
	path := filepath.Join(t.TempDir(), "file")
	var all sync.WaitGroup
	for range 5 { // at the same time
		all.Go(func() {
			if err := quick.Fetch(t.Context(), s.file(), path); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got, _ := os.ReadFile(path); !bytes.Equal(got, content) || len(s.ranges) != 1 {
		t.Errorf("%d bytes after %d requests", len(got), len(s.ranges))
	}
	for _, sum := range []string{"", "../../x", "zz"} {
		file := s.file()
		file.Sum = sum
		if err := quick.Fetch(t.Context(), file, path+"2"); err == nil {
			t.Errorf("the checksum %q was taken", sum)
		}
	}
}

func TestFetchStopsAtOnce(t *testing.T) {
	s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:1000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	began := time.Now()
	path := filepath.Join(t.TempDir(), "file")
	err := Client{}.Fetch(ctx, s.file(), path)
	if took := time.Since(began); !errors.Is(err, context.Canceled) || took > time.Second {
		t.Errorf("after %v: %v", took, err)
	}
	if left, _ := filepath.Glob(path + "*.part"); len(left) != 1 {
		t.Errorf("left to go on with: %q", left)
	}
}

func TestNoHostIsSaidAtOnce(t *testing.T) {
	s := serve(t, nil)
	s.Close()
	began := time.Now()
	err := Client{}.Fetch(t.Context(), s.file(), filepath.Join(t.TempDir(), "file"))
	if took := time.Since(began); err == nil || !strings.Contains(err.Error(), "the host can't be reached") || took > time.Second {
		t.Errorf("after %v: %v", took, err)
	}
}

func TestGet(t *testing.T) {
	s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) bool {
		if n == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
		} else {
			fmt.Fprint(w, r.Header.Get("Authorization"))
		}
		return true
	})
	if got, err := quick.Get(t.Context(), s.URL, "secret", 100); err != nil || string(got) != "Bearer secret" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := quick.Get(t.Context(), s.URL, "secret", 5); err == nil || !strings.Contains(err.Error(), "longer than 5 bytes") {
		t.Errorf("%v", err)
	}
}
