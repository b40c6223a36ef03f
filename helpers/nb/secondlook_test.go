package nb

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb"
)

// A second look in the cell itself, and one that is left to whoever trains.
func TestSecondLook(t *testing.T) {
	s := session(t)
	oracle, err := alnb.GoldOracle(t.Context(), headlines("topic"))
	if err != nil {
		t.Fatal(err)
	}
	if said := secondLook(t.Context(), s, &recorder{}); !strings.Contains(said, "no document is labeled") {
		t.Errorf("%q", said)
	}
	for range 4 {
		if _, err := s.Answer(t.Context(), oracle); err != nil {
			t.Fatal(err)
		}
	}
	var r recorder
	if said := secondLook(t.Context(), s, &r); said != "" {
		t.Fatal(said)
	}
	first, err := s.ToReview(t.Context())
	if last := r.bars[len(r.bars)-1]; err != nil || len(first) == 0 || last.share != 1 || last.activity != "Finished." {
		t.Errorf("%v, %v, %+v", first, err, last)
	}
	if err := s.Review(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	// Another process trains; it asks that one.
	trainer := opened(t, s.Dir())
	held, release, err := trainer.Hold(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	interrupted := time.AfterFunc(200*time.Millisecond, cancel)
	defer interrupted.Stop()
	r = recorder{}
	if said := secondLook(ctx, s, &r); !strings.Contains(said, "takes the second look all the same") {
		t.Errorf("%q", said)
	}
	if len(r.lines) != 1 || !strings.Contains(r.lines[0], "is asked for the second look") || !strings.Contains(r.bars[0].activity, "waiting") {
		t.Errorf("%q, %+v", r.lines, r.bars[0])
	}
	work, end := context.WithCancel(held)
	ended := make(chan error, 1)
	go func() { ended <- trainer.Work(work, alnb.WorkOptions{Every: 1000}) }()
	if said := secondLook(t.Context(), s, &recorder{}); said != "" {
		t.Error(said)
	}
	if second, err := s.ToReview(t.Context()); err != nil || len(second) != len(first) {
		t.Errorf("%d are to be looked at again, %v; want %d", len(second), err, len(first))
	}
	end()
	<-ended
	release()
}
