package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/subsample"
)

// measured is a frozen model, a pool, and what scoring all of it gave and took.
type measured struct {
	classifier *model.Classifier
	pool       []corpus.Document
	scores     []float64 // of LeastConfident
	chosen     map[string]bool
	cost       cost
}

// A cost is what scoring took.
type cost struct {
	documents, tokens int // tokens with padding
	seconds           float64
}

// score is LeastConfident's of the documents at positions, and what it costs is added to spent.
func (m *measured) score(ctx context.Context, docs []corpus.Document, spent *cost) ([]float64, error) {
	_, before := m.classifier.Tokens()
	began := time.Now()
	scores, err := query.LeastConfident{}.Score(ctx, query.Request{Docs: docs, Model: m.classifier, Key: key(0)})
	_, after := m.classifier.Tokens()
	spent.documents += len(docs)
	spent.tokens += after - before
	spent.seconds += time.Since(began).Seconds()
	return scores, err
}

// full scores everything, after a warm-up that compiles and looks texts up.
func (m *measured) full(ctx context.Context) error {
	var warm cost
	if _, err := m.score(ctx, m.pool[:min(len(m.pool), 5000)], &warm); err != nil {
		return err
	}
	var err error
	if m.scores, err = m.score(ctx, m.pool, &m.cost); err != nil {
		return err
	}
	m.chosen, err = choice(ctx, m.pool, m.scores)
	fmt.Printf("Pool of %d documents, all scored in %.1f s: %.1f documents/s. %s.\n\n", len(m.pool), m.cost.seconds,
		float64(len(m.pool))/m.cost.seconds, m.classifier.Origin())
	return err
}

// at is the part of the pool at positions.
func (m *measured) at(positions []int) []corpus.Document {
	docs := make([]corpus.Document, len(positions))
	for i, position := range positions {
		docs[i] = m.pool[position]
	}
	return docs
}

// subsampled is the first n documents of the pool as a sampler sees them after a full query.
func (m *measured) subsampled(n, round int) subsample.Pool {
	p := subsample.Pool{IDs: make([]string, n), Stale: m.scores[:n], Tokens: make([]int, n), Budget: batchSize, Query: round, Key: key(round)}
	for i, doc := range m.pool[:n] {
		p.IDs[i], p.Tokens[i] = doc.ID, len(doc.Text)
	}
	return p
}

// sample runs a sampler on the first n documents.
func (m *measured) sample(ctx context.Context, s subsample.Sampler, n, round int) (subsample.Sample, cost, float64, error) {
	var spent cost
	began := time.Now()
	sample, err := s.Sample(ctx, m.subsampled(n, round), func(ctx context.Context, positions []int) ([]float64, error) {
		return m.score(ctx, m.at(positions), &spent)
	})
	return sample, spent, time.Since(began).Seconds(), err
}

// kept is the share of the full query's documents that a query has which chooses among the sample.
func (m *measured) kept(ctx context.Context, sample subsample.Sample) (float64, error) {
	chosen, err := choice(ctx, m.at(sample.Positions), sample.Scores)
	n := 0
	for id := range chosen {
		if m.chosen[id] {
			n++
		}
	}
	return float64(n) / batchSize, err
}

// ups compares UPS' cost with that of everything, over three draws.
func (m *measured) ups(ctx context.Context) error {
	fmt.Printf("| UPS (γ 0.1, T 0.01) | documents scored | padded tokens | seconds | seconds' share / tokens' share | of the full query |\n|---|---:|---:|---:|---:|---:|\n")
	for draw := range 3 {
		sampler := subsample.UPS{Gamma: 0.1, T: 0.01}
		sample, spent, _, err := m.sample(ctx, sampler, len(m.pool), 2+draw)
		if err != nil {
			return err
		}
		kept, err := m.kept(ctx, sample)
		if err != nil {
			return err
		}
		tokens, seconds := float64(spent.tokens)/float64(m.cost.tokens), spent.seconds/m.cost.seconds
		fmt.Printf("| draw %d | %.2f %% (11.0 ± 0.5 expected) | %.2f %% | %.2f (%.2f %%) | %.3f (goal at most 1.15) | %.2f |\n", draw+1,
			100*float64(spent.documents)/float64(len(m.pool)), 100*tokens, spent.seconds, 100*seconds, seconds/tokens, kept)
	}
	fmt.Println()
	return nil
}

// deadline makes queries with Deadline, and looks at random subsets of the same size.
func (m *measured) deadline(ctx context.Context, seconds float64, queries int) error {
	var took, ours, random, documents []float64
	for round := range queries {
		sample, _, wall, err := m.sample(ctx, subsample.Deadline{Seconds: seconds}, len(m.pool), round)
		if err != nil {
			return err
		}
		kept, err := m.kept(ctx, sample)
		if err != nil {
			return err
		}
		subset := subsample.RandomSubset{Share: float64(len(sample.Positions)) / float64(len(m.pool))}
		drawn, err := subset.Sample(ctx, m.subsampled(len(m.pool), round), func(_ context.Context, positions []int) ([]float64, error) {
			scores := make([]float64, len(positions)) // the model is frozen: they are known
			for i, position := range positions {
				scores[i] = m.scores[position]
			}
			return scores, nil
		})
		if err != nil {
			return err
		}
		keptAtRandom, err := m.kept(ctx, drawn)
		if err != nil {
			return err
		}
		took, ours, random = append(took, wall), append(ours, kept), append(random, keptAtRandom)
		documents = append(documents, float64(len(sample.Positions)))
	}
	fmt.Printf("| Deadline(%g s), %d queries | median | least | most |\n|---|---:|---:|---:|\n", seconds, queries)
	for _, row := range []struct {
		name   string
		values []float64
	}{{"seconds", took}, {"documents scored", documents}, {"of the full query", ours}, {"of the full query, random subset of that size", random}} {
		slices.Sort(row.values)
		fmt.Printf("| %s | %.4g | %.4g | %.4g |\n", row.name, row.values[len(row.values)/2], row.values[0], row.values[len(row.values)-1])
	}
	fmt.Println()
	return nil
}
