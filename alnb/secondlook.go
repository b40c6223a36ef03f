package alnb

import (
	"context"
	"fmt"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/doubt"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/store"
)

// A Suspect is a labeled document whose label models doubt that were trained without it.
type Suspect struct {
	ID         string  `json:"id"`
	Given      string  `json:"given"`      // its class; of words that of the first doubted one, such as B-PER
	Suggested  string  `json:"suggested"`  // what the models are confident of
	Word       int     `json:"word"`       // of words, which; −1 for a text
	Confidence float64 `json:"confidence"` // that the label is wrong, in [0, 1]
}

// SecondLook trains models on all but a fold of the labeled documents each, and returns those whose labels they doubt, the most
// doubtful first (confident learning, see package doubt). Left out are labels that people have confirmed in a review, and documents
// that they have judged again meanwhile. It keeps no model, and needs the session's lease: see LookAgain. report may be nil.
func (s *Session) SecondLook(ctx context.Context, folds int, report func(Progress)) ([]Suspect, error) {
	if err := checkFolds(folds); err != nil {
		return nil, err
	}
	if report == nil {
		report = func(Progress) {}
	}
	ctx, release, err := s.Hold(ctx, "")
	if err != nil {
		return nil, err
	}
	defer release()
	judged, err := s.judged(ctx)
	if err != nil {
		return nil, err
	}
	w, err := s.workbench(ctx)
	if err != nil {
		return nil, err
	}
	labeled, err := w.label(judged)
	if err != nil {
		return nil, err
	}
	if err := w.open(ctx, s.config.arm()); err != nil {
		return nil, err
	}
	l := secondLook{workbench: w, labeled: labeled, seed: s.config.Seed, report: report}
	doubted := l.texts
	if w.words != nil {
		doubted = l.words
	}
	suspects, err := doubted(ctx, folds)
	if err != nil {
		return nil, err
	}
	return s.unsettled(ctx, suspects, judged)
}

func checkFolds(folds int) error {
	if folds < 2 {
		return fmt.Errorf("alnb: a second look needs 2 folds or more, not %d", folds)
	}
	return nil
}

// unsettled leaves out the suspects whose labels are confirmed, or that were judged again since they were read.
func (s *Session) unsettled(ctx context.Context, suspects []Suspect, read map[int]store.StoredJudgment) ([]Suspect, error) {
	confirmed, err := s.db.Confirmed(ctx)
	if err != nil {
		return nil, err
	}
	now, err := s.judged(ctx)
	if err != nil {
		return nil, err
	}
	settled := make(map[string]bool)
	for number, j := range read {
		settled[j.Document] = confirmed[number] || now[number].Seq != j.Seq
	}
	return slices.DeleteFunc(suspects, func(suspect Suspect) bool { return settled[suspect.ID] }), nil
}

type secondLook struct {
	*workbench
	labeled []int
	seed    uint64
	report  func(Progress)
}

// eachFold trains without each fold in turn, and calls read with what is in it: positions in labeled.
func (l secondLook) eachFold(ctx context.Context, classes []int, folds int, read func(fold []int) error) error {
	for i, fold := range doubt.Folds(classes, folds, keyed.Key{Seed: l.seed, Purpose: "second look"}) {
		var rest []int
		for position, number := range l.labeled {
			if !slices.Contains(fold, position) {
				rest = append(rest, number)
			}
		}
		if len(rest) == 0 || l.task.onesided(rest) != "" {
			return fmt.Errorf("alnb: it is %w for a second look: without fold %d of %d, too little is left to learn from: label more first",
				ErrTooEarly, i+1, folds)
		}
		if _, err := l.model.Train(ctx, rest, learner.Run{
			Seed: keyed.Key{Seed: l.seed, Purpose: "second look", Round: i}.Hash(),
			Progress: func(step, total int) {
				l.report(Progress{Phase: PhaseLook, Done: i*total + step, Total: folds * total})
			},
		}); err != nil {
			return err
		}
		if err := read(fold); err != nil {
			return err
		}
	}
	return nil
}

func (l secondLook) texts(ctx context.Context, folds int) ([]Suspect, error) {
	given := make([]int, len(l.labeled))
	for i, number := range l.labeled {
		given[i] = l.workbench.texts.Train[number].Label
	}
	rows := make([][]float64, len(l.labeled))
	err := l.eachFold(ctx, given, folds, func(fold []int) error {
		predictions, err := l.model.Predict(ctx, at(l.task.docs(), at(l.labeled, fold)), func(int) {})
		for i, p := range predictions {
			rows[fold[i]] = p.Probabilities
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	found, err := doubt.Suspects(given, rows)
	suspects := make([]Suspect, len(found))
	for i, f := range found {
		suspects[i] = Suspect{
			ID: l.docs[l.labeled[f.Position]].ID, Given: l.classes[f.Given], Suggested: l.classes[f.Suggested], Word: -1, Confidence: f.Confidence,
		}
	}
	return suspects, err
}

func (l secondLook) words(ctx context.Context, folds int) ([]Suspect, error) {
	model := l.model.(tagger)
	names := model.Classes()
	given, kinds := make([][]int, len(l.labeled)), make([]int, len(l.labeled))
	for i, number := range l.labeled {
		doc := l.workbench.words.Train[number]
		for _, tag := range corpus.Tags(len(doc.Words), doc.Spans) {
			given[i] = append(given[i], slices.Index(names, tag))
		}
		if len(doc.Spans) > 0 { // folds are alike in what comes first
			kinds[i] = 1 + slices.Index(l.classes, doc.Spans[0].Type)
		}
	}
	rows := make([][][]float64, len(l.labeled))
	err := l.eachFold(ctx, kinds, folds, func(fold []int) error {
		taggings, err := model.Tag(ctx, at(l.workbench.words.Train, at(l.labeled, fold)), func(int) {})
		for i, tagging := range taggings {
			for _, probs := range tagging.Probs {
				rows[fold[i]] = append(rows[fold[i]], seen(probs, tagging.Counted < len(tagging.Probs)))
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	found, err := doubt.SuspectTags(given, rows)
	suspects := make([]Suspect, len(found))
	for i, f := range found {
		worst := f.Words[0]
		suspects[i] = Suspect{
			ID: l.docs[l.labeled[f.Position]].ID, Given: names[worst.Given], Suggested: names[worst.Suggested], Word: worst.Position,
			Confidence: f.Confidence,
		}
	}
	return suspects, err
}

// seen is a word's row; nil where it stands for a word that the model doesn't see, if there are such words: that is O for sure.
func seen(probs []float32, unseen bool) []float64 {
	if unseen && probs[0] == 1 {
		return nil
	}
	row := make([]float64, len(probs))
	for k, p := range probs {
		row[k] = float64(p)
	}
	return row
}
