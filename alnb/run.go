package alnb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store"
)

// RunOptions is how a run reports; the zero value is silent.
type RunOptions struct {
	Progress func(Progress) // called often, never by two goroutines at once
}

// Run runs the experiment in the folder dir, or goes on with what is there: each finished round is on disk, and an
// interrupted run, run again, gives the result of an undisturbed one. A folder that holds another experiment is
// refused. When ctx ends, Run returns within a second with its error.
func (e Experiment) Run(ctx context.Context, dir string, options RunOptions) (*Results, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	r := &runner{Experiment: e, report: options.Progress}
	defer r.close()
	if err := r.load(ctx); err != nil {
		return nil, err
	}
	config, err := e.configure(r.data)
	if err != nil {
		return nil, err
	}
	if r.folder, err = store.OpenExperiment(dir, config); err != nil {
		return nil, err
	}
	defer r.folder.Close()
	if r.origins, err = r.folder.Origins(); err != nil {
		return nil, err
	}
	if err := r.all(ctx); err != nil {
		return nil, err
	}
	return OpenResults(dir)
}

// runner is a run under way.
type runner struct {
	Experiment
	report   func(Progress)
	progress Progress
	data     *corpus.Dataset
	folder   *store.Experiment
	start    int // documents in the seed set
	batch    int // documents a query
	origins  []string
	models   []*trainee // opened when first needed, one for each model that differs
}

// trainee is an opened model and what it was last trained on.
type trainee struct {
	model      learner.Model
	classifier learner.Classifier
	seed       uint64
	labeled    []string
	trained    learner.Trained
	took       time.Duration
}

func (r *runner) close() {
	for _, t := range r.models {
		t.classifier.Close()
	}
}

func (r *runner) load(ctx context.Context) (err error) {
	r.tell(func(p *Progress) { p.Phase = PhaseLoad; p.Note = "Reading the data: " + r.Data.Name() })
	if r.data, err = r.Data.Load(ctx); err != nil {
		return err
	}
	r.tell(func(p *Progress) { p.Note = "data: " + r.data.Origin })
	if len(r.data.Test) == 0 {
		return fmt.Errorf("alnb: %s has no test split to evaluate on", r.data.Name)
	}
	if err := r.data.Check(); err != nil {
		return err
	}
	if r.start, err = r.Start.of(len(r.data.Train)); err != nil {
		return fmt.Errorf("alnb: Start: %w", err)
	}
	if r.batch, err = r.Batch.of(len(r.data.Train)); err != nil {
		return fmt.Errorf("alnb: Batch: %w", err)
	}
	if need := r.start + r.Rounds*r.batch; need > len(r.data.Train) {
		return fmt.Errorf("alnb: a seed set of %d and %d queries of %d need %d documents; the training split of %s has %d",
			r.start, r.Rounds, r.batch, need, r.data.Name, len(r.data.Train))
	}
	return nil
}

// all runs what is missing: for each seed and round all arms in turn, so that arms which train the same model on the
// same documents (at least in round 0) train it once.
func (r *runner) all(ctx context.Context) error {
	r.progress.Rounds = r.Rounds
	r.progress.TotalRounds = len(r.Arms) * len(r.Seeds) * (r.Rounds + 1)
	labeled := make(map[int]map[uint64][]string) // by arm and seed
	for a, arm := range r.Arms {
		labeled[a] = make(map[uint64][]string)
		for _, seed := range r.Seeds {
			labeled[a][seed] = r.seedSet(seed)
			for round := range r.Rounds + 1 {
				if r.folder.HasRound(a, arm.Name, seed, round) {
					r.progress.Resumed++
				}
			}
		}
	}
	r.note("data: " + r.data.Origin)
	for _, seed := range r.Seeds {
		for round := range r.Rounds + 1 {
			for a := range r.Arms {
				finished, err := r.round(ctx, a, seed, round, labeled[a][seed])
				if err != nil {
					return err
				}
				if finished.Query != nil {
					labeled[a][seed] = append(slices.Clone(labeled[a][seed]), finished.Query.IDs...)
				}
				r.tell(func(p *Progress) { p.FinishedRounds++ })
			}
		}
	}
	return nil
}

// seedSet draws the documents every arm starts with.
func (r *runner) seedSet(seed uint64) []string {
	docs := documents(r.data.Train)
	top, _ := query.Ranking(docs, nil, keyed.Key{Seed: seed, Purpose: "seed set"}) // without scores it can't fail
	ids := make([]string, r.start)
	for i, position := range top[:r.start] {
		ids[i] = docs[position].ID
	}
	return ids
}

// round returns a finished round from the folder, or runs it and makes it durable.
func (r *runner) round(ctx context.Context, a int, seed uint64, round int, labeled []string) (*store.Round, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	arm := r.Arms[a]
	done, err := r.folder.ReadRound(a, arm.Name, seed, round)
	if err != nil {
		return nil, err
	}
	if done != nil {
		if done.Query == nil && round < r.Rounds {
			return nil, fmt.Errorf("alnb: arm %q, seed %d, round %d has no query.json; the folder was changed by hand: remove that "+
				"round and all after it", arm.Name, seed, round)
		}
		if !slices.Equal(done.Labeled.IDs, labeled) {
			return nil, fmt.Errorf("alnb: arm %q, seed %d, round %d was trained on other documents than the queries before it "+
				"gave; the folder was changed by hand: remove that round and all after it", arm.Name, seed, round)
		}
		return done, nil
	}
	r.tell(func(p *Progress) { p.Arm, p.Seed, p.Round, p.Done, p.Total = arm.Name, seed, round, 0, 0 })
	finished := store.Round{Labeled: store.Labeled{IDs: labeled}}
	t, err := r.train(ctx, arm, seed, labeled, &finished)
	if err == nil {
		err = r.evaluate(ctx, t, &finished)
	}
	if err == nil && round < r.Rounds {
		err = r.query(ctx, arm, t, seed, round, &finished)
	}
	if err != nil {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return nil, err
		}
		return nil, fmt.Errorf("alnb: arm %q, seed %d, round %d: %w", arm.Name, seed, round, err)
	}
	finished.Timings.Finished = time.Now().UTC().Format(time.RFC3339)
	return &finished, r.folder.WriteRound(a, arm.Name, seed, round, finished)
}

// train makes the arm's model one that is trained on the labeled documents.
func (r *runner) train(ctx context.Context, arm Arm, seed uint64, labeled []string, finished *store.Round) (*trainee, error) {
	t, err := r.open(ctx, arm.Acquisition)
	if err != nil {
		return nil, err
	}
	if t.labeled != nil && t.seed == seed && slices.Equal(t.labeled, labeled) {
		finished.Timings.Shared = true
	} else {
		t.labeled = nil
		began := time.Now()
		run := learner.Run{
			Seed:     keyed.Key{Seed: seed, Purpose: "train"}.Hash(),
			Progress: func(step, total int) { r.at(PhaseTrain, step, total) },
		}
		r.at(PhaseTrain, 0, 0)
		examples := r.examples(labeled)
		r.warnOfOneClass(seed, examples)
		if t.trained, err = t.classifier.Train(ctx, examples, run); err != nil {
			return nil, err
		}
		t.took, t.seed, t.labeled = time.Since(began), seed, labeled
	}
	finished.Timings.Train = t.took.Seconds()
	finished.Metrics.Steps, finished.Metrics.Loss = t.trained.Steps, t.trained.Loss
	return t, nil
}

// warnOfOneClass says aloud that a model will know one class only. It is no error: the next queries may find others.
func (r *runner) warnOfOneClass(seed uint64, examples []corpus.Example) {
	for _, e := range examples {
		if e.Label != examples[0].Label {
			return
		}
	}
	r.tell(func(p *Progress) {
		p.Note = fmt.Sprintf("seed %d: all %d labeled documents are of the class %q, so the model can't learn to tell classes apart; "+
			"a larger Start makes that unlikely", seed, len(examples), r.data.Classes[examples[0].Label])
	})
}

func (r *runner) open(ctx context.Context, model learner.Model) (*trainee, error) {
	for _, t := range r.models {
		if sameModel(t.model, model) {
			return t, nil
		}
	}
	r.at(PhaseLoad, 0, 0)
	classifier, err := model.Open(ctx, r.data.Classes)
	if err != nil {
		return nil, err
	}
	for _, arm := range r.Arms {
		if sameModel(arm.Acquisition, model) {
			if err := query.Check(arm.Strategy, classifier); err != nil {
				classifier.Close()
				return nil, fmt.Errorf("alnb: arm %q: %w", arm.Name, err)
			}
		}
	}
	t := &trainee{model: model, classifier: classifier}
	r.models = append(r.models, t)
	r.note("model: " + classifier.Origin())
	return t, r.folder.WriteOrigins(r.origins)
}

func (r *runner) evaluate(ctx context.Context, t *trainee, finished *store.Round) error {
	began := time.Now()
	total := len(r.data.Test)
	r.at(PhaseEvaluate, 0, total)
	rows, err := t.classifier.Probabilities(ctx, documents(r.data.Test), func(done int) { r.at(PhaseEvaluate, done, total) })
	if err != nil {
		return err
	}
	gold := make([]int, total)
	for i, e := range r.data.Test {
		gold[i] = e.Label
	}
	finished.Metrics.Accuracy, finished.Metrics.Test = eval.Accuracy(rows, gold), total
	finished.Timings.Evaluate = time.Since(began).Seconds()
	return nil
}

// query asks the strategy which documents to label next.
func (r *runner) query(ctx context.Context, arm Arm, t *trainee, seed uint64, round int, finished *store.Round) error {
	pool := r.pool(finished.Labeled.IDs)
	began := time.Now()
	r.at(PhaseScore, 0, len(pool))
	proposal, err := query.Propose(ctx, arm.Strategy, query.Request{
		Docs: pool, Labeled: r.labeled(finished.Labeled.IDs), Model: t.classifier, Budget: query.Docs(r.batch),
		Key:      keyed.Key{Seed: seed, Purpose: "query", Round: round},
		Progress: func(done int) { r.at(PhaseScore, done, len(pool)) },
	})
	if err != nil {
		return err
	}
	if proposal.Scores != nil {
		finished.Timings.Score, finished.Timings.Scored = time.Since(began).Seconds(), len(proposal.Scores)
	}
	finished.Query = &store.Query{}
	for _, position := range proposal.Positions {
		finished.Query.IDs = append(finished.Query.IDs, pool[position].ID)
	}
	for i, score := range proposal.Scores {
		finished.Scores = append(finished.Scores, store.Score{ID: pool[i].ID, Score: score})
	}
	return nil
}

// pool is the training split without the labeled documents.
func (r *runner) pool(labeled []string) []corpus.Document {
	taken := make(map[string]bool, len(labeled))
	for _, id := range labeled {
		taken[id] = true
	}
	pool := make([]corpus.Document, 0, len(r.data.Train)-len(labeled))
	for _, e := range r.data.Train {
		if !taken[e.ID] {
			pool = append(pool, e.Document)
		}
	}
	return pool
}

// labeled are the labeled documents as a strategy reads them.
func (r *runner) labeled(ids []string) []query.Labeled {
	var labeled []query.Labeled
	for _, e := range r.examples(ids) {
		labeled = append(labeled, query.Labeled{Document: e.Document, Class: e.Label})
	}
	return labeled
}

// examples are the labeled documents with their gold classes, in the order in which they were labeled.
func (r *runner) examples(labeled []string) []corpus.Example {
	at := make(map[string]int, len(labeled))
	for i, id := range labeled {
		at[id] = i
	}
	examples := make([]corpus.Example, len(labeled))
	for _, e := range r.data.Train {
		if i, ok := at[e.ID]; ok {
			examples[i] = e
		}
	}
	return examples // all are found: the pool, which they were chosen from, has no other IDs
}

func documents(examples []corpus.Example) []corpus.Document {
	docs := make([]corpus.Document, len(examples))
	for i, e := range examples {
		docs[i] = e.Document
	}
	return docs
}

// tell changes the progress and reports it; a note is said once.
func (r *runner) tell(change func(*Progress)) {
	change(&r.progress)
	if r.report != nil {
		r.report(r.progress)
	}
	r.progress.Note = ""
}

func (r *runner) at(phase Phase, done, total int) {
	r.tell(func(p *Progress) { p.Phase, p.Done, p.Total = phase, done, total })
}

// note reports a sentence and keeps it among the run's origins.
func (r *runner) note(sentence string) {
	if !slices.Contains(r.origins, sentence) {
		r.origins = append(r.origins, sentence)
	}
	r.tell(func(p *Progress) { p.Note = sentence })
}
