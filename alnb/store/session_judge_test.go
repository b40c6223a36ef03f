package store

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
)

func label(request, document, class string) Judging {
	return Judging{Request: request, Document: document, Judgment: corpus.Judgment{Verdict: corpus.Labeled, Class: class}}
}

// said returns the judgments as "ID class" or "ID verdict", with "*" where flagged.
func said(judgments []StoredJudgment) (out []string) {
	for _, j := range judgments {
		what := string(j.Verdict)
		switch {
		case j.Withdrawn:
			what = "withdrawn"
		case j.Verdict == corpus.Labeled && j.Spans == nil:
			what = j.Class
		case j.Verdict == corpus.Labeled:
			what = fmt.Sprint(j.Spans)
		}
		if j.Flagged {
			what += "*"
		}
		out = append(out, j.Document+" "+what)
	}
	return out
}

func TestJudge(t *testing.T) {
	begin(t, texts(6), func(t *testing.T, s *Session) {
		at := time.Date(2026, 11, 28, 14, 0, 0, 1000, time.FixedZone("", 3600))
		first := Judging{Request: "r1", Document: id(3), Round: 2, Seconds: 1.5, Judgment: corpus.Judgment{
			Verdict: corpus.Labeled, Class: "bug", Flagged: true, Note: "a\x00b 👍 \"'", Annotator: "שרה", At: at,
		}}
		receipts, err := s.Judge(t.Context(), first,
			Judging{Request: "r2", Document: id(1), Judgment: corpus.Judgment{Verdict: corpus.Unsure}},
			Judging{Document: id(2), Judgment: corpus.Judgment{Verdict: corpus.Skipped, Flagged: true}},
			label("", "test-0", "praise"))
		if err != nil || len(receipts) != 4 {
			t.Fatal(receipts, err)
		}
		for i, r := range receipts { // two came with the test split
			if want := (Receipt{Seq: int64(i) + 3}); r != want {
				t.Errorf("receipt %d is %+v, want %+v", i, r, want)
			}
		}
		got := all(t, s.Judgments(t.Context()))
		brief := []string{"doc-1 unsure", "doc-2 skip*", "doc-3 bug*", "test-0 praise", "test-1 question"}
		if !reflect.DeepEqual(said(got), brief) {
			t.Errorf("%q, want %q", said(got), brief)
		}
		if time.Since(got[0].At).Abs() > time.Minute || got[1].Request == "" {
			t.Errorf("without a time and a request: %+v", got[:2])
		}
		want := StoredJudgment{Seq: 3, Number: 3, Document: id(3), Judgment: first.Judgment, Request: "r1", Round: 2, Seconds: 1.5}
		want.At = at.UTC()
		if !reflect.DeepEqual(got[2], want) {
			t.Errorf("%+v, want %+v", got[2], want)
		}
		counts, err := s.Counts(t.Context())
		perClass := map[string]int{"bug": 1, "question": 0, "praise": 0}
		counted := Counts{Labeled: 1, Skipped: 1, Unsure: 1, Flagged: 2, PerClass: perClass}
		if err != nil || !reflect.DeepEqual(counts, counted) {
			t.Errorf("%+v, %v; want %+v", counts, err, counted)
		}
		if none, err := s.Judge(t.Context()); err != nil || len(none) != 0 {
			t.Errorf("nothing to judge: %v, %v", none, err)
		}
	})
}

func TestJudgingsThatAreRefused(t *testing.T) {
	mark := func(verdict corpus.Verdict, spans ...corpus.Span) Judging {
		return Judging{Document: id(0), Judgment: corpus.Judgment{Verdict: verdict, Spans: spans}}
	}
	withdraw := func(j Judging) Judging { j.Withdraw = true; return j }
	skipped := label("", id(0), "bug")
	skipped.Verdict = corpus.Skipped
	for _, c := range []struct {
		spans   bool
		judging Judging
		want    string
	}{
		{false, label("", "none", "bug"), `document "none": the session has no document with this ID`},
		{false, label("", id(0), "none"), `"doc-0": there is no class "none"; the first of 3 are ["bug" "question" "praise"]`},
		{false, label("", id(0), ""), "it has no class, but the verdict is that it is labeled"},
		{false, mark("label", corpus.Span{Start: 0, End: 1, Type: "bug"}), "can't have spans"},
		{false, mark("maybe"), `the verdict "maybe" is none of "label", "skip" and "unsure"`},
		{false, mark(""), `the verdict "" is none of`},
		{false, skipped, `it is labeled, but the verdict is "skip"`},
		{false, withdraw(mark("")), "so there is nothing to withdraw"},
		{false, withdraw(label("", id(0), "bug")), "both given and withdrawn"},
		{true, label("", id(0), "PER"), `can't have the class "PER"`},
		{true, mark("label", corpus.Span{Start: 4, End: 6, Type: "PER"}), "leaves the 5 words"},
		{true, mark("label", corpus.Span{Start: 0, End: 2, Type: "PER"}, corpus.Span{Start: 1, End: 3, Type: "PER"}), "overlaps"},
		{true, mark("label", corpus.Span{Start: 0, End: 2, Type: "ORG"}), `there is no class "ORG"`},
		{true, mark("unsure", corpus.Span{Start: 0, End: 2, Type: "PER"}), `it is labeled, but the verdict is "unsure"`},
	} {
		pool := texts(2)
		good := label("", id(1), "bug")
		if c.spans {
			pool = words(2)
			good = Judging{Document: id(1), Judgment: corpus.Judgment{Verdict: corpus.Labeled}}
		}
		t.Run(c.want, func(t *testing.T) {
			dir := t.TempDir()
			if err := CreateSession(t.Context(), dir, []byte("{}"), pool); err != nil {
				t.Fatal(err)
			}
			s := reopen(t, dir, "wal")
			receipts, err := s.Judge(t.Context(), good, c.judging) // all or none
			if says(t, err, dir, c.want); receipts != nil {
				t.Errorf("receipts %+v", receipts)
			}
			if counts, err := s.Counts(t.Context()); err != nil || counts.Labeled+counts.Skipped+counts.Unsure+counts.Withdrawn > 0 {
				t.Errorf("%+v, %v", counts, err)
			}
			if history, err := s.History(t.Context(), id(1)); err != nil || len(history) > 0 {
				t.Errorf("kept: %+v, %v", history, err)
			}
		})
	}
}

func TestRequestsCountOnce(t *testing.T) {
	begin(t, texts(3), func(t *testing.T, s *Session) {
		j := label("mine", id(0), "bug")
		first, err := s.Judge(t.Context(), j, j)
		if err != nil || first[0].Repeated || first[1] != (Receipt{first[0].Seq, true}) {
			t.Fatalf("%+v, %v", first, err)
		}
		// What the program adds may differ, and what happened since changes nothing.
		again := j
		again.At, again.Round, again.Seconds = time.Now(), 7, 3
		again.Spans = []corpus.Span{}
		if err := s.RenameClass(t.Context(), "bug", "defect", ""); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Judge(t.Context(), Judging{Document: id(0), Withdraw: true}); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Judge(t.Context(), again); err != nil || got[0] != first[1] {
			t.Errorf("%+v, %v; want %+v", got, err, first[1])
		}
		for what, change := range map[string]func(j *Judging){
			"class":     func(j *Judging) { j.Class = "question" },
			"verdict":   func(j *Judging) { j.Verdict, j.Class = corpus.Skipped, "" },
			"document":  func(j *Judging) { j.Document = id(1) },
			"flag":      func(j *Judging) { j.Flagged = true },
			"note":      func(j *Judging) { j.Note = "n" },
			"annotator": func(j *Judging) { j.Annotator = "Ann" },
			"withdraw":  func(j *Judging) { j.Withdraw, j.Verdict, j.Class = true, "", "" },
		} {
			other := j
			change(&other)
			_, err := s.Judge(t.Context(), other)
			if says(t, err, other.Document, `the request "mine" was used before`); t.Failed() {
				t.Logf("with another %s", what)
			}
		}
		history, err := s.History(t.Context(), id(0))
		if want := []string{"doc-0 defect", "doc-0 withdrawn"}; err != nil || !reflect.DeepEqual(said(history), want) {
			t.Errorf("%q, %v; want %q", said(history), err, want)
		}
	})
}

func TestWithdrawnJudgmentsStayInTheHistory(t *testing.T) {
	begin(t, texts(3), func(t *testing.T, s *Session) {
		undo := Judging{Document: id(0), Withdraw: true, Judgment: corpus.Judgment{Annotator: "Ann"}}
		for _, j := range []Judging{label("", id(0), "bug"), label("", id(0), "praise"), undo, label("", id(1), "bug")} {
			if _, err := s.Judge(t.Context(), j); err != nil {
				t.Fatal(err)
			}
		}
		counts, err := s.Counts(t.Context())
		if err != nil || counts.Labeled != 1 || counts.Withdrawn != 1 || counts.PerClass["praise"]+counts.PerClass["bug"] != 1 {
			t.Errorf("%+v, %v", counts, err)
		}
		if got := said(all(t, s.Judgments(t.Context()))); !reflect.DeepEqual(got[:1], []string{"doc-1 bug"}) {
			t.Errorf("%q", got)
		}
		_, err = s.Judge(t.Context(), undo)
		says(t, err, `"doc-0"`, "nothing to withdraw")
		if _, err := s.Judge(t.Context(), label("", id(0), "question")); err != nil {
			t.Error(err)
		}
		history, err := s.History(t.Context(), id(0))
		want := []string{"doc-0 bug", "doc-0 praise", "doc-0 withdrawn", "doc-0 question"}
		if err != nil || !reflect.DeepEqual(said(history), want) {
			t.Errorf("%q, %v; want %q", said(history), err, want)
		}
		everything, err := s.History(t.Context(), "")
		if err != nil || len(everything) != 7 || everything[2].Seq != 3 || everything[4].Annotator != "Ann" {
			t.Errorf("%+v, %v", everything, err)
		}
		_, err = s.History(t.Context(), "none")
		says(t, err, s.dir, `"none"`)
		for _, change := range []string{"DELETE FROM judgments", "UPDATE judgments SET note = 'x'"} {
			if _, err := s.write.Exec(change); err == nil || !strings.Contains(err.Error(), "judgments are never") {
				t.Errorf("%s: %v", change, err)
			}
		}
	})
}
