package alnb

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/store"
)

// Import keeps the judgments that documents come with, all or none, by the documents' IDs, which the session must have. It
// returns how many there were, and how many of them it didn't know: the same again changes nothing, and neither does what was
// exported from this session, also where people have judged on since.
func (s *Session) Import(ctx context.Context, docs iter.Seq2[corpus.Judged, error]) (given, kept int, err error) {
	history, err := s.db.History(ctx, "")
	if err != nil {
		return 0, 0, err
	}
	known := make(map[string][]store.StoredJudgment)
	for _, j := range history {
		known[j.Document] = append(known[j.Document], j)
	}
	var judgings []store.Judging
	for doc, err := range docs {
		if err != nil {
			return 0, 0, err
		}
		if doc.Judgment == nil {
			continue
		}
		given++
		if !slices.ContainsFunc(known[doc.ID], func(j store.StoredJudgment) bool { return sameJudgment(j.Judgment, *doc.Judgment) }) {
			judgings = append(judgings, store.Judging{Request: importing(doc), Document: doc.ID, Judgment: *doc.Judgment})
		}
	}
	receipts, err := s.Label(ctx, judgings...)
	for _, r := range receipts {
		if !r.Repeated {
			kept++
		}
	}
	return given, kept, err
}

// sameJudgment tells whether two are one: said at the same time, which is kept to the microsecond.
func sameJudgment(a, b corpus.Judgment) bool {
	return !b.At.IsZero() && a.At.Equal(b.At.Truncate(time.Microsecond)) && a.Verdict == b.Verdict && a.Class == b.Class &&
		slices.Equal(a.Spans, b.Spans) && a.Flagged == b.Flagged && a.Note == b.Note && a.Annotator == b.Annotator
}

// importing names a judgment by what it says.
func importing(doc corpus.Judged) string {
	said := *doc.Judgment
	return "import " + fingerprint(doc.ID, said.Verdict, said.Class, said.Spans, said.Flagged, said.Note, said.Annotator, said.At)
}
