package annotate

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/alnb/alnb/helpers/internal/browsertest"
)

// A stage is the server of a page that a script in a browser labels on, with what goes wrong in between.
type stage struct {
	t       *testing.T
	desk    *fakeDesk
	handler http.Handler
	addr    string        // stays the same when the server is started again
	storm   chan struct{} // closed when the script is ready for it

	mu     sync.Mutex
	server *http.Server
	drop   bool // the next judgment is taken, and its answer lost
}

func newStage(t *testing.T, desk *fakeDesk, options Options) *stage {
	t.Helper()
	s := &stage{t: t, desk: desk, handler: must(New(desk, token, options)), addr: "127.0.0.1:0", storm: make(chan struct{})}
	s.start()
	t.Cleanup(s.stop)
	return s
}

func (s *stage) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	listener, err := net.Listen("tcp", s.addr)
	if err != nil {
		s.t.Error(err)
		return
	}
	if s.server == nil {
		s.addr = listener.Addr().String()
	}
	s.server = NewServer(s.addr, http.HandlerFunc(s.serve))
	go s.server.Serve(listener)
}

// stop ends the server as a kill does: connections break.
func (s *stage) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.server.Close()
}

// loseAnswer makes the next judgment be taken without an answer.
func (s *stage) loseAnswer() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop = true
}

func (s *stage) serve(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/api/judge") {
		s.mu.Lock()
		drop := s.drop
		s.drop = false
		s.mu.Unlock()
		if drop {
			s.handler.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler) // the connection breaks before the answer
		}
	}
	s.handler.ServeHTTP(w, r)
}

// control does what a script asks for and can't do in the browser.
func (s *stage) control(w http.ResponseWriter, r *http.Request) {
	d := s.desk
	switch strings.TrimPrefix(r.URL.Path, "/") {
	case "stop":
		s.stop()
	case "start":
		s.start()
	case "storm":
		close(s.storm)
	case "drop":
		s.loseAnswer()
	case "hold":
		d.set(func() { d.hold = make(chan struct{}) })
	case "release":
		d.set(func() { close(d.hold); d.hold = nil })
	case "fail":
		d.set(func() { d.failure = errors.New("store: the disk is full") })
	case "mend":
		d.set(func() { d.failure = nil })
	case "refuse":
		d.set(func() { d.failure = &Refusal{errors.New("the document is not of this session")} })
	case "next": // the trainer has chosen other texts
		d.set(func() {
			d.round++
			d.items = slices.DeleteFunc(d.items, func(i Item) bool { return d.judgments[i.ID] == nil })
			for n := range 5 {
				d.items = append(d.items, Item{ID: fmt.Sprintf("new-%d-%d", d.round, n), Text: fmt.Sprintf("New text %d.", n)})
			}
		})
	case "again": // a second look doubts texts
		d.set(func() { d.again = []Item{d.items[1], {ID: "old", Text: "Long since labeled."}} })
	case "taken":
		d.mu.Lock()
		defer d.mu.Unlock()
		_ = json.NewEncoder(w).Encode(len(d.taken))
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// play runs a part of page.py on the stage's page and returns what it found out.
func (s *stage) play(part string, pages ...string) map[string]any {
	s.t.Helper()
	control := httptest.NewServer(http.HandlerFunc(s.control))
	defer control.Close()
	if len(pages) == 0 {
		pages = []string{"http://" + s.addr + "/" + token + "/"}
	}
	out, err := browsertest.Drive(s.t, "testdata/page.py", append([]string{part, control.URL}, pages...)...)
	if err != nil {
		s.t.Fatalf("%s: %v", part, err)
	}
	found := map[string]any{}
	if err := json.Unmarshal(out, &found); err != nil {
		s.t.Fatalf("%s: %v\n%s", part, err, out)
	}
	if errs, _ := found["errors"].([]any); len(errs) > 0 {
		s.t.Errorf("%s: the page has errors: %q", part, errs)
	}
	return found
}
