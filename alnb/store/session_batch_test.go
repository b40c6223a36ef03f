package store

import (
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
)

// What was replaced in the open batch while somebody was shown it counts for the batch when it is judged.
func TestReplacedDocumentsCount(t *testing.T) {
	withdraw := Judging{Document: id(1), Withdraw: true}
	for what, c := range map[string]struct {
		steps []any // batches, as their numbers, and judgings
		want  string
	}{
		"in time":               {[]any{[]int{0, 1, 2}, label("", id(1), "bug")}, "0 1= 2"},
		"too late":              {[]any{[]int{0, 1, 2}, []int{3, 4, 5}, label("", id(1), "bug")}, "3 4 1="},
		"skipped":               {[]any{[]int{0, 1}, []int{3, 4}, Judging{Document: id(1), Judgment: corpus.Judgment{Verdict: corpus.Skipped}}}, "3 1="},
		"two refills too late":  {[]any{[]int{0, 1}, []int{2, 3}, []int{4, 5}, label("", id(1), "bug"), label("", id(2), "bug")}, "2= 1="},
		"sent twice":            {[]any{[]int{0, 1, 2}, []int{3, 4, 5}, label("r", id(1), "bug"), label("r", id(1), "bug")}, "3 4 1="},
		"judged once more":      {[]any{[]int{0, 1, 2}, []int{3, 4, 5}, label("", id(1), "bug"), label("", id(1), "praise")}, "3 4 1="},
		"undone":                {[]any{[]int{0, 1, 2}, []int{3, 4, 5}, label("", id(1), "bug"), withdraw}, "3 4 1"},
		"undone, then again":    {[]any{[]int{0, 1, 2}, []int{3, 4, 5}, label("", id(1), "bug"), withdraw, label("", id(1), "bug")}, "3 4 1="},
		"its own place is lost": {[]any{[]int{0, 1}, []int{3, 4}, label("", id(1), "bug"), label("", id(4), "bug")}, "4= 1="},
		"one that is back":      {[]any{[]int{0, 1}, []int{3, 4}, []int{1, 5}, label("", id(1), "bug")}, "1= 5"},
		"more than there is":    {[]any{[]int{0, 1}, []int{3, 4}, []int{5, 6}, label("", id(0), "bug"), label("", id(1), "bug"), label("", id(3), "bug")}, "1= 0="},
		"asked about nowhere":   {[]any{[]int{0, 1, 2}, []int{3, 4, 5}, label("", id(9), "bug")}, "3 4 5"},
		"of the test split":     {[]any{[]int{0, 1, 2}, []int{3, 4, 5}, label("", "test-0", "bug")}, "3 4 5"},
		"of the batch before":   {[]any{[]int{0, 1}, []int{2, 3}, label("", id(2), "bug"), label("", id(3), "bug"), []int{4, 5}, label("", id(1), "bug")}, "4 5"},
		"undone of that before": {[]any{[]int{1}, label("", id(1), "bug"), []int{4, 5}, withdraw, label("", id(1), "bug")}, "4 5"},
		"it doesn't grow":       {[]any{[]int{0, 1, 2}, label("", id(1), "bug"), []int{3, 4, 5}}, "1= 3 4"},
		"judged meanwhile":      {[]any{[]int{0, 1, 2}, label("", id(1), "bug"), label("", id(4), "bug"), []int{4, 1, 5, 6}}, "1= 5 6"},
	} {
		t.Run(strings.ReplaceAll(what, " ", "-"), func(t *testing.T) {
			s := made(t, "wal", texts(10))
			for _, step := range c.steps {
				var err error
				switch step := step.(type) {
				case []int:
					var ids []string
					for _, n := range step {
						ids = append(ids, id(n))
					}
					err = s.SetQueue(t.Context(), 0, ids)
				case Judging:
					_, err = s.Judge(t.Context(), step)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			queue, err := s.Queue(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, item := range queue.Items {
				if item.Judgment != nil {
					item.ID += "="
				}
				got = append(got, strings.TrimPrefix(item.ID, "doc-"))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			if err := s.Verify(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
