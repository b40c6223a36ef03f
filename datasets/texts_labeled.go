package datasets

import (
	"context"
	"fmt"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
)

// readLabeled labels the documents of the pool that are in the file of labeled ones, and adds the others to it.
func (g *gathering) readLabeled(ctx context.Context, t Texts) error {
	var ids corpus.IDMaker // as those of the pool were made
	before, labeled, known := len(g.pool.Docs), 0, 0
	err := g.read(ctx, t, t.Labeled, func(r poolRow) error {
		if r.labeled {
			labeled++
		}
		wanted := r.doc
		if wanted.ID == "" {
			if wanted.ID = ids.ID(shown(r.doc)); g.places[wanted.ID] == "" {
				wanted.ID = ""
			}
		}
		found, err := g.index.Find(wanted)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return g.add(r)
		}
		if slices.Min(found) < before {
			known++
		}
		if r.labeled {
			g.label(r, found)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case labeled == 0 && g.pool.Spans:
		return fmt.Errorf("%s: none of its documents has a label; those of words are read from JSON lines, as %q or %q, and from "+
			"CoNLL", t.Labeled, "spans", "tags")
	case labeled == 0:
		return fmt.Errorf("%s: none of its documents has a label", t.Labeled)
	}
	g.origin += fmt.Sprintf(", with labels of %d documents in %s, %d of them in the pool before", labeled, t.Labeled, known)
	return nil
}

// label gives a row's label to the first of the documents that has none. Where all have one, and none has this one, the
// first is flagged.
func (g *gathering) label(r poolRow, found []int) {
	given := r.judgment()
	for _, number := range found {
		doc := &g.pool.Docs[number]
		if doc.Judgment == nil {
			doc.Judgment = given
			return
		}
		if doc.Judgment.Class == given.Class && slices.Equal(doc.Judgment.Spans, given.Spans) {
			return
		}
	}
	first := g.pool.Docs[found[0]].Judgment
	if !first.Flagged {
		g.contradicted++
		first.Flagged = true
		first.Note = fmt.Sprintf("labeled otherwise in %s", r.place)
		if !g.pool.Spans {
			first.Note = fmt.Sprintf("labeled %q in %s", given.Class, r.place)
		}
	}
}
