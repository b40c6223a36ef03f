package store

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestLooks(t *testing.T) {
	begin(t, texts(3), func(t *testing.T, s *Session) {
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		is := func(want Look) {
			t.Helper()
			got, err := reopen(t, s.dir, kind(t)).Look(t.Context(), want.Seq)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%+v, %v; want %+v", got, err, want)
			}
			open, err := s.OpenLook(t.Context())
			if want.Open() != (open != nil) || open != nil && !reflect.DeepEqual(*open, want) || err != nil {
				t.Errorf("open is %+v, %v; want %+v", open, err, want)
			}
		}
		_, err := s.Look(t.Context(), 1)
		says(t, err, s.dir, "there is no second look 1")
		for _, none := range []error{
			s.ShowLook(t.Context(), json.RawMessage("1")), s.FailLook(t.Context(), "why"), s.EndLook(t.Context(), json.RawMessage("[]"), nil),
		} { // nobody has asked
			check(none)
		}
		if open, err := s.OpenLook(t.Context()); open != nil || err != nil {
			t.Errorf("%+v, %v", open, err)
		}
		look := Look{Seq: 1, Folds: 5, Top: 2}
		for _, folds := range []int{5, 3} { // asked for once more, it is the same
			if got, err := s.AskLook(t.Context(), folds, 2); err != nil || !reflect.DeepEqual(got, look) {
				t.Errorf("%+v, %v; want %+v", got, err, look)
			}
		}
		is(look)
		look.Progress = json.RawMessage(`{"done": 1}`)
		check(s.ShowLook(t.Context(), look.Progress))
		is(look)
		says(t, s.EndLook(t.Context(), json.RawMessage("["), nil), "not JSON")
		says(t, s.EndLook(t.Context(), json.RawMessage("[]"), []string{id(0)}), "nobody has judged it")
		is(look) // all or nothing
		_, err = s.Judge(t.Context(), label("", id(0), "bug"))
		check(err)
		look.Found = json.RawMessage(`["doc-0"]`)
		check(s.EndLook(t.Context(), look.Found, []string{id(0)}))
		is(look)
		if review, err := s.Review(t.Context()); err != nil || len(review) != 1 || review[0].ID != id(0) {
			t.Errorf("%+v, %v", review, err)
		}
		next, err := s.AskLook(t.Context(), 3, 0)
		if err != nil || !reflect.DeepEqual(next, Look{Seq: 2, Folds: 3}) {
			t.Errorf("%+v, %v", next, err)
		}
		next.Problem = "too early"
		check(s.FailLook(t.Context(), next.Problem))
		is(next)
	})
}

func TestOneOfManyLooks(t *testing.T) {
	begin(t, texts(1), func(t *testing.T, s *Session) {
		const many = 10
		asked := make(chan int64, many)
		for range many {
			go func() {
				look, err := s.AskLook(t.Context(), 5, 0)
				if err != nil {
					t.Error(err)
				}
				asked <- look.Seq
			}()
		}
		for range many {
			if seq := <-asked; seq != 1 {
				t.Errorf("a second look of its own: %d", seq)
			}
		}
	})
}
