// Package pseudolabeltest has small real models for tests of what hands labels over: softmax regression on words, with the
// true gradients, checkpoints and folders that TracIn needs, and without XLA.
package pseudolabeltest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
)

// Settings are what both models have.
type Settings struct {
	Epochs int     `json:"epochs"`
	Rate   float64 `json:"rate"` // of learning
	Keep   int     `json:"keep"` // checkpoints, of the last epochs' ends

	// Before is called with the name of each call, such as "train": a test counts calls, or has one fail.
	Before func(call string) error `json:"-"`
	// Spoil, where it is set, changes probabilities before they are returned.
	Spoil func(row []float32) `json:"-"`
	// Norm, where it is set, changes a self-influence before it is returned.
	Norm func(float64) float64 `json:"-"`
	// Loaded, where it is set, are the labels that models from folders say they have.
	Loaded []string `json:"-"`
}

func (s Settings) before(call string) error {
	if s.Before == nil {
		return nil
	}
	return s.Before(call)
}

// softmax is p(label | item) ∝ exp(Σ of the weights of the item's features).
type softmax struct {
	Settings
	Labels  []string             `json:"labels"`
	Weights map[string][]float64 `json:"weights"` // of each feature, one a label
	kept    map[int]map[string][]float64
	trained bool
}

// An item is what a label is given to: a text, or a word.
// Its features are sorted, so that sums come out the same each time.
type item []feature

type feature struct {
	name  string
	value float64
}

// newItem counts features.
func newItem(names ...string) item {
	slices.Sort(names)
	var x item
	for _, name := range names {
		if n := len(x); n > 0 && x[n-1].name == name {
			x[n-1].value++
		} else {
			x = append(x, feature{name, 1})
		}
	}
	return x
}

// A group is a document: its items with their targets, one probability a label each.
type group struct {
	items   []item
	targets [][]float64
}

func (m *softmax) probabilities(x item) []float64 {
	p := make([]float64, len(m.Labels))
	for _, f := range x {
		for k, w := range m.Weights[f.name] {
			p[k] += w * f.value
		}
	}
	top, sum := slices.Max(p), 0.0
	for k := range p {
		p[k] = math.Exp(p[k] - top)
		sum += p[k]
	}
	for k := range p {
		p[k] /= sum
	}
	return p
}

// gradient is that of a document's loss, the mean cross entropy over its items.
func (m *softmax) gradient(g group) map[string][]float64 {
	gradient := make(map[string][]float64)
	for i, x := range g.items {
		p := m.probabilities(x)
		for _, f := range x {
			if gradient[f.name] == nil {
				gradient[f.name] = make([]float64, len(p))
			}
			for k := range p {
				gradient[f.name][k] += (p[k] - g.targets[i][k]) * f.value / float64(len(g.items))
			}
		}
	}
	return gradient
}

func (m *softmax) loss(g group) float64 {
	loss := 0.0
	for i, x := range g.items {
		for k, p := range m.probabilities(x) {
			loss -= g.targets[i][k] * math.Log(p) / float64(len(g.items))
		}
	}
	return loss
}

func (m *softmax) train(ctx context.Context, groups []group, run learner.Run) (learner.Trained, error) {
	if err := m.before("train"); err != nil {
		return learner.Trained{}, err
	}
	m.Weights, m.kept, m.trained = make(map[string][]float64), make(map[int]map[string][]float64), false
	steps := 0
	for epoch := range m.Epochs {
		for _, i := range (keyed.Key{Seed: run.Seed, Purpose: "epoch", Round: epoch}).Stream().Perm(len(groups)) {
			if err := ctx.Err(); err != nil {
				return learner.Trained{}, err
			}
			rate := m.Rate
			if run.Weights != nil {
				rate *= run.Weights[i]
			}
			gradient := m.gradient(groups[i])
			for _, feature := range slices.Sorted(maps.Keys(gradient)) {
				if m.Weights[feature] == nil {
					m.Weights[feature] = make([]float64, len(m.Labels))
				}
				for k, d := range gradient[feature] {
					m.Weights[feature][k] -= rate * d
				}
			}
			if steps++; run.Progress != nil {
				run.Progress(steps, m.Epochs*len(groups))
			}
		}
		if epoch >= m.Epochs-m.Keep {
			m.kept[steps] = copied(m.Weights)
		}
	}
	m.trained = true
	loss := 0.0
	for _, g := range groups {
		loss += m.loss(g) / float64(len(groups))
	}
	return learner.Trained{Steps: steps, Loss: loss}, nil
}

func copied(weights map[string][]float64) map[string][]float64 {
	c := make(map[string][]float64, len(weights))
	for feature, row := range weights {
		c[feature] = slices.Clone(row)
	}
	return c
}

// predict returns the probabilities of items as models give them.
func (m *softmax) predict(x item) []float32 {
	row := make([]float32, len(m.Labels))
	for k, p := range m.probabilities(x) {
		row[k] = float32(p)
	}
	if m.Spoil != nil {
		m.Spoil(row)
	}
	return row
}

func (m *softmax) influences(ctx context.Context, groups []group, progress func(int)) ([]float64, error) {
	if err := m.before("influence"); err != nil {
		return nil, err
	}
	if !m.trained {
		return nil, errors.New("the model is not trained")
	}
	norms := make([]float64, len(groups))
	for i, g := range groups {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		gradient := m.gradient(g)
		for _, feature := range slices.Sorted(maps.Keys(gradient)) {
			for _, d := range gradient[feature] {
				norms[i] += d * d
			}
		}
		if m.Norm != nil {
			norms[i] = m.Norm(norms[i])
		}
		progress(i + 1)
	}
	return norms, nil
}

// Checkpoints implements learner.Checkpoints.
func (m *softmax) Checkpoints() []int { return slices.Sorted(maps.Keys(m.kept)) }

// Restore implements learner.Checkpoints.
func (m *softmax) Restore(step int) error {
	if err := m.before("restore"); err != nil {
		return err
	}
	kept, ok := m.kept[step]
	if !ok {
		return fmt.Errorf("no weights were kept after step %d", step)
	}
	m.Weights = copied(kept)
	return nil
}

// Save implements learner.Saver.
func (m *softmax) Save(dir string) error {
	if err := m.before("save"); err != nil {
		return err
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "weights.json"), raw, 0o644)
}

func (m *softmax) load(dir string) error {
	if err := m.before("load"); err != nil {
		return err
	}
	raw, err := os.ReadFile(filepath.Join(dir, "weights.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, m); err != nil {
		return err
	}
	if m.Loaded != nil {
		m.Labels = m.Loaded
	}
	m.trained = true
	return nil
}

// Classes are the labels.
func (m *softmax) Classes() []string { return m.Labels }

// Origin implements learner.Classifier.
func (m *softmax) Origin() string { return "softmax regression on words" }

// Close implements learner.Classifier.
func (m *softmax) Close() error { return nil }

func certain(labels, label int) []float64 {
	p := make([]float64, labels)
	p[label] = 1
	return p
}

func wide(row []float32) []float64 {
	p := make([]float64, len(row))
	for k := range row {
		p[k] = float64(row[k])
	}
	return p
}
