package alnb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store"
)

// ErrTooEarly is the error of a verb that needs labels, or a model, which aren't there yet.
var ErrTooEarly = errors.New("too early")

// Train trains a model on all that is labeled, evaluates it on the test split, if there is one, and scores the pool, from which
// the open batch gets other documents in place of those that nobody has judged yet. The model is kept in the session's folder.
// Where the labels are those of the last training, it does nothing. report may be nil.
//
// Only one process trains at a time: where another one does, an error says which.
func (s *Session) Train(ctx context.Context, report func(Progress)) (Trained, error) {
	if report == nil {
		report = func(Progress) {}
	}
	ctx, release, err := s.Hold(ctx, "")
	if err != nil {
		return Trained{}, err
	}
	defer release()
	t := training{Session: s, report: report}
	return t.run(ctx)
}

// Trained is what a training gave.
type Trained struct {
	store.Model
	Metrics SessionMetrics
	New     bool // false where the labels were those of the last training
}

// String is a sentence.
func (t Trained) String() string {
	text := fmt.Sprintf("Model %d was trained on %d labeled documents in %.1f s", t.Round, t.Labeled, t.Seconds)
	if t.Metrics.Scores.Test > 0 {
		text += fmt.Sprintf("; its %s on the test split is %.4f", t.Metrics.Scores.Metric, t.Metrics.Scores.Value)
	}
	return text + "."
}

// SessionMetrics is what is kept of a training beside the model.
type SessionMetrics struct {
	Scores   store.Metrics `json:"scores"`  // on the test split; empty without one
	Labels   string        `json:"labels"`  // a hash of all that it was trained on
	Classes  []string      `json:"classes"` // that the model tells apart, in its order
	Observed observed      `json:"observed"`
	Compiled int           `json:"compiled"` // programs that were compiled for it; later trainings of a process find them
}

// training is one under way.
type training struct {
	*Session
	report   func(Progress)
	progress Progress
	round    int
	judged   map[int]store.StoredJudgment
	labeled  []int
	w        *workbench
}

func (t *training) at(phase Phase) func(done, total int) {
	t.progress.Phase, t.progress.Done, t.progress.Total = phase, 0, 0
	t.report(t.progress)
	return func(done, total int) {
		t.progress.Done, t.progress.Total = done, total
		t.report(t.progress)
	}
}

func (t *training) run(ctx context.Context) (trained Trained, err error) {
	began := time.Now()
	models, err := t.trained(ctx)
	if err != nil {
		return trained, err
	}
	t.round, t.progress.Round = len(models), len(models)
	if t.judged, err = t.Session.judged(ctx); err != nil {
		return trained, err
	}
	if t.w, err = t.workbench(ctx); err != nil {
		return trained, err
	}
	if t.labeled, err = t.w.label(t.judged); err != nil {
		return trained, err
	}
	trained.Metrics.Labels, trained.Metrics.Classes = t.w.fingerprint(t.labeled), t.w.classes
	if t.round > 0 && models[t.round-1].Metrics.Labels == trained.Metrics.Labels {
		return models[t.round-1], nil
	}
	t.progress.Phases = trainingPhases(t.w.tested() > 0, true)
	t.at(PhaseLoad)
	if err := t.w.open(ctx, t.config.arm()); err != nil {
		return trained, err
	}
	before := t.w.compiled()
	if _, err := t.w.model.Train(ctx, t.labeled, learner.Run{
		Seed: keyed.Key{Seed: t.config.Seed, Purpose: "train", Round: t.round}.Hash(), Progress: t.at(PhaseTrain),
	}); err != nil {
		return trained, err
	}
	if t.w.tested() > 0 {
		if trained.Metrics.Scores, _, err = t.w.model.Evaluate(ctx, t.at(PhaseEvaluate)); err != nil {
			return trained, err
		}
	}
	trained.Round, trained.Labeled, trained.New = t.round, len(t.labeled), true
	if trained.Dir, err = t.keep(t.w.model, t.round); err != nil {
		return trained, err
	}
	if err := t.score(ctx); err != nil {
		return trained, err
	}
	if trained.Metrics.Observed, err = t.observe(ctx); err != nil {
		return trained, err
	}
	trained.Metrics.Compiled = t.w.compiled() - before
	if trained.Model.Metrics, err = json.Marshal(trained.Metrics); err != nil {
		return trained, err
	}
	trained.Trained, trained.Seconds = time.Now().UTC(), time.Since(began).Seconds()
	return trained, t.db.AddModel(ctx, trained.Model)
}

// keep saves the trained model in a folder of the session's, and returns its name in there.
func (s *Session) keep(model trainable, round int) (string, error) {
	saver, ok := model.Asked().(learner.Saver)
	if !ok {
		return "", nil
	}
	name := filepath.Join("models", fmt.Sprintf("round-%02d", round))
	path := filepath.Join(s.dir, name)
	if err := os.RemoveAll(path); err != nil { // of a training that was interrupted after this
		return "", fmt.Errorf("alnb: keep the model: %w", err)
	}
	return name, store.WriteDir(path, saver.Save)
}

// score scores the pool, or a part of it, by the trained model, and fills the open batch anew.
func (t *training) score(ctx context.Context) error {
	stale := newStale(t.about.Pool)
	for score, err := range t.db.Scores(ctx) {
		if err != nil {
			return err
		}
		stale.scores[score.Number], stale.rounds[score.Number] = score.Score, score.Round
	}
	var pool []int
	for number := range t.about.Pool {
		if _, done := t.judged[number]; !done {
			pool = append(pool, number)
		}
	}
	if len(pool) == 0 {
		return t.db.SetQueue(ctx, t.round+1, nil)
	}
	budget := query.Docs(min(t.config.Batch, len(pool)))
	key := keyed.Key{Seed: t.config.Seed, Purpose: "query", Round: t.round}
	q := newAsking(t.w.task, t.w.task.docs(), t.config.arm(), pool, stale)
	q.request.Labeled, q.request.Model, q.request.Budget, q.request.Key = t.w.task.labeled(t.labeled), t.w.model.Asked(), budget, key
	report := t.at(PhaseScore)
	q.request.Progress = func(done int) { report(min(q.read+done, len(pool)), len(pool)) }
	q.state.Query, q.state.Key = t.round, key
	q.spendsUp(budget)
	chosen, sample, err := q.choose(ctx)
	if err != nil {
		return err
	}
	if sample != nil {
		scores := make([]store.Score, len(sample.Positions))
		for i, position := range sample.Positions {
			scores[i] = store.Score{ID: q.state.IDs[position], Score: sample.Scores[i]}
		}
		if err := t.db.SetScores(ctx, t.round, scores); err != nil {
			return err
		}
	}
	docs := at(q.request.Docs, chosen)
	if err := t.suggest(ctx, t.w, docs); err != nil {
		return err
	}
	ids := make([]string, len(docs))
	for i, doc := range docs {
		ids[i] = doc.ID
	}
	return t.db.SetQueue(ctx, t.round+1, ids) // of which people may have judged some meanwhile
}
