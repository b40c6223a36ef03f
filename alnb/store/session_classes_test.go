package store

import (
	"reflect"
	"strings"
	"testing"
)

func TestClasses(t *testing.T) {
	begin(t, texts(4), func(t *testing.T, s *Session) {
		ctx := t.Context()
		for i, class := range []string{"bug", "question", "praise", "bug"} {
			if _, err := s.Judge(ctx, label("", id(i), class)); err != nil {
				t.Fatal(err)
			}
		}
		hostile := "<img src=x onerror=alert(1)> '\"; 👍 שלום"
		class, err := s.AddClass(ctx, hostile, "Ann")
		if want := (Class{Number: 3, Name: hostile, Into: -1}); err != nil || class != want {
			t.Errorf("%+v, %v; want %+v", class, err, want)
		}
		for name, want := range map[string]string{
			"bug": `there is a class "bug" already`, "": "a class needs a name", " \t": "a class needs a name",
			"\xff": "is not UTF-8",
		} {
			class, err := s.AddClass(ctx, name, "")
			if says(t, err, s.dir, want); class != (Class{}) {
				t.Errorf("%+v", class)
			}
		}

		if err := s.RenameClass(ctx, "bug", "defect", "Ann"); err != nil {
			t.Error(err)
		}
		_, err = s.Judge(ctx, label("", id(0), "bug"))
		says(t, err, `there is no class "bug" any more; it is called "defect" now`)
		says(t, s.RenameClass(ctx, "bug", "other", ""), `it is called "defect" now`)
		says(t, s.RenameClass(ctx, "defect", "praise", ""), `there is a class "praise" already`)
		says(t, s.RenameClass(ctx, "defect", "defect", ""), `there is a class "defect" already`)
		says(t, s.RenameClass(ctx, "none", "other", ""), `there is no class "none"`)
		says(t, s.RenameClass(ctx, "defect", "", ""), "a class needs a name")

		// A chain: praise into question, question into defect; then what went into question counts for defect.
		for _, merge := range [][2]string{{"praise", "question"}, {"question", "defect"}} {
			if err := s.MergeClass(ctx, merge[0], merge[1], "Ann"); err != nil {
				t.Error(err)
			}
		}
		if err := s.MergeClass(ctx, hostile, "praise", ""); err != nil { // into one that went into another
			t.Error(err)
		}
		for _, c := range []struct{ from, into, want string }{
			{"defect", "defect", "can't be merged into itself"},
			{"defect", "question", `the class "question" went into "defect"; the other way round would make a circle`},
			{"defect", "praise", "would make a circle"},
			{"praise", "defect", `the class "praise" went into "defect" already`},
			{"none", "defect", `there is no class "none"`},
			{"defect", "none", `there is no class "none"`},
		} {
			says(t, s.MergeClass(ctx, c.from, c.into, ""), s.dir, c.want)
		}
		says(t, s.RenameClass(ctx, "praise", "other", ""), `the class "praise" went into "defect", and can't be renamed`)
		_, err = s.AddClass(ctx, "praise", "")
		says(t, err, `there is a class "praise" already; it went into "defect"`)

		classes, err := s.Classes(ctx)
		merged := []Class{{0, "defect", -1}, {1, "question", 0}, {2, "praise", 1}, {3, hostile, 2}}
		if err != nil || !reflect.DeepEqual(classes, merged) {
			t.Errorf("%+v, %v; want %+v", classes, err, merged)
		}
		if _, err := s.Judge(ctx, label("", id(3), hostile)); err != nil { // by a page that was loaded before the merge
			t.Error(err)
		}
		want := []string{"doc-0 defect", "doc-1 defect", "doc-2 defect", "doc-3 defect", "test-0 defect", "test-1 defect"}
		if got := said(all(t, s.Judgments(ctx))); !reflect.DeepEqual(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		counts, err := s.Counts(ctx)
		if err != nil || !reflect.DeepEqual(counts.PerClass, map[string]int{"defect": 4}) {
			t.Errorf("%+v, %v", counts, err)
		}

		// What was judged is as it was; what was done to classes is kept beside it.
		var numbers, events string
		s.write.QueryRow("SELECT group_concat(class, ' ') FROM (SELECT class FROM judgments ORDER BY seq)").Scan(&numbers)
		s.write.QueryRow("SELECT group_concat(kind || annotator, ' ') FROM (SELECT * FROM class_events ORDER BY seq)").
			Scan(&events)
		if numbers != "0 1 0 1 2 0 3" || events != "add add add addAnn renameAnn mergeAnn mergeAnn merge" {
			t.Errorf("%q, %q", numbers, events)
		}
	})
}

func TestSessionWithoutClasses(t *testing.T) {
	pool := texts(2)
	pool.Classes, pool.Test = nil, nil
	begin(t, pool, func(t *testing.T, s *Session) {
		_, err := s.Judge(t.Context(), label("", id(0), "bug"))
		says(t, err, `there is no class "bug"; the session has none yet: add it first`)
		if class, err := s.AddClass(t.Context(), "bug", ""); err != nil || class.Number != 0 {
			t.Errorf("%+v, %v", class, err)
		}
		if _, err := s.Judge(t.Context(), label("", id(0), "bug")); err != nil {
			t.Error(err)
		}
	})
}

// A document's own judgment doesn't change when its class is renamed twice, or another takes the old name.
func TestNameThatChangesHands(t *testing.T) {
	begin(t, texts(2), func(t *testing.T, s *Session) {
		if _, err := s.Judge(t.Context(), label("", id(0), "bug")); err != nil {
			t.Fatal(err)
		}
		for _, rename := range [][2]string{{"bug", "defect"}, {"question", "bug"}, {"defect", "failure"}} {
			if err := s.RenameClass(t.Context(), rename[0], rename[1], ""); err != nil {
				t.Error(err)
			}
		}
		if _, err := s.Judge(t.Context(), label("", id(1), "bug")); err != nil {
			t.Error(err)
		}
		got := strings.Join(said(all(t, s.Judgments(t.Context()))), ", ")
		if got != "doc-0 failure, doc-1 bug, test-0 failure, test-1 bug" {
			t.Error(got)
		}
		_, err := s.Judge(t.Context(), label("", id(1), "defect"))
		says(t, err, `it is called "failure" now`)
	})
}
