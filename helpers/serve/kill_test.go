package serve

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
)

// A person labels on while their server is killed with SIGKILL at a hundred random instants and started again each time:
// every label that was acknowledged is there, once, and so are those of which the acknowledgement was lost and which were sent
// again.
func TestKilledServersLoseNoLabel(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: servers that are killed; -short was given")
	}
	const kills = 100
	s, gold := begun(t, 3000)
	stream := keyed.Key{Purpose: "kill the server"}.Stream()
	acknowledged := map[string]int64{} // by document
	resent, repeated := 0, 0
	var pending string // a document of which no acknowledgement came
	for kill := range kills {
		child := serveInChild(t, s)
		holder := served(t, s, child.Process.Pid)
		c := client{t, holder}
		die := time.AfterFunc(time.Duration(stream.IntN(120))*time.Millisecond, func() { child.Process.Kill() })
		for alive := true; alive; {
			open, err := c.batch()
			if err != nil {
				break
			}
			if pending != "" {
				receipt, err := c.judge("r"+pending, pending, gold[pending])
				if err != nil {
					break
				}
				resent++
				if receipt.Repeated {
					repeated++
				}
				acknowledged[pending], pending = receipt.Seq, ""
			}
			for _, item := range open.Items {
				if item.Judgment != nil || acknowledged[item.ID] > 0 {
					continue
				}
				pending = item.ID
				receipt, err := c.judge("r"+item.ID, item.ID, gold[item.ID])
				if err != nil {
					alive = false
					break
				}
				acknowledged[item.ID], pending = receipt.Seq, ""
			}
		}
		child.Wait()
		die.Stop()
		if kill%10 == 9 {
			check(t, s, acknowledged, gold)
		}
	}
	check(t, s, acknowledged, gold)
	t.Logf("%d labels were acknowledged over %d kills; %d were sent again, of which %d had been kept", len(acknowledged), kills, resent, repeated)
	if len(acknowledged) < kills {
		t.Error("too few labels for the test to say anything")
	}
}

// serveInChild serves the session in a process of its own.
func serveInChild(t *testing.T, s *alnb.Session) *exec.Cmd {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), sessionFolder+"="+s.Dir())
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	return child
}

// served waits until the process serves, and returns its address.
func served(t *testing.T, s *alnb.Session, pid int) string {
	t.Helper()
	for began := time.Now(); time.Since(began) < 60*time.Second; time.Sleep(5 * time.Millisecond) {
		holder, err := s.Holder(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if holder != nil && holder.PID == pid && answers(t.Context(), holder.URL) {
			return holder.URL
		}
	}
	t.Fatal("the server doesn't come up")
	return ""
}

// check compares what the session holds with what was acknowledged.
func check(t *testing.T, s *alnb.Session, acknowledged map[string]int64, gold map[string]string) {
	t.Helper()
	if err := s.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	found := 0
	for doc, err := range s.Judged(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if doc.Test || acknowledged[doc.ID] == 0 {
			continue
		}
		found++
		if doc.Judgment == nil || doc.Judgment.Verdict != corpus.Labeled || doc.Judgment.Class != gold[doc.ID] {
			t.Fatalf("document %s was labeled %q and acknowledged, and is %+v", doc.ID, gold[doc.ID], doc.Judgment)
		}
		history, err := s.History(t.Context(), doc.ID)
		if err != nil || len(history) != 1 || history[0].Seq != acknowledged[doc.ID] {
			t.Fatalf("document %s was labeled once, and its history is %+v, %v", doc.ID, history, err)
		}
	}
	if found != len(acknowledged) {
		t.Fatalf("%d of %d acknowledged labels are there", found, len(acknowledged))
	}
}
