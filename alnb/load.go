package alnb

import (
	"context"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
)

// load reads the data, and tells whether there is enough for the experiment.
func (r *runner) load(ctx context.Context) (err error) {
	if r.task, err = r.read(ctx); err != nil {
		return err
	}
	r.tell(func(p *Progress) { p.Note = "data: " + r.task.origin() })
	about := r.task.about()
	if about.Test == 0 {
		return fmt.Errorf("alnb: %s has no test split to evaluate on", about.Name)
	}
	if err := r.task.check(); err != nil {
		return err
	}
	r.docs = r.task.docs()
	r.position = make(map[string]int, len(r.docs))
	for i, doc := range r.docs {
		r.position[doc.ID] = i
	}
	if r.start, err = r.Start.of(len(r.docs), r.task.words()); err != nil {
		return fmt.Errorf("alnb: Start: %w", err)
	}
	if r.batch, err = r.Batch.of(len(r.docs), r.task.words()); err != nil {
		return fmt.Errorf("alnb: Batch: %w", err)
	}
	return r.enough()
}

func (r *runner) read(ctx context.Context) (task, error) {
	reading := func(name string) {
		r.tell(func(p *Progress) { p.Phase = PhaseLoad; p.Note = "Reading the data: " + name })
	}
	if r.Tagged != nil {
		reading(r.Tagged.Name())
		data, err := r.Tagged.LoadTagged(ctx)
		if err != nil {
			return nil, err
		}
		return newTagging(data), nil
	}
	reading(r.Data.Name())
	data, err := r.Data.Load(ctx)
	if err != nil {
		return nil, err
	}
	return newClassification(data), nil
}

// enough tells whether the training split has enough for the seed set and all queries.
func (r *runner) enough() error {
	// The document that crosses a budget of words is included, so each may take almost a whole document more; and a document
	// may be as long as the longest.
	longest := longest(r.docs)
	if r.start.Words == 0 && r.batch.Words == 0 {
		if need := r.start.Docs + r.Rounds*r.batch.Docs; need > len(r.docs) {
			return fmt.Errorf("alnb: a seed set of %d and %d queries of %d need %d documents; the training split of %s has %d",
				r.start.Docs, r.Rounds, r.batch.Docs, need, r.task.about().Name, len(r.docs))
		}
		return nil
	}
	most := func(docs, words int) int {
		if words > 0 {
			return words + longest - 1
		}
		return docs * longest
	}
	start, batch := most(r.start.Docs, r.start.Words), most(r.batch.Docs, r.batch.Words)
	if need := start + r.Rounds*batch; need > r.task.words() {
		return fmt.Errorf("alnb: a seed set and %d queries may need %d words (%d and %d each, as the document that crosses a "+
			"budget is included, and the longest has %d words); the training split of %s has %d: make Start, Batch or Rounds smaller",
			r.Rounds, need, start, batch, longest, r.task.about().Name, r.task.words())
	}
	return nil
}

// longest returns the words of the longest document.
func longest(docs []corpus.Document) int {
	n := 0
	for _, doc := range docs {
		n = max(n, len(doc.Words))
	}
	return n
}
