package serve

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/store/disktest"
)

// A person labels on while the disk of the running server gets full: each label is acknowledged, and there, or refused with a
// sentence that says why, and not there. When there is room again the same server takes labels, and trains on them.
func TestFullDiskUnderTheServer(t *testing.T) {
	disk := disktest.Mount(t, "size=24m")
	s, gold := begunIn(t, filepath.Join(disk, "session"), 400)
	child := serveInChild(t, s)
	defer child.Process.Kill()
	c := client{t, served(t, s, child.Process.Pid)}
	p := patient{client: c, gold: gold, acknowledged: map[string]int64{}}

	open, err := c.batch()
	if err != nil {
		t.Fatal(err)
	}
	first, rest := open.Items[0].ID, open.Items[1:]
	for range 300 { // SQLite begins its log anew, so that it has room in it when the disk has none
		if err := p.judge(first); err != nil {
			t.Fatal(err)
		}
	}
	ballast := filepath.Join(disk, "ballast")
	fill(t, ballast)
	for _, item := range rest {
		if err := p.judge(item.ID); err != nil {
			t.Fatal(err) // the log has room
		}
	}
	p.until("the trainer waits", func(s status) bool { return strings.Contains(s.Doing, "the disk is full") })

	refused := 0
	for n := 0; refused < 20; n++ {
		if n == 5000 {
			t.Fatal("the disk doesn't get full")
		}
		if err := p.judge(rest[n%len(rest)].ID); err != nil {
			refused++
			for _, want := range []string{"500", "the disk that holds", "is full", "make room", "what was saved before is kept"} {
				if !strings.Contains(err.Error(), want) {
					t.Fatalf("refused with %v, which lacks %q", err, want)
				}
			}
		}
	}
	full := len(p.acknowledged)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		p.until("a batch", func(s status) bool { return s.LeftInBatch > 0 })
		open, err := c.batch()
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range open.Items {
			if item.Judgment == nil {
				if err := p.judge(item.ID); err != nil {
					t.Fatalf("there is room, and yet: %v", err)
				}
			}
		}
	}
	p.until("a model of all labels", func(s status) bool { n := len(s.Curve); return n > 0 && s.Curve[n-1].Labeled >= 30 })
	if holder, err := s.Holder(t.Context()); err != nil || holder == nil || holder.PID != child.Process.Pid {
		t.Errorf("another server goes on: %+v, %v", holder, err)
	}
	t.Logf("%d labels were acknowledged until the disk was full, %d refused, %d acknowledged since", full, refused, len(p.acknowledged)-full)

	child.Process.Kill()
	child.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := alnb.OpenSession(t.Context(), s.Dir(), registry())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	p.check(again)
}

// fill writes a file until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for piece := make([]byte, 1<<20); len(piece) > 0; {
		if _, err := f.Write(piece); errors.Is(err, syscall.ENOSPC) {
			piece = piece[:len(piece)/2]
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

type status struct {
	Doing       string
	LeftInBatch int
	Curve       []struct{ Labeled int }
}

// patient labels, and knows what was acknowledged.
type patient struct {
	client
	gold         map[string]string
	asked        int
	acknowledged map[string]int64 // by request
}

// judge labels a document with a long note, which fills disks.
func (p *patient) judge(id string) error {
	p.asked++
	request := fmt.Sprint(id, " ", p.asked)
	var r receipt
	err := p.ask(http.MethodPost, "judge", map[string]any{
		"request": request, "document": id, "verdict": "label", "class": p.gold[id], "annotator": "script", "note": strings.Repeat("long ", 4000),
	}, &r)
	if err == nil {
		p.acknowledged[request] = r.Seq
	}
	return err
}

// until waits for what is to come.
func (p *patient) until(what string, is func(status) bool) {
	p.Helper()
	var now status
	for began := time.Now(); time.Since(began) < 30*time.Second; time.Sleep(20 * time.Millisecond) {
		if err := p.ask(http.MethodGet, "status", nil, &now); err != nil {
			p.Fatal(err)
		}
		if is(now) {
			return
		}
	}
	p.Fatalf("%s doesn't come; the status is %+v", what, now)
}

// check compares what the session holds with what was acknowledged.
func (p *patient) check(s *alnb.Session) {
	p.Helper()
	if err := s.Verify(p.Context()); err != nil {
		p.Fatal(err)
	}
	found := 0
	for doc, err := range s.Judged(p.Context(), nil) {
		if err != nil {
			p.Fatal(err)
		}
		if doc.Test || doc.Judgment == nil {
			continue
		}
		history, err := s.History(p.Context(), doc.ID)
		if err != nil {
			p.Fatal(err)
		}
		for _, j := range history {
			found++
			if p.acknowledged[j.Request] != j.Seq || j.Class != p.gold[doc.ID] {
				p.Errorf("judgment %d, %q, is there, and was acknowledged as %d", j.Seq, j.Request, p.acknowledged[j.Request])
			}
		}
	}
	if found != len(p.acknowledged) {
		p.Errorf("%d judgments are there, and %d were acknowledged", found, len(p.acknowledged))
	}
}
