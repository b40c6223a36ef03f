package serve

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/store"
)

// A server takes the second look that another process asks it for, while its page says so.
func TestServerTakesSecondLooks(t *testing.T) {
	s, gold := begun(t, 200)
	number := 0
	for doc, err := range s.Judged(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		class := gold[doc.ID]
		if number++; number%10 == 0 {
			class = gold["pool0"]
		}
		if doc.Test || class == "" {
			continue
		}
		j := store.Judging{Document: doc.ID, Judgment: corpus.Judgment{Verdict: corpus.Labeled, Class: class}}
		if _, err := s.Label(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- Serve(ctx, s, Options{Every: 1000, Log: slog.New(slog.DiscardHandler), Ready: func(address string) { ready <- address }})
	}()
	c := client{t, <-ready}
	asker, err := alnb.OpenSession(t.Context(), s.Dir(), registry())
	if err != nil {
		t.Fatal(err)
	}
	defer asker.Close()
	looked := make(chan error, 1)
	var suspects []alnb.Suspect
	go func() {
		var err error
		suspects, err = asker.LookAgain(t.Context(), alnb.LookOptions{Folds: 150})
		looked <- err
	}()
	var status struct {
		Doing     string
		LeftAgain int
	}
	for said, done := false, false; !done; {
		if err := c.ask(http.MethodGet, "status", nil, &status); err != nil {
			t.Fatal(err)
		}
		said = said || strings.Contains(status.Doing, "second look")
		select {
		case err := <-looked:
			if err != nil || len(suspects) == 0 {
				t.Fatal(suspects, err)
			}
			if done = true; !said {
				t.Error("the page didn't say that a second look is taken")
			}
		default:
		}
	}
	var again struct{ Again []struct{ ID string } }
	if err := c.ask(http.MethodGet, "batch", nil, &again); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, item := range again.Again {
		ids = append(ids, item.ID)
	}
	if want := alnb.SuspectIDs(suspects); !slices.Equal(ids, want) {
		t.Errorf("the page asks again about %q, want %q", ids, want)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
