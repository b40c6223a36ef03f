package alnb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store"
)

// A workbench is what training needs in memory: the documents, and a model that stays open, so that later trainings find its
// programs compiled.
type workbench struct {
	classes []string
	numbers []int                 // that the classes keep
	docs    []corpus.Document     // the pool's, then the test split's, as the model sees them
	texts   *corpus.Dataset       // of texts with classes …
	words   *corpus.TaggedDataset // … or of words with spans
	task    task
	model   trainable // nil before it is opened
}

func (w *workbench) close() error {
	if w.model == nil {
		return nil
	}
	return w.model.Close()
}

// workbench reads the documents once, and the classes anew: where they have changed, so must the model.
func (s *Session) workbench(ctx context.Context) (*workbench, error) {
	classes, err := s.Classes(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	var numbers []int
	for _, class := range classes {
		names, numbers = append(names, class.Name), append(numbers, class.Number)
	}
	switch {
	case s.bench != nil && slices.Equal(s.bench.classes, names):
		return s.bench, nil
	case s.bench != nil:
		if err := s.bench.close(); err != nil {
			return nil, err
		}
	}
	docs, err := s.documents(ctx)
	if err != nil {
		return nil, err
	}
	w := &workbench{classes: names, numbers: numbers, docs: docs}
	test := make(map[int]store.StoredJudgment)
	for j, err := range s.db.Judgments(ctx) {
		if err != nil {
			return nil, err
		}
		if j.Number >= s.about.Pool && j.Verdict == corpus.Labeled {
			test[j.Number] = j
		}
	}
	if s.about.Spans {
		w.spans(s.about, test)
	} else if err := w.texted(s.about, test); err != nil {
		return nil, err
	}
	s.bench = w
	return w, nil
}

func (w *workbench) spans(about store.SessionInfo, test map[int]store.StoredJudgment) {
	w.words = &corpus.TaggedDataset{Name: about.Name, Origin: about.Origin, Types: w.classes, Train: corpus.Untagged(w.docs[:about.Pool])}
	for _, number := range slices.Sorted(maps.Keys(test)) {
		doc := w.docs[number]
		w.words.Test = append(w.words.Test, corpus.Tagged{ID: doc.ID, Words: doc.Words, Spans: test[number].Spans})
	}
	w.task = newTagging(w.words)
}

func (w *workbench) texted(about store.SessionInfo, test map[int]store.StoredJudgment) error {
	w.texts = &corpus.Dataset{Name: about.Name, Origin: about.Origin, Classes: w.classes}
	for _, doc := range w.docs[:about.Pool] {
		w.texts.Train = append(w.texts.Train, corpus.Example{Document: doc})
	}
	for _, number := range slices.Sorted(maps.Keys(test)) {
		class, err := w.number(test[number])
		if err != nil {
			return err
		}
		w.texts.Test = append(w.texts.Test, corpus.Example{Document: w.docs[number], Label: class})
	}
	w.task = newClassification(w.texts)
	return nil
}

// tested is the size of the test split.
func (w *workbench) tested() int {
	if w.words != nil {
		return len(w.words.Test)
	}
	return len(w.texts.Test)
}

// number is a judgment's class, as the model counts.
func (w *workbench) number(j store.StoredJudgment) (int, error) {
	class := slices.Index(w.classes, j.Class)
	if class < 0 {
		return 0, fmt.Errorf("alnb: document %s has the class %q, which is none of the session's", w.docs[j.Number].ID, j.Class)
	}
	return class, nil
}

// label gives the documents the labels that people gave them, and returns which have one, by their IDs' order. Too few to
// learn from are an error.
func (w *workbench) label(judged map[int]store.StoredJudgment) ([]int, error) {
	var labeled []int
	for number, j := range judged {
		if j.Verdict != corpus.Labeled {
			continue
		}
		labeled = append(labeled, number)
		if w.words != nil {
			w.words.Train[number].Spans = j.Spans
			continue
		}
		class, err := w.number(j)
		if err != nil {
			return nil, err
		}
		w.texts.Train[number].Label = class
	}
	slices.SortFunc(labeled, func(a, b int) int { return cmp.Compare(w.docs[a].ID, w.docs[b].ID) })
	if len(labeled) == 0 {
		return nil, fmt.Errorf("alnb: it is %w to train: no document is labeled yet; label a batch first", ErrTooEarly)
	}
	if lacking := w.task.onesided(labeled); lacking != "" {
		return nil, fmt.Errorf("alnb: it is %w to train: %s; label more first", ErrTooEarly, lacking)
	}
	return labeled, nil
}

// fingerprint tells labeled sets apart.
func (w *workbench) fingerprint(labeled []int) string {
	if w.words != nil {
		return fingerprint(w.classes, at(w.words.Train, labeled), w.words.Test)
	}
	return fingerprint(w.classes, at(w.texts.Train, labeled), w.texts.Test)
}

// compiled is how many programs the model has compiled so far, where it says so.
func (w *workbench) compiled() int {
	if model, ok := w.model.Asked().(interface{ Compiled() int }); ok {
		return model.Compiled()
	}
	return 0
}

func (w *workbench) open(ctx context.Context, arm Arm) error {
	if w.model != nil {
		return nil
	}
	model, err := w.task.open(ctx, arm)
	if err != nil {
		return err
	}
	if err := query.Check(arm.Strategy, model.Asked()); err != nil {
		return errors.Join(fmt.Errorf("alnb: %w", err), model.Close())
	}
	w.model = model
	return nil
}
