package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/spec"
	"github.com/alnb/alnb/datasets/rows"
	"github.com/alnb/alnb/fleet/queue"
)

// An opened is a model that is kept for the next unit.
type opened struct {
	id        string
	maxTokens int
	task      model.Task
	model     any
	close     func() error
}

// open brings a model here and opens it, unless it is the one that is open.
func (w *Worker) open(ctx context.Context, id string, maxTokens int) (*opened, error) {
	if w.opened != nil && w.opened.id == id && w.opened.maxTokens == maxTokens {
		return w.opened, nil
	}
	w.Close()
	dir := filepath.Join(w.Dir, "models", id)
	if !exists(dir) {
		if err := os.RemoveAll(filepath.Dir(dir)); err != nil { // models of other sweeps
			return nil, fmt.Errorf("fleet: %w", err)
		}
		if err := w.Bucket.Fetch(ctx, "models/"+id, dir); err != nil {
			return nil, err
		}
	}
	task, err := model.TaskOf(ctx, dir)
	if err != nil {
		return nil, err
	}
	o := &opened{id: id, maxTokens: maxTokens, task: task}
	if task == model.Tagging {
		m, err := model.LoadTagger(ctx, dir, maxTokens)
		if err != nil {
			return nil, err
		}
		o.model, o.close = m, m.Close
	} else {
		m, err := model.Load(ctx, dir, maxTokens)
		if err != nil {
			return nil, err
		}
		o.model, o.close = m, m.Close
	}
	w.opened = o
	return o, nil
}

// Close closes the model that is kept open.
func (w *Worker) Close() error {
	if w.opened == nil {
		return nil
	}
	defer func() { w.opened = nil }()
	return w.opened.close()
}

// sweep does a shard of a sweep that it has to read first.
func (w *Worker) sweep(ctx context.Context, unit queue.Unit) error {
	s, err := readSweep(ctx, w.Bucket, unit.Of)
	if err != nil {
		return err
	}
	return w.shard(ctx, s, unit)
}

// shard does a shard, unless it is done.
func (w *Worker) shard(ctx context.Context, s Sweep, unit queue.Unit) error {
	name := sweepName(unit.Of, "shards", unit.Part)
	if has, err := w.Bucket.Has(ctx, name); err != nil {
		return err
	} else if has {
		if s.Strategy != nil {
			return nil
		}
		if there, err := s.answered(ctx, w.Bucket, unit); there || err != nil {
			return err
		}
	}
	shard, err := s.shard(unit.Part)
	if err != nil {
		return queue.Never(err)
	}
	if err := os.MkdirAll(w.Dir, 0o755); err != nil {
		return fmt.Errorf("fleet: %w", err)
	}
	dir, err := os.MkdirTemp(w.Dir, "shard-*")
	if err != nil {
		return fmt.Errorf("fleet: %w", err)
	}
	defer os.RemoveAll(dir)
	file, err := s.fetchShard(ctx, shard, dir)
	if err != nil {
		return err
	}
	out := filepath.Join(dir, "out")
	if err := os.Mkdir(out, 0o755); err != nil {
		return fmt.Errorf("fleet: %w", err)
	}
	if s.Strategy == nil {
		err = w.predict(ctx, s, unit, shard.Name, file, out)
	} else {
		err = w.score(ctx, s, unit, shard.Name, file, out)
	}
	if err != nil {
		return err
	}
	_, err = w.Bucket.Publish(ctx, name, os.DirFS(out))
	return err
}

// source is what reads a shard's file, for a model of a task.
func source(file, shard string, task model.Task) (rows.Source, *os.File, error) {
	f, err := os.Open(file)
	if err != nil {
		return rows.Source{}, nil, fmt.Errorf("fleet: %w", err)
	}
	in := rows.Source{Kind: rows.Text, Name: "the shard " + shard, Command: "fleet"}
	if task == model.Tagging {
		in.Kind = rows.Words
	}
	if filepath.Ext(file) == ".parquet" {
		in.Parquet = f
	} else {
		in.In = f
	}
	return in, f, nil
}

// neverUnless has no worker try again what failed for what is in the rows of a shard, not because it was called off.
func neverUnless(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return queue.Never(err)
}

// score gives each of a shard's documents its score: a new one, or that which it had.
func (w *Worker) score(ctx context.Context, s Sweep, unit queue.Unit, shard, file, out string) error {
	strategy, err := s.strategy(w.Registry)
	if err != nil {
		return queue.Never(err)
	}
	m, err := w.open(ctx, s.Model, s.MaxTokens)
	if err != nil {
		return err
	}
	if err := query.Check(strategy, m.model); err != nil {
		return queue.Never(err)
	}
	in, f, err := source(file, shard, m.task)
	if err != nil {
		return err
	}
	defer f.Close()
	var docs []corpus.Document
	var scored []scoreRow
	for r, err := range in.Identified(ctx) {
		if err != nil {
			return neverUnless(ctx, err)
		}
		row := scoreRow{ID: r.Key, Score: math.NaN(), Query: -1, Words: int64(len(r.Words))}
		if plain, err := json.Marshal(r.Key); err != nil || string(plain) != string(r.ID) {
			row.Given = string(r.ID)
		}
		docs, scored = append(docs, r.Document()), append(scored, row)
	}
	if s.Since != "" {
		i := 0
		for old, err := range readScores(ctx, w.Bucket, sweepName(s.Since, "shards", unit.Part), out) {
			if err != nil {
				return err
			}
			if i >= len(scored) || scored[i].ID != old.ID {
				return queue.Never(fmt.Errorf("fleet: the shard %s isn't what it was for the sweep %s: document %d was %s", shard, s.Since, i+1, old.ID))
			}
			scored[i].Score, scored[i].Query = old.Score, old.Query
			i++
		}
		if i != len(scored) {
			return queue.Never(fmt.Errorf("fleet: the shard %s isn't what it was for the sweep %s: it had %d documents, and has %d", shard, s.Since, i, len(scored)))
		}
	}
	var keep map[string]bool
	if s.Keep != "" {
		raw, err := w.Bucket.Read(ctx, sweepName(unit.Of, "keep", unit.Part), keepFile)
		if err != nil {
			return err
		}
		if keep, err = readKeep(raw); err != nil {
			return err
		}
	}
	var chosen []int
	var request []corpus.Document
	for i, doc := range docs {
		if s.Keep == "" || keep[doc.ID] {
			chosen, request = append(chosen, i), append(request, doc)
		}
	}
	if len(request) > 0 {
		scores, err := strategy.Score(ctx, query.Request{Docs: request, Model: m.model, Budget: query.Docs(1), Key: s.key()})
		if err != nil {
			return err
		}
		for k, i := range chosen {
			if math.IsNaN(scores[k]) || math.IsInf(scores[k], 0) {
				return queue.Never(fmt.Errorf("fleet: the shard %s: document %s has the score %g", shard, scored[i].ID, scores[k]))
			}
			scored[i].Score, scored[i].Query = scores[k], int64(s.Query)
		}
	}
	w.Said(fmt.Sprintf("%s: %d of %d documents are scored", unit.Label, len(request), len(docs)))
	return writeScores(filepath.Join(out, scoresFile), scored)
}

// key is what all that is random in the sweep is drawn by.
func (s Sweep) key() keyed.Key { return keyed.Key{Seed: s.Seed, Purpose: "query", Round: s.Query} }

// strategy is the sweep's. It must score a document by itself: what compares documents with others can't be done in shards.
func (s Sweep) strategy(registry spec.Registry) (query.Scorer, error) {
	strategy, err := registry.Strategies.Decode(*s.Strategy)
	if err != nil {
		return nil, fmt.Errorf("fleet: %w", err)
	}
	switch strategy.(type) {
	case query.LeastConfident, query.Margin, query.PredictionEntropy, query.MNLP, query.TotalTokenEntropy, query.Viterbi:
		return strategy.(query.Scorer), nil
	}
	return nil, fmt.Errorf("fleet: the strategy %s can't be used over shards; those can that score each document by itself: least-confident, "+
		"margin, entropy, mnlp, token-entropy and viterbi", strategy.Name())
}
