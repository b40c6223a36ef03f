package store

import (
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
)

func TestReview(t *testing.T) {
	begin(t, texts(10), func(t *testing.T, s *Session) {
		check := func(want string) {
			t.Helper()
			items, err := s.Review(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, item := range items {
				if item.Judgment != nil {
					item.ID += "=" + item.Judgment.Class + string(item.Judgment.Verdict)
				}
				got = append(got, strings.TrimPrefix(item.ID, "doc-"))
			}
			if strings.Join(got, " ") != want {
				t.Errorf("left: %q; want %q", got, want)
			}
		}
		set := func(numbers ...int) {
			t.Helper()
			var ids []string
			for _, n := range numbers {
				ids = append(ids, id(n))
			}
			if err := s.SetReview(t.Context(), ids); err != nil {
				t.Error(err)
			}
		}
		judge := func(j Judging) {
			t.Helper()
			if _, err := s.Judge(t.Context(), j); err != nil {
				t.Error(err)
			}
		}
		for n := range 5 {
			judge(label("", id(n), "bug"))
		}
		check("")
		set(3, 0, 2)
		check("3=buglabel 0=buglabel 2=buglabel")
		judge(label("", id(4), "praise")) // another one
		check("3=buglabel 0=buglabel 2=buglabel")
		judge(label("", id(0), "bug")) // the same again counts
		check("3=buglabel 2=buglabel")
		if err := s.SetQueue(t.Context(), 1, []string{id(7), id(8)}); err != nil { // goes on beside it
			t.Error(err)
		}
		judge(Judging{Document: id(2), Withdraw: true})
		check("3=buglabel 2")
		judge(Judging{Document: id(2), Judgment: corpus.Judgment{Verdict: corpus.Unsure}})
		check("3=buglabel")
		if err := s.RenameClass(t.Context(), "bug", "defect", ""); err != nil {
			t.Error(err)
		}
		check("3=defectlabel")
		set(0, 2) // in place of what is left; what was looked at once can be again
		check("0=defectlabel 2=unsure")
		says(t, s.SetReview(t.Context(), []string{id(1), "none"}), `document "none" can't be looked at again: the session has no`)
		says(t, s.SetReview(t.Context(), []string{id(1), id(7)}), `document "doc-7" can't be looked at again: nobody has judged it`)
		says(t, s.SetReview(t.Context(), []string{id(1), id(1)}), `document "doc-1" is to be looked at again twice`)
		check("0=defectlabel 2=unsure")
		set()
		check("")
	})
}
