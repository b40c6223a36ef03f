package nb

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/datasets"
	"github.com/alnb/alnb/helpers/naivebayes"
)

func headlines(label string) datasets.Texts {
	return datasets.Texts{
		Pool: "../../notebooks/texts/headlines.csv", Test: "../../notebooks/texts/headlines-test.csv", Label: label,
		Classes: []string{"World", "Sports", "Business", "Sci/Tech"},
	}
}

func session(t *testing.T) *alnb.Session { return opened(t, filepath.Join(t.TempDir(), "session")) }

// opened is the session in a folder, which is begun where there is none.
func opened(t *testing.T, dir string) *alnb.Session {
	t.Helper()
	s, err := alnb.CreateSession(t.Context(), dir, alnb.SessionConfig{
		Pool: headlines(datasets.NoLabel), Model: naivebayes.Model{Smoothing: 0.1}, Batch: 10,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestWaiting(t *testing.T) {
	s := session(t)
	batch, err := s.Propose(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	label := func(items []store.QueueItem) {
		for _, item := range items {
			if _, err := s.Label(t.Context(), store.Judging{Document: item.ID, Judgment: corpus.Judgment{Verdict: corpus.Labeled, Class: "World"}}); err != nil {
				t.Error(err)
			}
		}
	}
	label(batch.Items[:4])
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var r recorder
	if said, err := wait(ctx, s, &r); err != nil || !strings.Contains(said, "6 of 10 documents are left") || r.bars[0].share != 0.4 {
		t.Errorf("%q, %v, %+v", said, err, r.bars)
	}
	interrupted, interrupt := context.WithCancel(t.Context())
	interrupt()
	if said, err := wait(interrupted, s, &recorder{}); err == nil || !strings.Contains(err.Error(), "what is judged is kept") {
		t.Errorf("%q, %v", said, err)
	}
	go func() {
		time.Sleep(50 * time.Millisecond)
		label(batch.Items[4:])
		s.Propose(t.Context()) // as the server does
	}()
	if said, err := wait(t.Context(), s, &r); err != nil || said != "All 10 documents are judged." {
		t.Errorf("%q, %v", said, err)
	}
	if last := r.bars[len(r.bars)-1]; last.share != 1 || !last.ended {
		t.Errorf("%+v", last)
	}
}

func TestSimulatingAndShowing(t *testing.T) {
	s := session(t)
	for round, want := range []string{"Model 0 was trained on 10 ", "Model 1 was trained on 20 "} {
		said, err := simulate(t.Context(), s, headlines("topic"))
		if err != nil || !strings.Contains(said, "an oracle has labeled 10 documents") || !strings.Contains(said, want) {
			t.Errorf("round %d: %q, %v", round, said, err)
		}
	}
	if err := showSession(s, &recorder{}); err != nil {
		t.Error(err)
	}
	// A front end is there: nobody answers in the person's place.
	t.Setenv("ALNB_HEADLESS", "")
	if Headless() {
		t.Error("it takes itself for headless")
	}
	t.Setenv("ALNB_NOTEBOOKS", "/books")
	for path, want := range map[string]string{"texts/a.csv": "/books/texts/a.csv", "/data/a.csv": "/data/a.csv"} {
		if got := Beside(path); got != want {
			t.Errorf("%s lies at %s, want %s", path, got, want)
		}
	}
}

func TestProxyPath(t *testing.T) {
	for _, test := range []struct{ own, hub, want string }{
		{"", "", ""}, {"", "/user/ada/", "/user/ada/proxy"}, {"/proxy", "/user/ada/", "/proxy"},
	} {
		t.Setenv("ALNB_PROXY", test.own)
		t.Setenv("JUPYTERHUB_SERVICE_PREFIX", test.hub)
		if got := proxyPath(); got != test.want {
			t.Errorf("%q, %q: %q, want %q", test.own, test.hub, got, test.want)
		}
	}
}
