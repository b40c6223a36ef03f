package store

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
)

func TestQueue(t *testing.T) {
	begin(t, texts(10), func(t *testing.T, s *Session) {
		check := func(round int, want string) {
			t.Helper()
			queue, err := s.Queue(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, item := range queue.Items {
				if item.Judgment != nil {
					item.ID += "=" + item.Judgment.Class + string(item.Judgment.Verdict)
				}
				got = append(got, strings.TrimPrefix(item.ID, "doc-"))
			}
			if strings.Join(got, " ") != want || queue.Round != round {
				t.Errorf("round %d: %q; want %d, %q", queue.Round, got, round, want)
			}
		}
		set := func(round int, numbers ...int) {
			t.Helper()
			var ids []string
			for _, n := range numbers {
				ids = append(ids, id(n))
			}
			if err := s.SetQueue(t.Context(), round, ids); err != nil {
				t.Error(err)
			}
		}
		judge := func(j Judging) {
			t.Helper()
			if _, err := s.Judge(t.Context(), j); err != nil {
				t.Error(err)
			}
		}
		check(0, "")
		set(0, 7, 2, 5, 1)
		check(0, "7 2 5 1")
		judge(label("", id(5), "bug"))
		judge(Judging{Document: id(7), Judgment: corpus.Judgment{Verdict: corpus.Skipped}})
		check(0, "7=skip 2 5=buglabel 1")
		set(1, 9, 5, 3) // of those, one is judged
		check(1, "7=skip 5=buglabel 9 3")
		judge(Judging{Document: id(5), Withdraw: true})
		check(1, "7=skip 5 9 3")
		for _, n := range []int{5, 9, 3} {
			judge(label("", id(n), "praise"))
		}
		check(1, "7=skip 5=praiselabel 9=praiselabel 3=praiselabel")
		set(2, 4, 0) // all was judged: a new batch
		check(2, "4 0")

		says(t, s.SetQueue(t.Context(), 3, []string{id(1), "none"}), `the batch names document "none": the session has no`)
		says(t, s.SetQueue(t.Context(), 3, []string{id(1), id(1)}), `the batch names document "doc-1" twice`)
		check(2, "4 0")
		set(3)
		check(3, "")
	})
}

func TestScores(t *testing.T) {
	n := atOnce + 10
	begin(t, texts(n), func(t *testing.T, s *Session) {
		if got := all(t, s.Scores(t.Context())); len(got) != 0 {
			t.Errorf("at first: %+v", got)
		}
		var want []RoundScore
		var scores []Score
		for i := range n {
			want = append(want, RoundScore{Number: i, ID: id(i), Score: 1 / float64(i+1), Round: 1})
			scores = append(scores, Score{id(i), want[i].Score})
		}
		slices.Reverse(scores) // in any order
		if err := s.SetScores(t.Context(), 1, scores); err != nil {
			t.Fatal(err)
		}
		if got := all(t, s.Scores(t.Context())); !slices.Equal(got, want) {
			t.Errorf("%d scores, from %+v", len(got), got[0])
		}
		for i, score := range map[int]float64{0: math.Inf(-1), 3: -0.1, 4: math.Inf(1), 5: math.MaxFloat64, 6: 5e-324} {
			want[i].Score, want[i].Round = score, 2
			if err := s.SetScores(t.Context(), 2, []Score{{id(i), score}}); err != nil {
				t.Error(err)
			}
		}
		if got := all(t, s.Scores(t.Context())); !slices.Equal(got, want) {
			t.Errorf("%+v, want %+v", got[:8], want[:8])
		}
		says(t, s.SetScores(t.Context(), 3, []Score{{id(0), 1}, {"none", 1}}), `document "none": the session has no document`)
		says(t, s.SetScores(t.Context(), 3, []Score{{id(0), 1}, {id(1), math.NaN()}}), `"doc-1": its score is not a number`)
		says(t, s.SetScores(t.Context(), 3, []Score{{id(1), 1}, {id(0), 1}, {id(1), 2}}), `document "doc-1" has two scores`)
		if got := all(t, s.Scores(t.Context())); !slices.Equal(got, want) {
			t.Error("scores that were refused were kept")
		}
	})
}

func TestModels(t *testing.T) {
	begin(t, texts(1), func(t *testing.T, s *Session) {
		want := []Model{
			{Round: 0, Labeled: 20, Dir: "models/round-00", Metrics: json.RawMessage(`{"accuracy": 0.5}`), Seconds: 1.25, Judged: 20,
				Trained: time.Date(2026, 11, 28, 1, 2, 3, 4000, time.UTC)},
			{Round: 1, Metrics: json.RawMessage("null")},
		}
		if got, err := s.Models(t.Context()); err != nil || len(got) != 0 {
			t.Errorf("at first: %+v, %v", got, err)
		}
		for _, m := range []Model{want[1], want[0], want[0]} { // once more, it changes nothing
			if err := s.AddModel(t.Context(), m); err != nil {
				t.Error(err)
			}
		}
		if got, err := s.Models(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
		for from := range 3 {
			if got, err := s.ModelsFrom(t.Context(), from); err != nil || !slices.EqualFunc(got, want[from:], func(a, b Model) bool { return reflect.DeepEqual(a, b) }) {
				t.Errorf("from round %d: %+v, %v; want %+v", from, got, err, want[from:])
			}
		}
		nanoseconds := Model{Round: 2, Trained: time.Now()}
		for range 2 {
			if err := s.AddModel(t.Context(), nanoseconds); err != nil {
				t.Error(err)
			}
		}
		other := want[0]
		other.Labeled++
		says(t, s.AddModel(t.Context(), other), s.dir, "round 0 has a model already, trained on 20 documents")
		broken := Model{Round: 3, Metrics: json.RawMessage("{")}
		says(t, s.AddModel(t.Context(), broken), "the metrics of round 3's model are not JSON")
	})
}
