package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/keyed"
)

// These, where set, make the test program do something to a session, and perhaps be killed while it does.
const (
	childTask    = "ALNB_TEST_SESSION_TASK" // "create", "judge" or "share"
	childDir     = "ALNB_TEST_SESSION_DIR"
	childJournal = "ALNB_TEST_SESSION_JOURNAL"
	childFrom    = "ALNB_TEST_SESSION_FROM" // the first judgment, or the process's number
	childTo      = "ALNB_TEST_SESSION_TO"   // the judgment before which it ends; "": never
)

func TestMain(m *testing.M) {
	if task := os.Getenv(childTask); task != "" {
		if err := beChild(context.Background(), task); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func beChild(ctx context.Context, task string) error {
	if task == "create" {
		return CreateSession(ctx, os.Getenv(childDir), []byte("{}"), texts(created))
	}
	s, err := openSession(ctx, os.Getenv(childDir), os.Getenv(childJournal), migrations())
	if err != nil {
		return err
	}
	from, err := strconv.Atoi(os.Getenv(childFrom))
	if err != nil {
		return err
	}
	if task == "share" {
		return errors.Join(share(ctx, s, from), s.Close())
	}
	to, err := strconv.Atoi(os.Getenv(childTo))
	if err != nil {
		to = 1 << 30
	}
	for n := from; n < to; n++ {
		receipts, err := s.Judge(ctx, nth(n))
		if err != nil {
			return err
		}
		fmt.Printf("judged %d %d\n", n, receipts[0].Seq) // one write
		if n%16 == 0 {
			if err := s.SetScores(ctx, n, many()); err != nil {
				return err
			}
		}
	}
	return s.Close()
}

// pooled is how many documents the sessions of these tests have.
const pooled = 300

// nth is the n-th judgment of a child.
func nth(n int) Judging {
	return label(fmt.Sprintf("request %d", n), id(n%pooled), texts(0).Classes[n%3])
}

func many() []Score {
	scores := make([]Score, pooled)
	for i := range scores {
		scores[i] = Score{id(i), float64(i)}
	}
	return scores
}

// An acknowledged is what children said they had kept: the judgments' numbers by their n.
type acknowledged map[int]int64

// read adds what a child has printed. What it could not finish printing doesn't count.
func (a acknowledged) read(t *testing.T, out []byte) {
	t.Helper()
	for line := range bytes.Lines(out) {
		var n int
		var seq int64
		if !bytes.HasSuffix(line, []byte("\n")) {
			continue
		}
		if _, err := fmt.Sscanf(string(line), "judged %d %d\n", &n, &seq); err != nil {
			t.Fatalf("a child said %q: %v", line, err)
		}
		a[n] = seq
	}
}

// check tells whether each acknowledged judgment is there, once, and the session in order. It returns how many others
// are.
func (a acknowledged) check(t *testing.T, s *Session) (others int) {
	t.Helper()
	if err := s.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	history, err := s.History(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	kept := make(map[string]StoredJudgment)
	for _, j := range history {
		if _, twice := kept[j.Request]; twice && j.Request != "" {
			t.Fatalf("the request %q is there twice", j.Request)
		}
		kept[j.Request] = j
	}
	for n, seq := range a {
		want := nth(n)
		if got := kept[want.Request]; got.Seq != seq || got.Document != want.Document || got.Class != want.Class {
			t.Fatalf("judgment %d was acknowledged as %d, and is %+v", n, seq, got)
		}
	}
	return len(kept) - 1 - len(a) // one stands for those that came with the test split
}

// A process that labels is killed with SIGKILL at random instants; each time every judgment that it acknowledged is
// there, once.
func TestKilledWhileLabeling(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: processes that are killed while they label; -short was given")
	}
	for journal, kills := range map[string]int{"wal": 100, "delete": 30} {
		t.Run(journal, func(t *testing.T) {
			s := made(t, journal, texts(pooled))
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			a, from, unsaid, repeated := make(acknowledged), 0, 0, 0
			for kill := range kills {
				instant := keyed.Key{Seed: 1, Purpose: "kill " + journal, Round: kill}.Float64()
				a.read(t, judgeAndKill(t, s.dir, journal, from, time.Duration(instant*float64(300*time.Millisecond))))
				s := reopen(t, s.dir, journal)
				others := a.check(t, s)
				for a[from] != 0 {
					from++
				}
				// The session goes on: with the judgment that the child may have kept without saying so.
				receipts, err := s.Judge(t.Context(), nth(from))
				if err != nil {
					t.Fatal(err)
				}
				if receipts[0].Repeated {
					repeated++
				}
				unsaid += others
				a[from] = receipts[0].Seq
				from++
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			t.Logf("%d kills, %d judgments; %d of them were kept but not yet acknowledged, and %d known again",
				kills, len(a), unsaid, repeated)
			if len(a) < 2*kills || unsaid != repeated {
				t.Errorf("%d judgments, %d unsaid, %d repeated", len(a), unsaid, repeated)
			}
		})
	}
}

// judgeAndKill starts a child that labels, kills it after some time, and returns what it has printed.
func judgeAndKill(t *testing.T, dir, journal string, from int, patience time.Duration) []byte {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childTask+"=judge", childDir+"="+dir, childJournal+"="+journal,
		childFrom+"="+strconv.Itoa(from))
	child.Stderr = os.Stderr
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(patience, func() { child.Process.Kill() })
	defer kill.Stop()
	out, err := io.ReadAll(stdout)
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil || child.ProcessState.ExitCode() != -1 { // not ended by a signal
		t.Fatalf("the child ended by itself: %v", err)
	}
	return out
}
