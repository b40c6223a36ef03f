package annotate

import (
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed page
var page embed.FS

// minToken is the length of the shortest token that is taken: 96 bits in hexadecimal digits.
const minToken = 24

// Options say from where the page may be reached.
type Options struct {
	// Hosts are names under which the page is reached besides this machine's own (127.0.0.1, localhost and [::1] with the
	// port that the server listens on), such as a JupyterHub's, whose proxy passes its name on. A name with a port is
	// taken with that port only, one without with any.
	Hosts []string

	// FrameAncestors are the pages that may show this one in a frame, as in the directive of that name in a
	// Content-Security-Policy. Pages of the same origin always may. Nil means Jupyter on this machine:
	// http://localhost:* and http://127.0.0.1:*.
	FrameAncestors []string
}

// server answers the requests below /TOKEN/.
type server struct {
	desk   Desk
	token  [sha256.Size]byte
	hosts  []string
	policy string // the Content-Security-Policy
}

// New returns a handler that serves the page for a desk at /TOKEN/. Whoever knows the token can label, so it must be a
// secret: at least 24 letters and digits that nobody can guess, such as crypto/rand's Text. It should stay the same
// when a session's server is started again, so that open pages go on.
//
// All addresses in the page are relative: it works below any path that a proxy puts in front, and in a frame.
func New(desk Desk, token string, options Options) (http.Handler, error) {
	if len(token) < minToken || strings.Trim(token, tokenCharacters) != "" {
		return nil, fmt.Errorf("annotate: the page's token must be at least %d letters, digits, - or _ long, and a secret",
			minToken)
	}
	ancestors := options.FrameAncestors
	if ancestors == nil {
		ancestors = []string{"http://localhost:*", "http://127.0.0.1:*"}
	}
	for _, source := range ancestors {
		if source == "" || strings.ContainsAny(source, ";, \t\r\n") {
			return nil, fmt.Errorf("annotate: %q can't show the page in a frame; give one origin, such as https://hub.example.org",
				source)
		}
	}
	s := &server{desk: desk, token: sha256.Sum256([]byte(token)), policy: policy(ancestors)}
	for _, host := range options.Hosts {
		if host == "" || strings.ContainsAny(host, "/ ") {
			return nil, fmt.Errorf("annotate: %q is no host; give a name, such as hub.example.org or hub.example.org:8000", host)
		}
		s.hosts = append(s.hosts, strings.ToLower(host))
	}
	return s, nil
}

const tokenCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// NewServer returns a server for a handler of New that listens on addr, such as 127.0.0.1:0. A client that is slow to
// ask, or to take its answer, is let go.
func NewServer(addr string, handler http.Handler) *http.Server {
	return &http.Server{
		Addr: addr, Handler: handler,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, // a hub's cookies can be long
	}
}

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.protect(w.Header())
	if err := s.checkHost(r); err != nil {
		fail(w, err)
		return
	}
	below, slash, err := s.below(r.URL.Path)
	if err != nil {
		fail(w, err)
		return
	}
	if !slash { // a redirection that knows nothing of what a proxy puts in front
		w.Header().Set("Location", path.Base(r.URL.Path)+"/")
		w.WriteHeader(http.StatusPermanentRedirect)
		return
	}
	if name, ok := strings.CutPrefix(below, "api/"); ok {
		s.answer(w, r, name)
		return
	}
	serveFile(w, r, below)
}

// serveFile serves a file of the page.
func serveFile(w http.ResponseWriter, r *http.Request, name string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		fail(w, wrongMethod(r, http.MethodGet))
		return
	}
	if name == "" {
		name = "index.html"
	}
	content, err := fs.ReadFile(page, "page/"+name)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) || !strings.Contains(name, "."):
		fail(w, &httpError{http.StatusNotFound, "there is no such page"})
		return
	case err != nil:
		fail(w, fmt.Errorf("annotate: read the page: %w", err))
		return
	}
	types := map[string]string{".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
	w.Header().Set("Content-Type", types[path.Ext(name)]+"; charset=utf-8")
	_, _ = w.Write(content) // the client has gone, if it fails
}
