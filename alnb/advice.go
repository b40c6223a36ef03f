package alnb

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/stop"
)

// stopSetSize is how many documents the stopping criteria look at: the same ones after each training.
const stopSetSize = 500

// stopSet are documents drawn from the pool once and for all, by their numbers.
func (w *workbench) stopSet(pool int, seed uint64) ([]int, error) {
	order, err := query.Ranking(w.task.docs()[:pool], nil, keyed.Key{Seed: seed, Purpose: "stop set"})
	if err != nil {
		return nil, err
	}
	return order[:min(stopSetSize, len(order))], nil
}

// observed is what the stopping criteria are told of a model: its classes for the stop set, by the numbers that classes keep, of
// spans the tags of all words; and how uncertain it is, which is known of classes only.
type observed struct {
	Predicted   []int    `json:"predicted"`
	Uncertainty *float64 `json:"uncertainty,omitempty"`
}

func (t *training) observe(ctx context.Context) (o observed, err error) {
	set, err := t.w.stopSet(t.about.Pool, t.config.Seed)
	if err != nil {
		return o, err
	}
	report := t.at(PhaseScore)
	docs := at(t.w.task.docs(), set)
	predictions, err := t.w.model.Predict(ctx, docs, func(done int) { report(done, len(docs)) })
	if err != nil {
		return o, err
	}
	number := make(map[string]int)
	for i, class := range t.w.classes {
		number[class] = t.w.numbers[i]
	}
	var rows [][]float64
	for i, p := range predictions {
		if t.about.Spans {
			o.Predicted = append(o.Predicted, tagNumbers(len(docs[i].Words), p.Spans, number)...)
			continue
		}
		o.Predicted, rows = append(o.Predicted, number[p.Class]), append(rows, p.Probabilities)
	}
	o.Uncertainty, err = stop.MeanEntropy(rows)
	return o, err
}

// tagNumbers are 0 for a word outside, and for a class c 2c+1 where a span begins and 2c+2 where it goes on.
func tagNumbers(words int, spans []corpus.Span, number map[string]int) []int {
	tags := make([]int, words)
	for _, span := range spans {
		for i := span.Start; i < span.End; i++ {
			tags[i] = 2*number[span.Type] + 2
		}
		tags[span.Start]--
	}
	return tags
}

// Advice says what speaks for an end of the labeling, by stop.Defaults and further criteria. It is advice: nothing stops by
// itself.
func (s SessionStatus) Advice(further ...stop.Criterion) ([]stop.Advice, error) {
	history := make([]stop.Round, len(s.Models))
	for i, m := range s.Models {
		history[i] = stop.Round{Number: m.Round, Labels: m.Labeled, Predicted: m.Metrics.Observed.Predicted, Uncertainty: m.Metrics.Observed.Uncertainty}
		if m.Metrics.Scores.Test > 0 {
			history[i].Metric = &s.Models[i].Metrics.Scores.Value
		}
	}
	criteria := stop.Defaults()
	if s.Spans {
		for i, c := range criteria {
			if delta, ok := c.(stop.DeltaF); ok {
				delta.Positive = positive(history)
				criteria[i] = delta
			}
		}
	}
	advice, err := stop.Advise(slices.Concat(criteria, further), history)
	if err != nil {
		return nil, fmt.Errorf("alnb: %w", err)
	}
	return advice, nil
}

// positive are all tags but O, of those that a model gave; were there none, any stands for them.
func positive(history []stop.Round) []int {
	tags := map[int]bool{1: true}
	for _, round := range history {
		for _, tag := range round.Predicted {
			tags[tag] = true
		}
	}
	delete(tags, 0)
	return slices.Sorted(maps.Keys(tags))
}
