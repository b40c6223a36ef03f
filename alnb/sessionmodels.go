package alnb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/alnb/alnb/alnb/store"
)

// keptModels are those that were read already. What is known of a model never changes, so only those of later rounds are read
// again, which another process may have trained: a page's status is asked for each second, and of spans a model has thousands of
// predictions.
type keptModels struct {
	mu   sync.Mutex
	read []Trained
}

// trained returns what each training gave, by round. Nothing in it may be changed.
func (s *Session) trained(ctx context.Context) ([]Trained, error) {
	s.models.mu.Lock()
	defer s.models.mu.Unlock()
	next := 0
	if n := len(s.models.read); n > 0 {
		next = s.models.read[n-1].Round + 1
	}
	later, err := s.db.ModelsFrom(ctx, next)
	if err != nil {
		return nil, err
	}
	for _, m := range later {
		t := Trained{Model: m}
		if err := json.Unmarshal(m.Metrics, &t.Metrics); err != nil {
			return nil, fmt.Errorf("alnb: what is kept of the training of round %d: %w", m.Round, err)
		}
		s.models.read = append(s.models.read, t)
	}
	return slices.Clone(s.models.read), nil
}

// lastTrained is what the last training gave.
func (s *Session) lastTrained(ctx context.Context) (Trained, error) {
	models, err := s.trained(ctx)
	if err != nil {
		return Trained{}, err
	}
	if len(models) == 0 {
		return Trained{}, fmt.Errorf("alnb: it is %w: no model was trained yet; label a batch, and train", ErrTooEarly)
	}
	return models[len(models)-1], nil
}

// Evaluate returns how good the last model is on the test split, as its training measured.
func (s *Session) Evaluate(ctx context.Context) (store.Metrics, error) {
	if s.about.Test == 0 {
		return store.Metrics{}, errors.New("alnb: the session has no test split to measure on; give one with its pool, or look at " +
			"the labels that models doubt (SecondLook)")
	}
	last, err := s.lastTrained(ctx)
	return last.Metrics.Scores, err
}
