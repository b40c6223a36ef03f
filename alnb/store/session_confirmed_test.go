package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
)

// Each step is about document 1, which has a label and is to be looked at again.
func TestConfirmed(t *testing.T) {
	type step func(ctx context.Context, s *Session) error
	judge := func(j Judging) step {
		return func(ctx context.Context, s *Session) error { _, err := s.Judge(ctx, j); return err }
	}
	rename := func(ctx context.Context, s *Session) error { return s.RenameClass(ctx, "bug", "renamed", "") }
	merge := func(ctx context.Context, s *Session) error { return s.MergeClass(ctx, "bug", "praise", "") }
	take := func(ctx context.Context, s *Session) error { return s.MergeClass(ctx, "praise", "bug", "") }
	review := func(ctx context.Context, s *Session) error { return s.SetReview(ctx, []string{id(1)}) }
	nothing := func(ctx context.Context, s *Session) error { return s.SetReview(ctx, nil) }
	for _, pool := range []*corpus.Pool{texts(3), words(3)} {
		pool.Classes = []string{"bug", "question", "praise"}
		say := func(class string) step {
			j := label("", id(1), class)
			if pool.Spans {
				j.Class, j.Spans = "", []corpus.Span{{Start: 0, End: 1, Type: class}, {Start: 2, End: 3, Type: "question"}}
			}
			return judge(j)
		}
		flag := judge(Judging{Document: id(1), Judgment: corpus.Judgment{Verdict: corpus.Skipped, Flagged: true}})
		withdraw := judge(Judging{Document: id(1), Withdraw: true})
		for what, c := range map[string]struct {
			steps []step
			want  bool
		}{
			"not looked at":                  {nil, false},
			"confirmed":                      {[]step{say("bug")}, true},
			"changed":                        {[]step{say("praise")}, false},
			"skipped":                        {[]step{flag}, false},
			"changed, and back":              {[]step{say("praise"), say("bug")}, true},
			"confirmed, then changed":        {[]step{say("bug"), say("praise")}, false},
			"confirmed, then withdrawn":      {[]step{say("bug"), withdraw}, false},
			"another review":                 {[]step{say("bug"), nothing}, true},
			"another review that changes it": {[]step{say("bug"), review, say("praise")}, false},
			"confirmed again":                {[]step{say("praise"), review, say("praise")}, true},
			"its review was called off":      {[]step{nothing, say("bug")}, false},
			"its class was renamed":          {[]step{say("bug"), rename}, true},
			"its class went into another":    {[]step{say("bug"), merge}, false},
			"another went into its class":    {[]step{say("bug"), take}, true},
			"as it counts since":             {[]step{merge, say("praise")}, true},
		} {
			s := made(t, "wal", pool)
			for _, step := range append([]step{say("bug"), review}, c.steps...) {
				if err := step(t.Context(), s); err != nil {
					t.Fatal(what, err)
				}
			}
			if _, err := s.Judge(t.Context(), Judging{Document: id(2), Judgment: corpus.Judgment{Verdict: corpus.Unsure}}); err != nil {
				t.Error(err)
			}
			for _, session := range []*Session{s, reopen(t, s.dir, "wal")} {
				got, err := session.Confirmed(t.Context())
				if numbers := slices.Collect(maps.Keys(got)); err != nil || c.want != slices.Equal(numbers, []int{1}) || !c.want && len(got) > 0 {
					t.Errorf("spans %v, %s: %v, %v", pool.Spans, what, got, err)
				}
			}
			if err := errors.Join(s.Verify(t.Context()), s.Close()); err != nil {
				t.Error(err)
			}
		}
	}
}
